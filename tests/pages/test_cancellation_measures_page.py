"""Before and after a measure, lines out of living orders, customers lost: figures shown are those of the metrics."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from dashboard import display
from pipelines import kpi
from pipelines.store import Store
from tests.lasting_shops import LivedShop

Browse = Callable[..., AppTest]
PERIOD = (date(2026, 3, 1), date(2026, 6, 1))
ASKED = {"days": "2026-03-01..2026-05-31", "channel": "demo"}
MIDDLE, SPAN = date(2026, 4, 16), timedelta(days=56)


@pytest.fixture
def page(lived_shop: LivedShop) -> OpenShop:
    return OpenShop(lived_shop.engine.url.render_as_string(hide_password=False), lived_shop.marts)


def table(app: AppTest, *columns: str):
    return next(one.value for one in app.dataframe if set(columns) <= set(one.value.columns))


def rate(store: Store, day: date, until: date, **filters: str) -> dict:
    [row] = kpi.compute(
        store, "early_cancel_rate", date_from=day, date_to=until, channel="demo", filters=filters
    )  # fmt: skip
    return row


def test_equally_long_periods_are_held_apart_and_the_rest_beside_the_part(
    lived_shop: LivedShop, page: OpenShop, browse: Browse
) -> None:
    app = browse(page, "cancellations", measure_days="56", measure_of="warehouse", **ASKED)
    assert not app.exception
    rows = table(app, "verdict", "interval")
    assert list(rows["figure"][:2]) == ["Cancelled within 14 days", "· all other orders"]
    part = next(one.value for one in app.selectbox if one.key == "measure_warehouse")
    for column, day in (("before", MIDDLE - SPAN), ("after", MIDDLE)):
        whole, chosen = rate(lived_shop.store, day, day + SPAN), rate(lived_shop.store, day, day + SPAN, warehouse=part)
        rest = (whole["numerator"] - chosen["numerator"]) / (whole["denominator"] - chosen["denominator"])
        assert rows[column][0] == display.percent(chosen["value"], 2)
        assert rows[column][1] == display.percent(rest, 2)
    verdicts = set(rows["verdict"])
    assert any(told in verdicts for told in ("No difference can be told", "Too few to tell"))


def test_a_cause_alone_is_held_against_all_orders(lived_shop: LivedShop, page: OpenShop, browse: Browse) -> None:
    app = browse(page, "cancellations", measure_days="56", measure_of="derived_cause", **ASKED)
    assert not app.exception
    cause = next(one.value for one in app.selectbox if one.key == "measure_derived_cause")
    rows = table(app, "verdict", "interval")
    assert len(rows) == 2  # nobody is spared a cause: there are no other orders
    after = rate(lived_shop.store, MIDDLE, MIDDLE + SPAN, derived_cause=cause)
    assert rows["after"][0] == display.percent(after["value"], 2)


def test_lines_out_of_living_orders_and_customers_lost_are_the_rows_of_their_metrics(
    lived_shop: LivedShop, page: OpenShop, browse: Browse
) -> None:
    asked = {"date_from": PERIOD[0], "date_to": PERIOD[1], "channel": "demo"}
    app = browse(page, "cancellations", **ASKED)
    partial, lost = table(app, "reason", "lines", "units"), table(app, "name", "orders", "cause")
    [units] = kpi.compute(lived_shop.store, "partial_cancelled_units", **asked)
    [gone] = kpi.compute(lived_shop.store, "repeat_customers_lost", lens="flow", **asked)
    assert (float(partial["units"].sum()), partial["lines"].sum()) == (units["value"], units["n"])
    assert len(lost) == gone["value"] > 0
    assert set(lost["number"]) == set(
        kpi.drill(lived_shop.store, "repeat_customers_lost", lens="flow", **asked)["number"]
    )
