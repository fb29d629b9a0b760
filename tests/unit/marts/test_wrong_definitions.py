"""The story told by hand bites: whoever gets a definition wrong gets a number wrong there."""

from dataclasses import replace

import polars as pl
import pytest
from story import SPRING, told

from pipelines import kpi
from pipelines.metrics import METRICS, Lens, Shape
from pipelines.store import Store

ASKED = [
    ("cycle_time", {}), ("cycle_time", {"lens": "flow", "by": ["day"]}), ("cycle_time_km", {"channel": "shop"}),
    ("stage_time", {"by": ["status_group"]}), ("stage_time", {"lens": "flow", "by": ["day"]}),
    ("reentry_rate", {}), ("stage_reached", {"by": ["status_group"]}), ("throughput", {}),
    ("cancel_rate", {}), ("cancelled_value", {"by": ["product"]}), ("cancelled_value", {"lens": "flow", "by": ["day"]}),
    ("on_time_rate", {}), ("open_late", {"lens": "now"}), ("open_age", {"lens": "now"}),
    ("orders_received", {"by": ["day"]}), ("average_order_value", {}), ("net_revenue", {"lens": "flow", "by": ["day"]}),
    ("contribution", {"lens": "flow"}),
]  # fmt: skip
EVERY = pl.lit(value=True)
WRONG = {
    "cycle time in business hours": ("cycle_time", {"numerator": pl.col("cycle_business_seconds")}),
    "business hours that are wall hours": ("cycle_time", {"denominator": pl.col("cycle_wall_seconds")}),
    "the mean for the median": ("cycle_time", {"shape": Shape.SUM}),
    "deliveries by the day placed": ("cycle_time", {"days": {Lens.COHORT: "placed_day", Lens.FLOW: "placed_day"}}),
    "open orders left out of lives": ("cycle_time_km", {"where": pl.col("is_delivered")}),
    "open orders as if delivered now": ("cycle_time_km", {"denominator": pl.lit(1)}),
    "first visits alone": ("stage_time", {"where": ~pl.col("is_reentry") & pl.col("left_at").is_not_null()}),
    "weekends as working time": ("stage_time", {"denominator": pl.col("wall_seconds")}),
    "stays by the day entered": ("stage_time", {"days": {Lens.COHORT: "placed_day", Lens.FLOW: "entered_day"}}),
    "re-entries of stays that go on": ("reentry_rate", {"where": EVERY}),
    "every visit a new arrival": ("stage_reached", {"where": EVERY}),
    "open stays as finished": ("throughput", {"where": EVERY}),
    "a cancelled line as a cancelled order": ("cancel_rate", {"numerator": (pl.col("gross") > pl.lit(100)).cast(int)}),
    "open orders out of the cohort": ("cancel_rate", {"where": ~pl.col("is_open")}),
    "cancellations by the day placed of others": ("cancelled_value", {"numerator": pl.col("quantity")}),
    "the undelivered left out": ("on_time_rate", {"where": pl.col("is_delivered")}),
    "late or not": ("open_late", {"where": pl.col("is_open")}),
    "only orders with a promise": ("orders_received", {"where": pl.col("first_promised_day").is_not_null()}),
    "value per order that has any": ("average_order_value", {"where": pl.col("gross") > 0}),
    "what is ordered as revenue": ("net_revenue", {"numerator": pl.col("net") * 2}),
    "carriers for nothing": ("contribution", {"numerator": pl.col("margin"), "where": EVERY}),
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return told(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def right(store) -> dict[str, list]:
    """What every metric that somebody gets wrong answers by its own definition."""
    return {code: answers(store, code) for code, _ in ASKED}


def answers(store: Store, code: str) -> list[list[dict]]:
    return [kpi.compute(store, code, **(SPRING | asked)) for asked_of, asked in ASKED if asked_of == code]


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_definition_tells_another_story(store, right, monkeypatch, mistake):
    code, wrong = WRONG[mistake]
    monkeypatch.setitem(METRICS, code, replace(METRICS[code], **wrong))
    assert answers(store, code) != right[code]
