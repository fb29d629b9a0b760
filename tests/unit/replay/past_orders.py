"""Past orders by hand: builders of the frames that a replay reads."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.replay import Record

FIRST = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
_CARRIER = {"carrier": pl.String}


def order(number: int, placed_at: datetime, **differs: Any) -> dict[str, Any]:
    delivered_at = placed_at + timedelta(days=2)
    facts = {
        "order_id": number, "number": f"O-{number}", "placed_day": placed_at.date(), "placed_at": placed_at,
        "warehouse": "NORTH", "region": "PL", "is_counted": True, "is_cancelled": False, "is_delivered": True,
        "is_delivered_in_full": True, "delivered_at": delivered_at, "closed_at": delivered_at,
        "first_promised_day": placed_at.date() + 2 * DAY, "derived_cause": None, "in_period": True,
    }  # fmt: skip
    return facts | differs


def stay(of: dict[str, Any], visit: int, stage: str, entered: datetime, left: datetime | None) -> dict[str, Any]:
    return {
        "order_id": of["order_id"], "visit": visit, "status_group": stage, "entered_at": entered, "left_at": left,
        "manager": "ann", "warehouse": of["warehouse"], "carrier": None, "region": of["region"],
        "wall_seconds": None if left is None else int((left - entered).total_seconds()),
    }  # fmt: skip


def line(of: dict[str, Any], product: int, warehouse: str = "NORTH", quantity: int = 1) -> dict[str, Any]:
    return {"order_id": of["order_id"], "position": product, "product_id": product, "warehouse": warehouse,
            "quantity": quantity, "is_direct": False}  # fmt: skip


def record(
    orders: list[dict[str, Any]],
    stays: list[dict[str, Any]],
    lines: Sequence[dict[str, Any]] = (),
    stock: Sequence[dict[str, Any]] = (),
) -> Record:
    kinds = {"order_id": pl.Int64, "position": pl.Int64, "product_id": pl.Int64, "warehouse": pl.String,
             "quantity": pl.Decimal(14, 3), "is_direct": pl.Boolean}  # fmt: skip
    shelf = {"warehouse": pl.String, "product_id": pl.Int64, "day": pl.Date, "available": pl.Decimal(14, 3)}
    return Record(
        pl.DataFrame(orders, infer_schema_length=None, schema_overrides={"derived_cause": pl.String}),
        pl.DataFrame(stays, infer_schema_length=None, schema_overrides=_CARRIER).sort("order_id", "visit"),
        pl.DataFrame(list(lines), schema=kinds), pl.DataFrame(list(stock), schema=shelf), "UTC", date(2026, 12, 31),
    )  # fmt: skip


def four_at_ten() -> Record:
    """On each of twelve days four orders come at ten; Ann takes ten minutes for each, one after another."""
    orders, stays = [], []
    for day in range(12):
        for place in range(4):
            came = FIRST + day * DAY
            orders.append(order(day * 4 + place, came))
            stays.append(stay(orders[-1], 1, "new", came, came + timedelta(minutes=10 * (place + 1))))
    return record(orders, stays)


def figure(outcome: Any, stage: str, name: str) -> tuple[float, float]:
    found = outcome.figures.filter(pl.col("stage") == stage, pl.col("figure") == name)
    return round(found["before"].item(), 6), round(found["after"].item(), 6)
