"""The plan: forecast sums and inventory positions → order-up-to proposals with their explanation."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy.orm import Session, sessionmaker

from forecasting import protection, stock_policy
from oms_core import door
from oms_core.access.actors import Actor
from oms_core.errors import Conflict
from oms_core.purchasing.positions import list_positions
from oms_core.purchasing.proposals import count_purchase_orders, replace_undecided
from pipelines.demand_forecast import FREQ, series_id
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
CONTEXT = (
    "order_up_to",
    "inventory_position",
    "lead_time_days",
    "review_period_days",
    "cycle_service_level",
    "minimum_order_quantity",
    "pack_size",
)


@dataclass(frozen=True)
class Plan:
    """What a run proposed; ``value`` is Σ quantity × unit cost where a cost is known."""

    proposals: int
    suppliers: int
    value: Decimal

    def to_json(self) -> dict[str, Any]:
        """Shape of `oms plan --json`."""
        return {"proposals": self.proposals, "suppliers": self.suppliers, "value": self.value}


def plan_replenishment(sessions: sessionmaker[Session], store: Store, *, actor: Actor, now: datetime) -> Plan:
    """Replace the undecided proposals by what the newest forecast and the stock of this moment ask for.

    Computed outside the transaction that writes it. Raises Conflict where no forecast was published yet, or
    something was bought meanwhile.
    """
    if not store.exists("forecast_sums"):
        raise Conflict("There is no forecast yet: run `oms forecast run` first.")
    with sessions() as session:
        purchase_orders_seen = count_purchase_orders(session)
        positions = pl.DataFrame([dict(row) for row in list_positions(session)], schema=POSITION_SCHEMA, orient="row")
    due = _due(positions, store.scan("forecast_sums").collect(), now)
    door.run(
        sessions,
        actor,
        replace_undecided,
        at=now,
        as_of=now,
        inputs_hash=_fingerprint(positions, store.version("forecast_sums")),
        purchase_orders_seen=purchase_orders_seen,
        rows=[_row(row, now) for row in due.iter_rows(named=True)],
    )
    value = due.select((pl.col("quantity") * pl.col("unit_cost")).sum()).item() or Decimal(0)
    return Plan(due.height, due["supplier_id"].n_unique(), Decimal(value).quantize(Decimal("0.01")))


def _due(positions: pl.DataFrame, sums: pl.DataFrame, now: datetime) -> pl.DataFrame:
    named = positions.with_columns(unique_id=series_id(pl.col("sku"), pl.col("warehouse")))
    wanted = protection.with_demand(named, sums, freq=FREQ)
    return stock_policy.propose(wanted, as_of=now.date()).filter(pl.col("quantity") > 0)


def _row(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    today = now.date()
    terms = {name: str(row[name] * sign) for name, sign in stock_policy.TERMS.items()}
    return {
        "product_id": row["product_id"],
        "warehouse_id": row["warehouse_id"],
        "supplier_id": row["supplier_id"],
        "raw_quantity": row["raw_quantity"],
        "quantity": row["quantity"],
        "unit_cost": row["unit_cost"],
        "order_by": row["order_by"] or today,
        "expected_on": today + timedelta(days=row["lead_time_days"]),
        "explanation": {"terms": terms, "context": {name: str(row[name]) for name in CONTEXT}},
    }


def _fingerprint(positions: pl.DataFrame, version: int | None) -> str:
    rows = positions.write_csv().encode()
    return hashlib.sha256(rows + str(version).encode()).hexdigest()
