"""What a plan starts from: positions, terms, service wanted, delivery times seen, classes and margins of products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy.orm import Session

from forecasting.assortment_classes import classify
from oms_core.purchasing.plan_settings import PlanSettings, read_plan_settings
from oms_core.purchasing.positions import list_positions
from oms_core.purchasing.proposals import count_purchase_orders
from pipelines.demand_history import series_id
from pipelines.lead_times import read_lead_times
from pipelines.store import Store

POSITION_SCHEMA: dict[str, Any] = {
    "product_id": pl.Int64,
    "sku": pl.String,
    "warehouse_id": pl.Int64,
    "warehouse": pl.String,
    "supplier_id": pl.Int64,
    "supplier": pl.String,
    "on_hand": pl.Decimal(14, 3),
    "reserved": pl.Decimal(14, 3),
    "on_order": pl.Decimal(14, 3),
    "backordered": pl.Decimal(14, 3),
    "unit_cost": pl.Decimal(14, 4),
    "minimum_order_quantity": pl.Decimal(14, 3),
    "pack_size": pl.Decimal(14, 3),
    "lead_time_days": pl.Int64,
    "cycle_service_level": pl.Float64,
    "review_period_days": pl.Int64,
}
_CLASS_DAYS = 182
_LOWEST_CLASS = "CZ"


@dataclass(frozen=True)
class PlanInputs:
    """One reading of the database and the marts.

    ``rows``: a product and warehouse each, with what `forecasting.wanted_stock.with_targets` needs, and abc, xyz,
    stated_lead_time_days, closed_days, unit_margin (null where cost or price are unknown).
    """

    rows: pl.DataFrame
    settings: PlanSettings
    purchase_orders_seen: int


def read_inputs(session: Session, store: Store, *, today: date) -> PlanInputs:
    """Read all a plan needs; purchase orders are counted first, so that one placed meanwhile is noticed."""
    seen = count_purchase_orders(session)
    settings = read_plan_settings(session)
    positions = pl.DataFrame([dict(row) for row in list_positions(session)], schema=POSITION_SCHEMA, orient="row")
    closures = {key: one.closures for key, one in settings.suppliers.items()}
    learnt = read_lead_times(session, today=today, closures=closures)
    rows = positions.with_columns(unique_id=series_id(pl.col("sku"), pl.col("warehouse")))
    rows = _with_service(_with_classes(rows, store), settings)
    return PlanInputs(_with_delivery(rows, closures, learnt, today), settings, seen)


def days_closed(start: date, days: int, closures: Sequence[tuple[date, date]]) -> int:
    """Count the closed days that an order given on ``start`` waits through until ``days`` open ones have passed."""
    left, day, closed = days if closures else 0, start, 0
    while left > 0:
        day += timedelta(days=1)
        if any(first <= day <= last for first, last in closures):
            closed += 1
        else:
            left -= 1
    return closed


def _with_classes(rows: pl.DataFrame, store: Store) -> pl.DataFrame:
    demand = store.scan("daily_demand").select("product_id", "day", "demand", "ordered", "gross").collect()
    last = demand["day"].max()
    if not isinstance(last, date):
        return rows.with_columns(abc=pl.lit("C"), xyz=pl.lit("Z"), unit_margin=pl.lit(None, dtype=pl.Float64))
    recent = demand.filter(pl.col("day") > last - timedelta(days=_CLASS_DAYS))
    classes = classify(_weekly(recent))
    sold = recent.group_by("product_id").agg(price=_sum("gross") / _sum("ordered"))
    margin = (pl.col("price") - pl.col("unit_cost").cast(pl.Float64)).clip(0)
    return (
        rows.join(classes, on="product_id", how="left", maintain_order="left")
        .join(sold, on="product_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("abc").fill_null(_LOWEST_CLASS[0]),
            pl.col("xyz").fill_null(_LOWEST_CLASS[1]),
            unit_margin=pl.when(pl.col("price").is_finite()).then(margin),
        )
        .drop("price")
    )


def _weekly(daily: pl.DataFrame) -> pl.DataFrame:
    """Demand and revenue of every product in every week, zeros where nobody asked."""
    weeks = daily.with_columns(week=pl.col("day").dt.truncate("1w"))
    summed = weeks.group_by("product_id", "week").agg(demand=_sum("demand"), revenue=_sum("gross"))
    every = summed.select("product_id").unique().join(summed.select("week").unique(), how="cross")
    return every.join(summed, on=["product_id", "week"], how="left").with_columns(
        pl.col("demand", "revenue").fill_null(0.0)
    )


def _sum(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64).sum()


def _with_service(rows: pl.DataFrame, settings: PlanSettings) -> pl.DataFrame:
    wanted = [
        {"abc": abc, "xyz": xyz, "measure": str(target.measure), "level": float(target.level)}
        for (abc, xyz), target in settings.targets.items()
    ]
    schema: dict[str, Any] = {"abc": pl.String, "xyz": pl.String, "measure": pl.String, "level": pl.Float64}
    targets = pl.DataFrame(wanted, schema=schema)
    return rows.join(targets, on=["abc", "xyz"], how="left", maintain_order="left").with_columns(
        pl.col("measure").fill_null("cycle_service_level"),
        pl.col("level").fill_null(pl.col("cycle_service_level")),
    )


def _with_delivery(
    rows: pl.DataFrame, closures: Mapping[int, Sequence[tuple[date, date]]], learnt: pl.DataFrame, today: date
) -> pl.DataFrame:
    """Add how long the goods will take: learnt, or as stated while the supplier delivered too little to learn from."""
    known = learnt.filter(pl.col("source") != "stated").select("supplier_id", "product_id", "q0.5", "days")
    joined = rows.join(known, on=["supplier_id", "product_id"], how="left", maintain_order="left")
    lead, seen, closed = [], [], []
    for supplier, stated, middle, days in joined.select("supplier_id", "lead_time_days", "q0.5", "days").iter_rows():
        usual = stated if middle is None else max(round(middle), 1)
        waits = days_closed(today, usual, closures.get(supplier, ()))
        lead.append(usual + waits)
        seen.append([one + waits for one in days] if days else None)
        closed.append(waits)
    return rows.with_columns(
        stated_lead_time_days=pl.col("lead_time_days"),
        lead_time_days=pl.Series(lead, dtype=pl.Int64),
        lead_days_seen=pl.Series(seen, dtype=pl.List(pl.Float64)),
        closed_days=pl.Series(closed, dtype=pl.Int64),
    )


def minimum_values(settings: PlanSettings) -> dict[int, Decimal]:
    """What an order must be worth, of the suppliers who say so."""
    return {key: one.minimum_order_value for key, one in settings.suppliers.items() if one.minimum_order_value}
