"""Comments: what people tell each other about an order, kept in its journal."""

from datetime import datetime

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.journal import Entry, record
from oms_core.orders.locking import lock_order
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.stages import OrderState

LONGEST = 2_000


@requires(Permission.ORDER_COMMENT)
def comment_order(session: Session, *, actor: Actor, now: datetime, number: str, text: str) -> OrderState:
    """Add a comment to an order in any state; raises ``Invalid`` for an empty or overlong one."""
    said = text.strip()
    if not 0 < len(said) <= LONGEST:
        rows = [{"field": "text", "value": said[:60], "message": f"must be text of 1 to {LONGEST} characters"}]
        raise Invalid("A comment needs a text that is not too long.", code="malformed_comment", rows=rows)
    order = lock_order(session, number)
    record(session, [Entry(order.id, "order.commented", now, payload={"text": said})], actor_id=actor.id)
    return checked(session, order, Change("comment", text=said), actor=actor, now=now)
