"""Purchase orders: placed by hand, or made from the proposals a buyer approved."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Product, Supplier, SupplyTerm, Warehouse
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.inventory.quantities import is_quantity
from oms_core.purchasing.events import record_event
from oms_core.purchasing.models import (
    Decision,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    ReplenishmentProposal,
)

Party = TypeVar("Party", Supplier, Warehouse)


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """A product to buy; cost and expected day default to the supplier's terms."""

    sku: str
    quantity: Decimal
    unit_cost: Decimal | None = None
    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A buyer's own quantity in place of the proposed one, and why."""

    quantity: Decimal
    why: str


@dataclass(frozen=True, slots=True)
class PlacedPurchaseOrder:
    """A purchase order as it went out; ``value`` is Σ quantity × unit cost, lines without a cost count zero."""

    number: str
    supplier: str
    warehouse: str
    line_count: int
    value: Decimal


@requires(Permission.PURCHASE_ORDER)
def place_purchase_order(
    session: Session, *, actor: Actor, now: datetime, currency: str, supplier: str, warehouse: str,
    lines: Sequence[PurchaseLine],
) -> PlacedPurchaseOrder:  # fmt: skip
    """Order goods from a supplier for a warehouse; raises Invalid naming each field at fault."""
    supplier_row = _named(session, Supplier, supplier, "supplier")
    warehouse_row = _named(session, Warehouse, warehouse, "warehouse")
    products = _products_of(session, lines)
    terms = _terms_of(session, supplier_row.id, [products[line.sku] for line in lines])
    rows = [
        {
            "product_id": products[line.sku],
            "quantity": line.quantity,
            "unit_cost": line.unit_cost if line.unit_cost is not None else terms.get(products[line.sku]),
            "expected_on": line.expected_on,
            "first_expected_on": line.expected_on,
        }
        for line in lines
    ]
    return _place(
        session, actor=actor, now=now, currency=currency, supplier=supplier_row, warehouse=warehouse_row, rows=rows
    )[0]


@requires(Permission.PURCHASE_ORDER)
def approve_proposals(
    session: Session, *, actor: Actor, now: datetime, currency: str, proposal_ids: Collection[int],
    overrides: Mapping[int, Override] | None = None,
) -> list[PlacedPurchaseOrder]:  # fmt: skip
    """Turn undecided proposals into purchase orders, one per supplier and warehouse.

    Raises Conflict naming the proposals that are gone or decided already, Invalid for an override without a reason.
    """
    changes = dict(overrides or {})
    _check_overrides(changes)
    proposals = lock_undecided(session, proposal_ids)
    placed = []
    for (supplier_id, warehouse_id), group in _by_order(proposals).items():
        rows = [_line_of(proposal, changes.get(proposal.id)) for proposal in group]
        order, line_ids = _place(
            session, actor=actor, now=now, currency=currency, rows=rows,
            supplier=session.get_one(Supplier, supplier_id), warehouse=session.get_one(Warehouse, warehouse_id),
        )  # fmt: skip
        for proposal, line_id in zip(group, line_ids, strict=True):
            _decide(proposal, Decision.APPROVED, actor=actor, now=now)
            proposal.purchase_order_line_id = line_id
            if proposal.id in changes:
                proposal.override_quantity = changes[proposal.id].quantity
                proposal.why = changes[proposal.id].why
        placed.append(order)
    session.flush()
    return placed


@requires(Permission.PURCHASE_ORDER)
def reject_proposals(session: Session, *, actor: Actor, now: datetime, proposal_ids: Collection[int], why: str) -> int:
    """Decide against proposals, with a reason; returns how many."""
    if not why.strip():
        raise Invalid("Say why the proposals are rejected.", code="why_required", rows=[{"field": "why"}])
    proposals = lock_undecided(session, proposal_ids)
    for proposal in proposals:
        _decide(proposal, Decision.REJECTED, actor=actor, now=now)
        proposal.why = why
    session.flush()
    return len(proposals)


def _named(session: Session, model: type[Party], code: str, field: str) -> Party:
    row = session.scalars(select(model).where(model.code == code)).one_or_none()
    if row is None:
        rows = [{"field": field, "value": code, "message": "is unknown"}]
        raise NotFound(f"There is no {field} {code!r}.", code=f"unknown_{field}", rows=rows)
    return row


def _products_of(session: Session, lines: Sequence[PurchaseLine]) -> dict[str, int]:
    if not lines:
        rows = [{"field": "lines", "value": None, "message": "must hold at least one line"}]
        raise Invalid("A purchase order needs at least one line.", code="invalid_purchase_order", rows=rows)
    known = dict(session.execute(select(Product.sku, Product.id).where(Product.sku.in_({x.sku for x in lines}))).all())
    faults = [
        {"field": f"lines[{index}].{field}", "value": str(value)}
        for index, line in enumerate(lines)
        for field, value, is_wrong in (
            ("sku", line.sku, line.sku not in known),
            ("quantity", line.quantity, not is_quantity(line.quantity)),
        )
        if is_wrong
    ]
    if faults:
        raise Invalid("The purchase order has lines at fault.", code="invalid_purchase_order", rows=faults)
    return dict(known.items())


def _terms_of(session: Session, supplier_id: int, product_ids: Sequence[int]) -> dict[int, Decimal | None]:
    query = select(SupplyTerm.product_id, SupplyTerm.unit_cost).where(
        SupplyTerm.supplier_id == supplier_id, SupplyTerm.product_id.in_(product_ids)
    )
    return dict(session.execute(query).all())


def _check_overrides(overrides: Mapping[int, Override]) -> None:
    faults = [
        {"field": f"overrides[{proposal_id}].{field}"}
        for proposal_id, override in overrides.items()
        for field, is_wrong in (("quantity", not is_quantity(override.quantity)), ("why", not override.why.strip()))
        if is_wrong
    ]
    if faults:
        raise Invalid(
            "A changed quantity must be above zero, with at most three decimals, and say why.",
            code="invalid_override",
            rows=faults,
        )


def lock_undecided(session: Session, proposal_ids: Collection[int]) -> list[ReplenishmentProposal]:
    """Lock proposals to be decided on; raises Conflict naming those that are gone or decided already."""
    query = (
        select(ReplenishmentProposal)
        .where(ReplenishmentProposal.id.in_(proposal_ids))
        .order_by(ReplenishmentProposal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {proposal.id: proposal for proposal in session.scalars(query)}
    stale = [
        {"proposal": proposal_id, "decision": found[proposal_id].decision if proposal_id in found else "replaced"}
        for proposal_id in sorted(set(proposal_ids))
        if proposal_id not in found or found[proposal_id].decision is not Decision.UNDECIDED
    ]
    if stale:
        raise Conflict(
            "Some proposals were decided or replaced meanwhile; reload the plan.", code="proposals_decided", rows=stale
        )
    return list(found.values())


def _by_order(proposals: Sequence[ReplenishmentProposal]) -> dict[tuple[int, int], list[ReplenishmentProposal]]:
    groups: dict[tuple[int, int], list[ReplenishmentProposal]] = {}
    for proposal in proposals:
        groups.setdefault((proposal.supplier_id, proposal.warehouse_id), []).append(proposal)
    return groups


def _line_of(proposal: ReplenishmentProposal, override: Override | None) -> dict[str, object]:
    return {
        "product_id": proposal.product_id,
        "quantity": override.quantity if override else proposal.quantity,
        "unit_cost": proposal.unit_cost,
        "expected_on": proposal.expected_on,
        "first_expected_on": proposal.expected_on,
    }


def _decide(proposal: ReplenishmentProposal, decision: Decision, *, actor: Actor, now: datetime) -> None:
    proposal.decision = decision
    proposal.decided_at = now
    proposal.decided_by_id = actor.id


def _place(
    session: Session, *, actor: Actor, now: datetime, currency: str, supplier: Supplier, warehouse: Warehouse,
    rows: Sequence[Mapping[str, object]],
) -> tuple[PlacedPurchaseOrder, list[int]]:  # fmt: skip
    order = PurchaseOrder(
        supplier_id=supplier.id, warehouse_id=warehouse.id, state=PurchaseOrderState.ORDERED, currency=currency,
        created_at=now, ordered_at=now, actor_id=actor.id,
    )  # fmt: skip
    session.add(order)
    session.flush()
    values = [{"purchase_order_id": order.id, "position": at, **row} for at, row in enumerate(rows, start=1)]
    returned = session.scalars(
        insert(PurchaseOrderLine).returning(PurchaseOrderLine, sort_by_parameter_order=True), values
    )
    lines = returned.all()
    record_event(session, order, "purchase_order.ordered", actor=actor, occurred_at=now, payload={"lines": len(lines)})
    value = sum((line.quantity * (line.unit_cost or 0) for line in lines), Decimal(0))
    placed = PlacedPurchaseOrder(
        order.number, supplier.code, warehouse.code, len(lines), value.quantize(Decimal("0.01"))
    )
    return placed, [line.id for line in lines]
