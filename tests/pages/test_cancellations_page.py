"""The page of cancellations: causes found beside reasons stated, and figures that add up to those of the metrics."""

from collections.abc import Callable

import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from dashboard.cancellation_words import CAUSES, cause_name
from pipelines import kpi
from pipelines.marts.causes import Cause
from pipelines.store import Store
from tests.lasting_shops import LivedShop

Browse = Callable[..., AppTest]


@pytest.fixture
def lived_page(lived_shop: LivedShop) -> OpenShop:
    """The shop that lived twenty weeks, as pages open it."""
    return OpenShop(lived_shop.engine.url.render_as_string(hide_password=False), lived_shop.marts)


def table(app: AppTest, *columns: str):
    return next(one.value for one in app.dataframe if set(columns) <= set(one.value.columns))


def test_every_cause_has_a_word_and_the_untold_has_one_too():
    assert set(CAUSES) == set(Cause)
    assert cause_name(None) == "Not told by the record"


@pytest.mark.parametrize("lens", ["cohort", "flow"])
def test_stated_against_found_adds_up_to_all_cancellations(lived_page: OpenShop, browse: Browse, lens: str) -> None:
    app = browse(lived_page, "cancellations", by="admin", lens=lens)
    assert not app.exception
    matrix = table(app, "derived_cause", "changed_mind")
    by_whom = table(app, "who", "wrong", "count")
    costliest = table(app, "cause", "lost", "before")
    assert matrix.drop(columns="derived_cause").to_numpy().sum() == by_whom["count"].sum() > 50
    assert set(costliest["cause"]) <= {CAUSES[cause] for cause in Cause}
    assert "Customer changed their mind" not in set(costliest["cause"])


def test_the_rows_behind_a_cause_make_its_number(lived_page: OpenShop) -> None:
    store = Store(str(lived_page.marts))
    days = store.frame("cancellations")["placed_day"]
    asked = {"date_from": days.min(), "date_to": days.max()}
    for code in ("avoidable_margin", "cancelled_value", "misstated_share"):
        for row in kpi.compute(store, code, by=["derived_cause"], **asked):
            drilled = kpi.drill(store, code, filters=row["by"], **asked)
            assert drilled.height == row["n"], (code, row["by"])
            assert float(drilled["numerator"].sum()) == float(row["numerator"]), (code, row["by"])
