"""The page of one product's forecast: its fan, marks, stock with the order and without, delivery time and scores."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from dashboard import lead_time_chart
from dashboard.forecast_choice import matching
from dashboard.forecast_fan import fan
from dashboard.forecast_told import verdict
from dashboard.stock_ahead import figure_of, suggested, with_order
from oms_core.purchasing.proposals import Proposal
from pipelines.store import Store
from tests.lasting_shops import LivedShop

Browse = Callable[..., AppTest]
TODAY = date(2026, 6, 22)
DAYS = [TODAY + timedelta(days=ahead) for ahead in range(10)]
ORDER = Proposal(
    id=1, sku="A", product="A", warehouse="WAW", supplier="s", supplier_name="S", quantity=Decimal(12),
    raw_quantity=Decimal(11), unit_cost=None, value=None, order_by=DAYS[1], expected_on=DAYS[4],
    as_of=datetime(2026, 6, 22, tzinfo=UTC), explanation={},
)  # fmt: skip


@pytest.fixture
def foretold(lived_shop: LivedShop, monkeypatch: pytest.MonkeyPatch) -> OpenShop:
    """The shop that lived, on the day after its last; it has a forecast."""
    monkeypatch.setattr("dashboard.stock_health_reads._today", lambda: TODAY)
    return OpenShop(lived_shop.engine.url.render_as_string(hide_password=False), lived_shop.marts)


def course() -> pl.DataFrame:
    """Ten days of which each asks for two of the nine that are free."""
    left = [9.0 - 2 * (number + 1) for number in range(10)]
    return pl.DataFrame({"day": DAYS, "demand": [2.0] * 10, "came": [0.0] * 10, "left": left, "left_without": left})


def test_a_product_has_its_delivery_time_and_scores_beside_its_forecast(foretold: OpenShop, browse: Browse) -> None:
    scored = Store(str(foretold.marts)).frame("forecast_series").drop_nulls("wape").sort("wape")
    app = browse(foretold, "demand_forecast", lang="en")
    app.query_params["series"] = scored["unique_id"][0]
    app.run()
    assert not app.exception, app.exception
    heads = [head.value for head in app.header]
    assert any(head.startswith("Delivery time of") for head in heads)
    scores = next(table.value for table in app.dataframe if "model" in table.value.columns)
    assert scores["model"].to_list() == ["Ours", "Seasonal naive"]
    told = [block.value for block in app.markdown]
    assert any("eight in ten after" in text or "As the supplier states" in text for text in told)
    assert any(text.startswith("It is told by") for text in told)


def test_weeks_for_which_a_promotion_is_planned_are_marked() -> None:
    weeks = [TODAY + timedelta(weeks=number) for number in range(1, 4)]
    told = {name: [4.0, 9.0, 4.0] for name in ("mean", "q0.1", "q0.5", "q0.8", "q0.9", "q0.95", "q0.975")}
    ahead = pl.DataFrame({"ds": weeks, **told})
    history = pl.DataFrame({"ds": [TODAY], "demand": [4.0], "censored_share": [0.0]})
    before = pl.DataFrame(schema={"cutoff": pl.Date, "ds": pl.Date, "mean": pl.Float64})
    promotions = pl.DataFrame(schema={"ds": pl.Date, "cut": pl.Float64})

    planned = fan(history, ahead.with_columns(price_cut=pl.Series([0.0, 0.2, 0.0])), before, promotions)

    marks = next(trace for trace in planned.data if trace.name == "Promotion planned")
    assert [str(day)[:10] for day in marks.x] == [weeks[1].isoformat()]
    assert list(marks.y) == [9.0]
    assert not [trace for trace in fan(history, ahead, before, promotions).data if trace.name == "Promotion planned"]


def test_the_table_of_all_lists_every_series(foretold: OpenShop, browse: Browse) -> None:
    app = browse(foretold, "demand_forecast", lang="en").run()
    next(one for one in app.button if one.label == "All products").click().run()
    assert not app.exception, app.exception
    listed = next(table.value for table in app.dataframe if "next_weeks" in table.value.columns)
    assert len(listed) == Store(str(foretold.marts)).frame("forecast_series").height > 200


def test_words_are_looked_for_as_they_are_written() -> None:
    table = pl.DataFrame({"unique_id": ["A-1@WAW", "A.1@WAW", "B-1@GDN"]})
    assert matching(table, "waw a.1")["unique_id"].to_list() == ["A.1@WAW"]
    assert matching(table, "").height == 3


def test_the_order_lifts_the_stock_from_the_day_it_is_expected() -> None:
    rows = with_order(course(), ORDER)
    assert rows["left"].to_list()[:6] == [7, 5, 3, 1, 11, 9]
    assert with_order(course(), replace(ORDER, expected_on=TODAY - timedelta(days=3)))["left"][0] == 19
    said = suggested(course(), ORDER)
    assert said.startswith("Suggested: 12")
    assert "beyond" in said
    assert suggested(course(), None) == "No order is suggested now."


def test_the_stock_is_drawn_with_the_order_and_without_and_its_days_are_marked() -> None:
    drawn = {trace.name: trace for trace in figure_of(course(), ORDER).data if trace.name}
    assert list(drawn) == [
        "Free stock",
        "With the suggested order",
        "Order by",
        "Arrives if ordered today",
    ]
    assert drawn["Order by"].x[0] == DAYS[1]
    assert drawn["Arrives if ordered today"].y[0] == 11
    assert len(figure_of(course(), None).data) == 2, "one course and the line of nothing left"


def test_the_fan_shows_every_level_that_stock_is_planned_by_and_marks_weeks() -> None:
    weeks = [TODAY - timedelta(weeks=number) for number in (3, 2, 1)]
    history = pl.DataFrame({"ds": weeks, "demand": [4.0, 9.0, 5.0], "censored_share": [0.0, 0.0, 0.4]})
    levels = ("q0.1", "q0.5", "q0.8", "q0.9", "q0.95", "q0.975")
    ahead = pl.DataFrame({"ds": [TODAY], "mean": [4.5], **{name: [float(n)] for n, name in enumerate(levels)}})
    before = pl.DataFrame({"cutoff": [weeks[0]], "ds": [weeks[1]], "mean": [5.0]})
    cheap = pl.DataFrame({"ds": [weeks[1]], "cut": [0.2]})
    drawn = {trace.name: trace for trace in fan(history, ahead, before, cheap).data if trace.name}
    shades = ("10–80 %", "80–90 %", "90–95 %", "95–97.5 %")
    assert [drawn[name].y[0] for name in shades] == [2, 3, 4, 5]
    assert drawn["Promotion"].x[0] == weeks[1]
    assert drawn["Promotion"].customdata[0] == "-20%"
    assert drawn["Shelf was empty"].x[0] == weeks[2]
    assert drawn["Told before"].y[0] == 5


@pytest.mark.parametrize(
    ("source", "said"), [("product", "of this product"), ("supplier", "came in"), ("stated", "too few of its orders")]
)
def test_a_delivery_time_says_what_it_rests_on(source: str, said: str) -> None:
    known = {"source": source, "stated_days": 8.0, "q0.1": 7.0, "q0.5": 9.5, "q0.9": 12.0, "orders": 5, "own_orders": 1}
    told = lead_time_chart.told(known)
    assert said in told
    assert "5 orders" in told
    assert ("**9.5** days" in told) == (source != "stated")


def test_it_is_said_when_repeating_last_year_was_no_worse_or_nothing_is_known() -> None:
    series = {
        "unique_id": "A@WAW", "method": "boosted", "scaled_pinball_loss": 0.3, "naive_scaled_pinball_loss": 0.2,
    }  # fmt: skip
    lost = pl.DataFrame({"unique_id": ["A@WAW"], "reason": ["shelf"]})
    assert "no worse; likeliest reason: the shelf was often empty" in verdict(series, lost)
    assert "better than repeating" in verdict(series, lost.clear())
    assert "Too little is known" in verdict({**series, "scaled_pinball_loss": None}, lost.clear())
