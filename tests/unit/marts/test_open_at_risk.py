"""Open and at risk: counted from the scores last told, none of a shop that has none."""

from datetime import date

import polars as pl

from oms_core.errors import NotFound
from pipelines.metrics import METRICS

METRIC = METRICS["open_at_risk"]
ORDERS = pl.LazyFrame({
    "order_id": [1, 2, 3, 4, 5], "is_counted": [True] * 5, "is_open": [True, True, True, False, True],
    "first_promised_day": [date(2026, 3, day) for day in (9, 9, 1, 9, 9)], "as_of_day": [date(2026, 3, 5)] * 5,
})  # fmt: skip
TOLD = pl.LazyFrame({"order_id": [1, 2, 3, 4], "probability": [0.3, 0.29, 0.9, 0.9], "cause": ["stock"] * 4})


def counted(**tables: pl.LazyFrame) -> list[int]:
    def table(name: str) -> pl.LazyFrame:
        if name not in tables:
            raise NotFound(f"{name} is not published", code="mart_missing")
        return tables[name]

    assert METRIC.prepare is not None
    return METRIC.prepare(table).filter(METRIC.where).collect()["order_id"].to_list()


def test_only_open_orders_whose_promise_may_still_be_kept_and_probably_will_not_are_counted():
    assert counted(order_facts=ORDERS, promise_risk=TOLD) == [1]


def test_before_anything_was_scored_nothing_is_at_risk():
    assert counted(order_facts=ORDERS) == []
