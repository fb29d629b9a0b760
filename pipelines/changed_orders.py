"""Reads what buyers ordered in place of what was suggested, and what was asked for then."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy.orm import Session

from forecasting.changed_orders import QUANTITY, score_changes, standing_changes
from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.purchasing.decisions import DecidedProposal, list_decided
from pipelines.demand_history import daily_demand
from pipelines.store import Store

LOOK_BACK = timedelta(days=365)
_PRICE_DAYS = 182
_SCHEMA: dict[str, Any] = {
    "id": pl.Int64, "unique_id": pl.String, "sku": pl.String, "warehouse": pl.String, "buyer": pl.String,
    "decided_at": pl.Datetime("us", "UTC"), "why": pl.String, "starts_on": pl.Date, "lead_time_days": pl.Int64,
    "review_period_days": pl.Int64, "available": QUANTITY, "suggested": QUANTITY, "ordered": QUANTITY,
    "unit_cost": pl.Float64, "service": pl.Float64,
}  # fmt: skip


@requires(Permission.PURCHASE_VIEW)
def read_changes(session: Session, *, actor: Actor, store: Store, today: date) -> pl.DataFrame:
    """Score each change of a suggested quantity of the last year (`forecasting.changed_orders`), the latest first.

    A rejection ordered nothing; what was put off was not decided. Also sku, warehouse, buyer, decided_at, why. Costs
    are null for an actor who may not see them.
    """
    since = datetime.combine(today, time(), UTC) - LOOK_BACK
    decided = [_row(one) for one in list_decided(session, actor=actor, since=since)]
    changes = standing_changes(pl.DataFrame(decided, schema=_SCHEMA, orient="row"))
    series = changes["unique_id"].unique().to_list()
    asked = daily_demand(store).filter(pl.col("unique_id").is_in(series)).collect()
    scored = score_changes(_with_margin(changes, store), asked, known_until=_known_until(store, today))
    return scored.sort("decided_at", "id", descending=True)


def _row(one: DecidedProposal) -> dict[str, Any]:
    terms, context = one.explanation["terms"], one.explanation["context"]
    # Of the plan's own day more than half is still to come, or it counts as over.
    begins = one.as_of.astimezone(UTC) + timedelta(hours=12)
    # A fill rate says nothing of a chance: the warehouse's own one stands.
    aimed = context.get("target_service", "None")
    return {
        "id": one.id, "unique_id": f"{one.sku}@{one.warehouse}", "sku": one.sku, "warehouse": one.warehouse,
        "buyer": one.buyer, "decided_at": one.decided_at, "why": one.why.strip(), "starts_on": begins.date(),
        "lead_time_days": int(context["lead_time_days"]), "review_period_days": int(context["review_period_days"]),
        "available": Decimal(context["inventory_position"]) - Decimal(terms["transfer"]),
        "suggested": one.suggested, "ordered": one.ordered,
        "unit_cost": None if one.unit_cost is None else float(one.unit_cost),
        "service": float(context["cycle_service_level"] if aimed == "None" else aimed),
    }  # fmt: skip


def _with_margin(changes: pl.DataFrame, store: Store) -> pl.DataFrame:
    """Add what a unit earned in the half year until the interval's end, null where nothing was sold or no cost seen."""
    ends = pl.col("starts_on") + pl.duration(days=pl.col("lead_time_days") + pl.col("review_period_days"))
    spans = changes.select("id", "sku", "unit_cost", ends=ends)
    sold = store.scan("daily_demand").filter(pl.col("sku").is_in(changes["sku"].unique().to_list()))
    price = pl.col("gross").cast(pl.Float64).sum() / pl.col("ordered").cast(pl.Float64).sum()
    prices = (
        spans.join(sold.select("sku", "day", "gross", "ordered").collect(), on="sku")
        .filter(pl.col("day") < pl.col("ends"), pl.col("day") >= pl.col("ends") - pl.duration(days=_PRICE_DAYS))
        .group_by("id")
        .agg(price=price)
    )
    margin = (pl.col("price") - pl.col("unit_cost")).clip(0)
    priced = changes.join(prices, on="id", how="left", maintain_order="left")
    return priced.with_columns(unit_margin=pl.when(pl.col("price").is_finite()).then(margin)).drop("price", "unit_cost")


def _known_until(store: Store, today: date) -> date:
    """The first day that the marts may not know whole."""
    watermark = store.watermark()
    return min(today, watermark.read_at.date()) if watermark else date.min
