"""Labels: the tags on an order and how urgent it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid, NotFound
from oms_core.journal import Entry, record
from oms_core.orders.locking import lock_order
from oms_core.orders.models import Order, OrderTag
from oms_core.orders.rule_check import Change, checked
from oms_core.orders.stages import OrderState, status_of

LONGEST_TAG = 40
PRIORITIES = (-1, 0, 1, 2)
"""Low, normal, high, urgent."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What sticks on an order; tags in the alphabet's order."""

    priority: int
    tags: tuple[str, ...]


@requires(Permission.ORDER_CHANGE)
def tag_order(session: Session, *, actor: Actor, now: datetime, number: str, tag: str) -> OrderState:
    """Stick a tag on the order; one that sticks already stays, and nothing happens. Raises ``Invalid``."""
    order, word = lock_order(session, number), normal_tag(tag)
    added = insert(OrderTag).values(order_id=order.id, tag=word, created_at=now, actor_id=actor.id)
    if session.scalar(added.on_conflict_do_nothing().returning(OrderTag.tag)) is None:
        return _as_it_was(session, order)
    record(session, [Entry(order.id, "order.tagged", now, payload={"tag": word})], actor_id=actor.id)
    return checked(session, order, Change("change", text=word), actor=actor, now=now)


@requires(Permission.ORDER_CHANGE)
def untag_order(session: Session, *, actor: Actor, now: datetime, number: str, tag: str) -> OrderState:
    """Take a tag off the order; one that is not there is no fault."""
    order, word = lock_order(session, number), normal_tag(tag)
    removed = delete(OrderTag).where(OrderTag.order_id == order.id, OrderTag.tag == word).returning(OrderTag.tag)
    if session.scalar(removed, execution_options={"synchronize_session": False}) is None:
        return _as_it_was(session, order)
    record(session, [Entry(order.id, "order.untagged", now, payload={"tag": word})], actor_id=actor.id)
    return checked(session, order, Change("change", text=word), actor=actor, now=now)


@requires(Permission.ORDER_CHANGE)
def set_priority(session: Session, *, actor: Actor, now: datetime, number: str, priority: int) -> OrderState:
    """Say how urgent the order is (one of ``PRIORITIES``); the same again changes nothing. Raises ``Invalid``."""
    if priority not in PRIORITIES:
        rows = [
            {"field": "priority", "value": priority, "message": f"must be one of {', '.join(map(str, PRIORITIES))}"}
        ]
        raise Invalid("There is no such priority.", code="unknown_priority", rows=rows)
    order = lock_order(session, number)
    if order.priority == priority:
        return _as_it_was(session, order)
    payload = {"before": order.priority, "priority": priority}
    order.priority = priority
    record(session, [Entry(order.id, "order.prioritised", now, payload=payload)], actor_id=actor.id)
    return checked(session, order, Change("change"), actor=actor, now=now)


@requires(Permission.ORDER_VIEW)
def read_labels(session: Session, *, number: str) -> Labels:
    """Read what sticks on an order; raises ``NotFound``."""
    query = (
        select(Order.priority, OrderTag.tag)
        .outerjoin(OrderTag, OrderTag.order_id == Order.id)
        .where(Order.number == number)
        .order_by(OrderTag.tag)
    )
    rows = session.execute(query).all()
    if not rows:
        raise NotFound(f"There is no order {number}.", code="unknown_order", rows=[{"number": number}])
    return Labels(rows[0].priority, tuple(row.tag for row in rows if row.tag is not None))


@requires(Permission.ORDER_VIEW)
def list_tags(session: Session) -> list[str]:
    """Every tag that sticks on some order, in the alphabet's order."""
    return list(session.scalars(select(OrderTag.tag).distinct().order_by(OrderTag.tag)))


def normal_tag(tag: str) -> str:
    """Return the tag as it is kept: lower case, single spaces; raises ``Invalid``."""
    word = " ".join(tag.lower().split())
    if not 1 <= len(word) <= LONGEST_TAG or not word.isprintable():
        rows = [{"field": "tag", "value": tag[:60], "message": f"must be text of 1 to {LONGEST_TAG} characters"}]
        raise Invalid("A tag is a short word.", code="malformed_tag", rows=rows)
    return word


def _as_it_was(session: Session, order: Order) -> OrderState:
    return OrderState(order.number, order.status, status_of(session, order.status).group, order.version)
