"""The plan: forecast sums and inventory positions → order-up-to proposals with their explanation."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy.orm import Session, sessionmaker

from forecasting import order_limits, stock_policy
from forecasting.wanted_stock import DemandDraws, with_targets
from oms_core import door
from oms_core.access.actors import Actor
from oms_core.errors import Conflict
from oms_core.purchasing.proposals import newest_plan, replace_undecided
from pipelines.demand_history import FREQ
from pipelines.plan_curve import CURVE, service_curve
from pipelines.plan_inputs import PlanInputs, minimum_values, read_inputs
from pipelines.store import Store

CONTEXT = (
    "order_up_to", "inventory_position", "lead_time_days", "stated_lead_time_days", "closed_days",
    "review_period_days", "cycle_service_level", "measure", "level", "target_service", "abc", "xyz",
    "minimum_order_quantity", "pack_size", "daily_demand", "transfer_from",
)  # fmt: skip
INPUTS = ("expected_demand", "demand_target", "order_up_to", "transfer")
"""Of each proposal, as the rules read them: with the position and the terms they give its quantity again."""

SUMS = "forecast_sums"

_CENT = Decimal("0.01")
_STANDS = timedelta(minutes=10)
_RENEWING = Lock()


@dataclass(frozen=True)
class Plan:
    """What a run proposed; ``value`` is Σ quantity × unit cost where a cost is known."""

    proposals: int
    suppliers: int
    value: Decimal
    transfers: int = 0

    def to_json(self) -> dict[str, Any]:
        """Shape of `oms plan --json`."""
        return {
            "proposals": self.proposals, "suppliers": self.suppliers, "value": self.value, "transfers": self.transfers,
        }  # fmt: skip


def renew_plan(sessions: sessionmaker[Session], store: Store, *, reader: Actor, planner: Actor, now: datetime) -> bool:
    """Make the plan anew for who opens it, where what it was made of is no longer so; whether that was done.

    A plan stands for ten minutes whatever happens, and one reader at a time makes it anew: the others read what there
    is. ``reader`` needs to see purchases; the plan is written in the name of ``planner``, as by night.
    """
    stamp = door.read(sessions, reader, newest_plan)
    if stamp is None or now - stamp.as_of < _STANDS or not store.exists(SUMS):
        return False
    if not _RENEWING.acquire(blocking=False):
        return False
    try:
        inputs = _read(sessions, store, now)
        if _fingerprint(inputs, store.version(SUMS), now.date()) == stamp.inputs_hash:
            return False
        _make(sessions, store, inputs, planner, now)
    finally:
        _RENEWING.release()
    return True


def plan_replenishment(sessions: sessionmaker[Session], store: Store, *, actor: Actor, now: datetime) -> Plan:
    """Replace the undecided proposals by what the newest forecast and the stock of this moment ask for.

    Computed outside the transaction that writes it. Raises Conflict where no forecast was published yet, or
    something was bought meanwhile.
    """
    if not store.exists(SUMS):
        raise Conflict("There is no forecast yet: run `oms forecast run` first.", code="no_forecast")
    return _make(sessions, store, _read(sessions, store, now), actor, now)


def _read(sessions: sessionmaker[Session], store: Store, now: datetime) -> PlanInputs:
    with sessions() as session:
        return read_inputs(session, store, today=now.date())


def _make(sessions: sessionmaker[Session], store: Store, inputs: PlanInputs, actor: Actor, now: datetime) -> Plan:
    version = store.version(SUMS)
    wanted, draws = with_targets(inputs.rows, store.scan(SUMS).collect(), freq=FREQ)
    proposed, transfers = _propose(wanted, today=now.date())
    rows = _bounded(_with_margin_at_risk(proposed, draws), inputs)
    door.run(
        sessions, actor, replace_undecided, at=now, as_of=now,
        inputs_hash=_fingerprint(inputs, version, now.date()),
        purchase_orders_seen=inputs.purchase_orders_seen, rows=[_row(row, now.date()) for row in rows],
        transfers=transfers,
    )  # fmt: skip
    store.publish(CURVE, service_curve(proposed, draws))
    value = sum((row["quantity"] * (row["unit_cost"] or 0) for row in rows), Decimal(0))
    return Plan(len(rows), len({row["supplier_id"] for row in rows}), value.quantize(_CENT), len(transfers))


def recompute(explanation: Mapping[str, Any]) -> Decimal:
    """Derive a proposal's quantity anew from the inputs kept with it."""
    inputs, terms, context = explanation["inputs"], explanation["terms"], explanation["context"]
    made = stock_policy.explain_order(
        expected_demand=float(inputs["expected_demand"]),
        demand_target=float(inputs["demand_target"]),
        order_up_to=float(inputs["order_up_to"]),
        transfer=Decimal(inputs["transfer"]),
        position=stock_policy.StockPosition(
            **{name: abs(Decimal(terms[name])) for name in ("on_hand", "reserved", "on_order", "backordered")}
        ),
        rules=stock_policy.OrderRules(Decimal(context["minimum_order_quantity"]), Decimal(context["pack_size"])),
    )
    return made.quantity + Decimal(terms["joint_order"]) + Decimal(terms["budget"])


def _propose(wanted: pl.DataFrame, *, today: date) -> tuple[pl.DataFrame, list[dict[str, str]]]:
    """Ask for everything once to see what warehouses can spare, then for what they cannot give one another."""
    moves = order_limits.find_transfers(stock_policy.propose(wanted, as_of=today))
    names = {row["warehouse_id"]: row["warehouse"] for row in wanted.iter_rows(named=True)}
    skus = {row["product_id"]: row["sku"] for row in wanted.iter_rows(named=True)}
    given: dict[tuple[int, int], Decimal] = {}
    givers: dict[tuple[int, int], list[str]] = {}
    for move in moves:
        key = (move.product_id, move.to_warehouse_id)
        given[key] = given.get(key, Decimal(0)) + move.quantity
        givers.setdefault(key, []).append(names[move.from_warehouse_id])
    keys = list(wanted.select("product_id", "warehouse_id").iter_rows())
    with_moves = wanted.with_columns(
        transfer=pl.Series([given.get(key, Decimal(0)) for key in keys], dtype=pl.Decimal(14, 3)),
        transfer_from=pl.Series([", ".join(givers.get(key, [])) for key in keys], dtype=pl.String),
    )
    inputs = with_moves.select(pl.struct(INPUTS).alias("inputs"))["inputs"]
    told = [
        {"sku": skus[move.product_id], "from": names[move.from_warehouse_id], "to": names[move.to_warehouse_id],
         "quantity": str(move.quantity)} for move in moves
    ]  # fmt: skip
    return stock_policy.propose(with_moves, as_of=today).with_columns(inputs), told


def _with_margin_at_risk(proposed: pl.DataFrame, draws: DemandDraws) -> pl.DataFrame:
    """Add the margin that is expected to be lost within the interval if nothing is ordered, and is saved if it is."""
    position = proposed["inventory_position"].cast(pl.Float64).to_numpy()
    quantity = proposed["quantity"].cast(pl.Float64).to_numpy()
    saved = draws.shortage(position) - draws.shortage(position + quantity)
    margin = pl.Series(np.maximum(saved, 0.0)) * proposed["unit_margin"]
    return proposed.with_columns(margin_at_risk=margin)


def _bounded(proposed: pl.DataFrame, inputs: PlanInputs) -> list[dict[str, Any]]:
    rows = proposed.filter(pl.col("quantity") > 0).to_dicts()
    for row in rows:
        risk = row["margin_at_risk"]
        row["margin_at_risk"] = None if risk is None else Decimal(repr(risk)).quantize(_CENT)
    joined = order_limits.meet_minimum_values(rows, minimum_values(inputs.settings))
    kept = order_limits.keep_to_budget(joined, inputs.settings.budget)
    return [row for row in kept if row["quantity"] > 0]


def _row(row: dict[str, Any], today: date) -> dict[str, Any]:
    terms = {name: str(row[name] * sign) for name, sign in stock_policy.TERMS.items()}
    return {
        "product_id": row["product_id"],
        "warehouse_id": row["warehouse_id"],
        "supplier_id": row["supplier_id"],
        "raw_quantity": row["raw_quantity"],
        "quantity": row["quantity"],
        "unit_cost": row["unit_cost"],
        "margin_at_risk": row["margin_at_risk"],
        "order_by": row["order_by"] or today,
        "expected_on": today + timedelta(days=row["lead_time_days"]),
        "explanation": {
            "terms": terms,
            "context": {name: str(row[name]) for name in CONTEXT},
            "inputs": {name: repr(value) if isinstance(value, float) else str(value)
                       for name, value in row["inputs"].items()},
            "lead_days_seen": row["lead_days_seen"],
        },
    }  # fmt: skip


def _fingerprint(inputs: PlanInputs, version: int | None, today: date) -> str:
    asked: Sequence[object] = [inputs.settings.budget, inputs.settings.targets, inputs.settings.suppliers]
    rows = json.dumps(inputs.rows.to_dicts(), default=str) + repr(asked) + f"{version} {today}"
    return hashlib.sha256(rows.encode()).hexdigest()
