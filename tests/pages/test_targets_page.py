"""The page of targets and the tiles: set, pasted, seen by all who see figures, changed by who may."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from shops import OpenShop
from signing_in import as_person
from sqlalchemy import create_engine, text
from streamlit.testing.v1 import AppTest

from dashboard.identity import TOKEN_KEY

Browse = Callable[..., AppTest]
MONTH = f"{datetime.now(UTC):%Y-%m}"


@pytest.fixture
def without_targets(full_shop: OpenShop) -> OpenShop:
    run(full_shop, "DELETE FROM metric_targets")
    return full_shop


def run(shop: OpenShop, change: str) -> list:
    engine = create_engine(shop.url)
    with engine.begin() as connection:
        found = connection.execute(text(change))
        rows = found.all() if found.returns_rows else []
    engine.dispose()
    return rows


def set_one(shop: OpenShop) -> None:
    run(
        shop,
        "INSERT INTO metric_targets (channel_id, metric, first_day, after_day, target, set_by_id, set_at)"
        " SELECT c.id, 'orders_received', date_trunc('month', now()), date_trunc('month', now()) + interval '1 month',"
        " 100, u.id, now() FROM channels c, users u WHERE c.code = 'desk' AND u.login = 'eva'",
    )


def _drawer() -> None:
    from datetime import UTC, datetime

    import streamlit as st

    from dashboard.target_form import _show_form, _show_lines
    from pipelines.steering.target_lines import read_period

    month = read_period(f"{datetime.now(UTC):%Y-%m}")
    if st.session_state["drawer"] == "one":
        _show_form("desk", month, None)
    else:
        _show_lines("desk", month)


@pytest.fixture
def drawer(without_targets: OpenShop, browse: Browse) -> Callable[..., AppTest]:
    """Open a drawer by itself: AppTest does not run a dialog a second time."""
    browse(without_targets, "account")

    def open_drawer(name: str, by: str = "eva") -> AppTest:
        app = AppTest.from_function(_drawer, default_timeout=60)
        app.session_state[TOKEN_KEY] = as_person(without_targets.url, by)
        app.session_state["drawer"] = name
        return app.run()

    return open_drawer


def test_an_executive_sets_a_target_and_finds_it_in_the_table(
    without_targets: OpenShop, drawer: Browse, browse: Browse
) -> None:
    app = browse(without_targets, "targets", by="eva", lang="en", channel="desk", period=MONTH)
    assert app.get_by_key("empty-state") is not None
    app = drawer("one")
    app.get_by_key("target_metric").set_value("orders_received")
    app.get_by_key("target_value").set_value("120")
    app.get_by_key("target_set").click().run()
    assert not app.exception, app.exception
    [row] = run(without_targets, "SELECT metric, target, cut FROM metric_targets")
    assert tuple(row) == ("orders_received", 120, "")
    again = browse(without_targets, "targets", by="eva", lang="en", channel="desk", period=MONTH)
    [shown] = again.dataframe[0].value.to_dict("records")
    assert (shown["figure"], shown["target"]) == ("Orders received", "120")
    assert "pace" in shown["standing"] or "known" in shown["standing"]


def test_pasted_lines_are_set_all_or_none(without_targets: OpenShop, drawer: Browse) -> None:
    app = drawer("many")
    app.get_by_key("target_lines").set_value(f"ordered_value;{MONTH};much").run()
    assert any("no number" in error.value for error in app.error)
    app.get_by_key("target_lines").set_value(f"ordered_value;{MONTH};9 000\ncancel_rate;{MONTH};3 %").run()
    app.get_by_key("target_set_many").click().run()
    assert not app.exception, app.exception
    assert run(without_targets, "SELECT count(*) FROM metric_targets")[0][0] == 2


@pytest.mark.parametrize(("by", "may_set"), [("eva", True), ("bob", False), ("admin", True)])
def test_who_looks_at_figures_sees_targets_and_some_set_them(
    by: str, may_set: bool, without_targets: OpenShop, browse: Browse
) -> None:
    set_one(without_targets)
    app = browse(without_targets, "targets", by=by, lang="en", channel="desk", period=MONTH)
    assert not app.exception, app.exception
    assert len(app.dataframe[0].value) == 1
    assert ("target_new" in {button.key for button in app.button}) == may_set


def test_a_manager_has_no_page_of_targets(full_shop: OpenShop, browse: Browse) -> None:
    with pytest.raises(ValueError, match="navigation page"):
        browse(full_shop, "targets", by="anna")


def test_a_lead_of_no_team_is_told_so(drawer: Browse) -> None:
    app = drawer("one", "lena")
    assert not app.exception, app.exception
    assert any("team" in note.value for note in app.info)


def test_the_tile_says_in_words_how_far_it_is(without_targets: OpenShop, browse: Browse) -> None:
    set_one(without_targets)
    app = browse(without_targets, "overview", by="eva", lang="en", channel="desk")
    assert not app.exception, app.exception
    [told] = [caption.value for caption in app.caption if ":material/flag:" in caption.value]
    assert "target 100" in told
    assert any(words in told for words in ("behind pace", "ahead of pace", "on pace", "nothing is known"))
    run(without_targets, "DELETE FROM metric_targets")
