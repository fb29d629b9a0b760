"""Replenishment proposals: replaced by each run while undecided, listed for the buyer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, text, update
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Product, Supplier, Warehouse
from oms_core.errors import Conflict
from oms_core.purchasing.models import Decision, PurchaseOrder, ReplenishmentProposal, ReplenishmentRun
from oms_core.purchasing.plan_models import ReplenishmentSnooze

_ONE_RUN_AT_A_TIME = text("LOCK TABLE replenishment_runs IN SHARE ROW EXCLUSIVE MODE")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to buy, from whom, by when and why; ``explanation`` holds the terms in order, summing to ``quantity``."""

    id: int
    sku: str
    product: str
    warehouse: str
    supplier: str
    supplier_name: str
    quantity: Decimal
    raw_quantity: Decimal
    unit_cost: Decimal | None
    value: Decimal | None
    order_by: date
    expected_on: date
    as_of: datetime
    explanation: dict[str, Any]
    margin_at_risk: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PlanStamp:
    """As of when a plan was made, and a fingerprint of all it was made of."""

    as_of: datetime
    inputs_hash: str


def count_purchase_orders(session: Session) -> int:
    """Count all purchase orders ever placed: read before the positions, it tells whether a plan knows them all."""
    return session.scalars(select(func.count()).select_from(PurchaseOrder)).one()


@requires(Permission.PURCHASE_ORDER)
def replace_undecided(
    session: Session, *, actor: Actor, now: datetime, as_of: datetime, inputs_hash: str, purchase_orders_seen: int,
    rows: Sequence[Mapping[str, Any]], transfers: Sequence[Mapping[str, Any]] = (),
) -> int:  # fmt: skip
    """Put the proposals of a new run in place of every undecided one; decided ones are kept. Returns the run's id.

    A proposal whose quantity is found again keeps its id, so that what somebody has just selected stays selected.

    ``rows`` are the proposals' columns by name (product_id, warehouse_id, supplier_id, raw_quantity, quantity,
    unit_cost, margin_at_risk, order_by, expected_on, explanation), ``transfers`` what to move first. Raises
    ``Conflict`` (``plan_outdated``) where something was bought since ``purchase_orders_seen`` were counted: it would
    be proposed a second time.
    """
    session.execute(_ONE_RUN_AT_A_TIME)
    known = _lock_undecided_by_what_they_say(session)
    # Who was approving has ended now, who begins finds gone what is no longer so.
    if count_purchase_orders(session) != purchase_orders_seen:
        raise Conflict("Something was bought while the plan was made; make it again.", code="plan_outdated")
    run = ReplenishmentRun(as_of=as_of, inputs_hash=inputs_hash, created_at=now, actor_id=actor.id)
    run.transfers = [dict(move) for move in transfers]
    session.add(run)
    session.flush()
    again = [{"id": known.pop(_said(row)), "run_id": run.id, **row} for row in rows if _said(row) in known]
    session.execute(delete(ReplenishmentProposal).where(ReplenishmentProposal.id.in_(known.values())))
    if again:
        session.execute(update(ReplenishmentProposal), again)
    kept = {_said(row) for row in again}
    if fresh := [{"run_id": run.id, **row} for row in rows if _said(row) not in kept]:
        session.execute(insert(ReplenishmentProposal), fresh)
    return run.id


@requires(Permission.PURCHASE_VIEW)
def newest_plan(session: Session) -> PlanStamp | None:
    """Read when the newest plan was made and over which inputs; None before the first."""
    newest = select(ReplenishmentRun).order_by(ReplenishmentRun.id.desc()).limit(1)
    run = session.scalars(newest).one_or_none()
    return None if run is None else PlanStamp(run.as_of, run.inputs_hash)


@requires(Permission.PURCHASE_VIEW)
def list_proposals(
    session: Session, *, actor: Actor, supplier: str | None = None, warehouse: str | None = None
) -> list[Proposal]:
    """List the undecided proposals that are not put off, the most urgent first.

    Without costs and margins for an actor who may not see them.
    """
    sees_cost = actor.may(Permission.COST_VIEW)
    query = (
        select(ReplenishmentProposal, Product.sku, Product.name, Warehouse.code, Supplier, ReplenishmentRun.as_of)
        .join(Product, Product.id == ReplenishmentProposal.product_id)
        .join(Warehouse, Warehouse.id == ReplenishmentProposal.warehouse_id)
        .join(Supplier, Supplier.id == ReplenishmentProposal.supplier_id)
        .join(ReplenishmentRun, ReplenishmentRun.id == ReplenishmentProposal.run_id)
        .where(ReplenishmentProposal.decision == Decision.UNDECIDED, ~_is_put_off())
        .order_by(ReplenishmentProposal.order_by, Supplier.code, Product.sku, Warehouse.code)
    )
    if supplier:
        query = query.where(Supplier.code == supplier)
    if warehouse:
        query = query.where(Warehouse.code == warehouse)
    return [
        Proposal(
            id=row.id, sku=sku, product=name, warehouse=place, supplier=source.code, supplier_name=source.name,
            quantity=row.quantity, raw_quantity=row.raw_quantity, unit_cost=row.unit_cost if sees_cost else None,
            value=_value(row) if sees_cost else None,
            order_by=row.order_by, expected_on=row.expected_on, as_of=as_of, explanation=row.explanation,
            margin_at_risk=row.margin_at_risk if sees_cost else None,
        )
        for row, sku, name, place, source, as_of in session.execute(query)
    ]  # fmt: skip


@requires(Permission.PURCHASE_VIEW)
def list_transfers(session: Session) -> list[dict[str, Any]]:
    """List what the newest plan would rather move than buy: sku, from, to, quantity (as text)."""
    newest = select(ReplenishmentRun.transfers).order_by(ReplenishmentRun.id.desc()).limit(1)
    return session.scalars(newest).one_or_none() or []


_Said = tuple[int, int, int, Decimal]


def _said(row: Mapping[Any, Any]) -> _Said:
    return row["product_id"], row["warehouse_id"], row["supplier_id"], row["quantity"]


def _lock_undecided_by_what_they_say(session: Session) -> dict[_Said, int]:
    proposal = ReplenishmentProposal
    query = (
        select(proposal.product_id, proposal.warehouse_id, proposal.supplier_id, proposal.quantity, proposal.id)
        .where(proposal.decision == Decision.UNDECIDED)
        .order_by(proposal.id)
        .with_for_update()
    )
    return {_said(row): row["id"] for row in session.execute(query).mappings()}


def _is_put_off() -> ColumnElement[bool]:
    # Days are counted from the plan's own day, so that a plan reads the same whenever it is looked at.
    return exists().where(
        ReplenishmentSnooze.product_id == ReplenishmentProposal.product_id,
        ReplenishmentSnooze.warehouse_id == ReplenishmentProposal.warehouse_id,
        ReplenishmentSnooze.until > func.date(ReplenishmentRun.as_of),
    )


def _value(row: ReplenishmentProposal) -> Decimal | None:
    return None if row.unit_cost is None else (row.quantity * row.unit_cost).quantize(Decimal("0.01"))
