"""The page of what-ifs: a question asked in words, kept in its address, answered beside how it was, or refused."""

from collections.abc import Callable

import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from oms_core.errors import Invalid
from pipelines.replay import Changes, Routing, StageChange
from pipelines.replay.question import NOTHING, read_question, write_question
from tests.lasting_shops import LivedShop

Browse = Callable[..., AppTest]


@pytest.fixture
def lived_page(lived_shop: LivedShop) -> OpenShop:
    """The shop that lived twenty weeks, as pages open it."""
    return OpenShop(lived_shop.engine.url.render_as_string(hide_password=False), lived_shop.marts)


@pytest.mark.parametrize(
    "changes",
    [
        Changes(),
        Changes({"new": StageChange(150), "ship": StageChange(100, -1.5)}),
        Changes(routing=Routing.QUICKEST, closed=frozenset({"GDN", "WAW"})),
        Changes(cutoff_hour=0, promise_days=-2, hold_hours=48, payment_hours=72),
    ],
)
def test_a_question_is_the_same_after_its_way_through_the_address(changes: Changes) -> None:
    assert read_question(write_question(changes)) == changes


def test_what_is_no_change_in_an_address_is_passed_over():
    assert read_question("new.hands:many,nothing,route:by_chance,deliver.hands:9,cutoff:14") == Changes(cutoff_hour=14)
    assert read_question(NOTHING, is_strict=True) == Changes()
    with pytest.raises(Invalid) as refused:
        read_question("cutoff:14,new.hands:many", is_strict=True)
    assert refused.value.rows == [{"field": "change", "value": "new.hands:many"}]


def test_a_question_is_asked_in_words_and_answered_beside_how_it_was(lived_page: OpenShop, browse: Browse) -> None:
    app = browse(lived_page, "what_if", by="lena", channel="demo")
    assert not app.exception
    assert not app.dataframe
    app.number_input(key="what_if__hands_new").set_value(200)
    app.number_input(key="what_if__promise_days").set_value(1)
    next(button for button in app.button if button.label == "Run").click().run()
    assert not app.exception
    assert app.query_params["ask"] == "new.hands:200,promise:1"
    assert any("200% of the hands" in one.value for one in app.markdown)
    figures = next(one.value for one in app.dataframe if "interval" in one.value.columns).set_index("figure")
    assert figures.loc["New: median", "change"].startswith("−")
    assert figures.loc["First promises kept", "change"].startswith("+")
    orders = next(one.value for one in app.dataframe if "promise" in one.value.columns)
    assert len(orders) == 50


@pytest.mark.full
def test_nothing_different_changes_nothing(lived_page: OpenShop, browse: Browse) -> None:
    app = browse(lived_page, "what_if", channel="demo", ask=NOTHING)
    figures = next(one.value for one in app.dataframe if "interval" in one.value.columns)
    assert set(figures["before"] == figures["after"]) == {True}
    assert any("No order is affected." in one.value for one in app.caption)


def test_what_the_record_cannot_tell_is_refused_and_not_offered(lived_page: OpenShop, browse: Browse) -> None:
    app = browse(lived_page, "what_if", channel="demo")
    assert app.number_input(key="what_if__hands_pick").disabled
    assert not app.number_input(key="what_if__hands_new").disabled
    app = browse(lived_page, "what_if", channel="demo", ask="pick.hands:150")
    assert not app.exception
    assert any("does not follow how many there are" in one.value for one in app.markdown)


@pytest.mark.full
@pytest.mark.parametrize("lang", ["ru", "pl", "zh"])
def test_every_part_speaks_the_language_of_the_address(lived_page: OpenShop, browse: Browse, lang: str) -> None:
    ask = "new.hands:150,ship.hours:2,route:most_stock,without:GDN,cutoff:15,promise:1,hold:48,payment:24"
    app = browse(lived_page, "what_if", channel="demo", ask=ask, lang=lang)
    assert not app.exception
    assert len(app.dataframe) == 3
