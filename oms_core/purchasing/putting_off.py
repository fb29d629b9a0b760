"""A suggestion that is right but comes too early: put off until a day."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.purchasing.ordering import lock_undecided
from oms_core.purchasing.plan_models import ReplenishmentSnooze


@requires(Permission.PURCHASE_ORDER)
def snooze_proposals(
    session: Session, *, actor: Actor, now: datetime, proposal_ids: Collection[int], until: date, why: str
) -> int:
    """Put proposals off until a day, whatever the plans until then find; returns how many.

    Raises Invalid without a reason or for a day that is not to come.
    """
    if not why.strip():
        raise Invalid("Say why the proposals are put off.", code="why_required", rows=[{"field": "why"}])
    if until <= now.date():
        raise Invalid("Put suggestions off until a day to come.", code="invalid_day", rows=[{"field": "until"}])
    proposals = lock_undecided(session, proposal_ids)
    for one in proposals:
        session.merge(
            ReplenishmentSnooze(
                product_id=one.product_id, warehouse_id=one.warehouse_id, until=until, why=why, set_by_id=actor.id,
                set_at=now,
            )
        )  # fmt: skip
    session.flush()
    return len(proposals)
