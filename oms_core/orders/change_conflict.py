"""Two people changed one order: the second is told what is there, what they asked for, and what it was."""

from collections.abc import Mapping
from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.models import User
from oms_core.errors import Conflict
from oms_core.orders.change_document import TOTALS, Difference, Document, differences
from oms_core.orders.change_log import first_change_after, last_change
from oms_core.orders.models import Order


def refuse_stale(session: Session, order: Order, seen: int, current: Document, asked: Document) -> NoReturn:
    """Raise ``Conflict`` (``stale_version``) with both values of each field that the two versions disagree on.

    The first row names the versions and who changed it last; each further one has ``theirs`` (what is there), ``yours``
    (what was asked for) and ``before`` (what you saw), None on both ends of a line that is not there. ``clash`` says
    that both changed it.
    """
    base_change = first_change_after(session, order.id, seen)
    base = current if base_change is None else base_change.before
    theirs = {_key(one): one for one in differences(base, current)}
    rows = [_head(session, order, seen)]
    for one in differences(current, asked):
        if one.field not in TOTALS:
            was = theirs.get(_key(one))
            before = was.before if was is not None else one.before
            row = one.row() | {"theirs": one.before, "yours": one.after, "before": before, "clash": was is not None}
            del row["after"]
            rows.append(row)
    raise Conflict(
        f"Order {order.number} was changed meanwhile: you saw version {seen}, it is now {order.version}.",
        code="stale_version",
        rows=rows,
    )


def _head(session: Session, order: Order, seen: int) -> Mapping[str, Any]:
    row: dict[str, Any] = {"field": "version", "given": seen, "current": order.version}
    last = last_change(session, order.number)
    if last is not None and last.version > seen:
        name = session.scalar(select(User.name).where(User.id == last.actor_id))
        row |= {"by": name, "at": last.changed_at.isoformat()}
    return row


def _key(one: Difference) -> tuple[str, int | None]:
    return one.field, one.position
