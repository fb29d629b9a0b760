"""What buyers decided about proposals, with all that was known then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Product, Warehouse
from oms_core.purchasing.models import Decision, ReplenishmentProposal, ReplenishmentRun


@dataclass(frozen=True, slots=True)
class DecidedProposal:
    """A proposal that was decided: what was suggested, and what was ordered instead or as it was.

    ``ordered`` is the buyer's own quantity where there is one, 0 where the proposal was rejected.
    """

    id: int
    sku: str
    warehouse: str
    buyer: str
    as_of: datetime
    decided_at: datetime
    suggested: Decimal
    ordered: Decimal
    why: str
    unit_cost: Decimal | None
    explanation: Mapping[str, Any]


@requires(Permission.PURCHASE_VIEW)
def list_decided(session: Session, *, actor: Actor, since: datetime) -> list[DecidedProposal]:
    """List the proposals decided since an instant, the earliest first; without costs for who may not see them."""
    sees_cost = actor.may(Permission.COST_VIEW)
    query = (
        select(ReplenishmentProposal, Product.sku, Warehouse.code, User.name, ReplenishmentRun.as_of)
        .join(Product, Product.id == ReplenishmentProposal.product_id)
        .join(Warehouse, Warehouse.id == ReplenishmentProposal.warehouse_id)
        .join(User, User.id == ReplenishmentProposal.decided_by_id)
        .join(ReplenishmentRun, ReplenishmentRun.id == ReplenishmentProposal.run_id)
        .where(ReplenishmentProposal.decision != Decision.UNDECIDED, ReplenishmentProposal.decided_at >= since)
        .order_by(ReplenishmentProposal.decided_at, ReplenishmentProposal.id)
    )
    return [
        DecidedProposal(
            id=row.id, sku=sku, warehouse=place, buyer=buyer, as_of=as_of, decided_at=row.decided_at,
            suggested=row.quantity, ordered=_ordered(row), why=row.why, unit_cost=row.unit_cost if sees_cost else None,
            explanation=row.explanation,
        )
        for row, sku, place, buyer, as_of in session.execute(query)
        if row.decided_at is not None
    ]  # fmt: skip


def _ordered(row: ReplenishmentProposal) -> Decimal:
    if row.decision is Decision.REJECTED:
        return Decimal(0)
    return row.quantity if row.override_quantity is None else row.override_quantity
