"""The changes of an order, and each version of it as it was."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.customers.privacy import HIDDEN, sees_personal_data
from oms_core.orders.change_document import Document
from oms_core.orders.desk_models import OrderChange
from oms_core.orders.models import Order

_PERSONAL = {"ship_to", "comment"}


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change: ``version`` is the order's after it, ``before`` the order as it was until then."""

    version: int
    changed_at: datetime
    actor: str
    actor_name: str
    note: str
    before: Document
    diff: tuple[dict[str, Any], ...]


@requires(Permission.ORDER_VIEW)
def list_changes(session: Session, *, actor: Actor, number: str) -> list[ChangeView]:
    """List the changes of an order, the newest first, with the version before each; none: an empty list."""
    query = (
        select(OrderChange, User.login, User.name)
        .join(Order, Order.id == OrderChange.order_id)
        .join(User, User.id == OrderChange.actor_id)
        .where(Order.number == number)
        .order_by(OrderChange.version.desc())
    )
    sees_all = sees_personal_data(actor)
    return [_view(change, login, name, sees_all=sees_all) for change, login, name in session.execute(query)]


def last_change(session: Session, number: str) -> OrderChange | None:
    """The latest change of an order."""
    query = select(OrderChange).join(Order, Order.id == OrderChange.order_id).where(Order.number == number)
    return session.scalars(query.order_by(OrderChange.version.desc()).limit(1)).one_or_none()


def first_change_after(session: Session, order_id: int, version: int) -> OrderChange | None:
    """The first change that an order went through after a version: it keeps what that version said."""
    query = select(OrderChange).where(OrderChange.order_id == order_id, OrderChange.version > version)
    return session.scalars(query.order_by(OrderChange.version).limit(1)).one_or_none()


def _view(change: OrderChange, login: str, name: str, *, sees_all: bool) -> ChangeView:
    before, diff = change.before, list(change.diff["changes"])
    if not sees_all:
        before = {key: HIDDEN if key in _PERSONAL and value else value for key, value in before.items()}
        diff = [row | {"before": HIDDEN, "after": HIDDEN} if row["field"] in _PERSONAL else row for row in diff]
    return ChangeView(change.version, change.changed_at, login, name, change.note, before, tuple(diff))
