"""Acting: each action of a rule by the very use case that a person would have used, with the actor's permissions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requirement_of
from oms_core.automation.action_kinds import AT_ONCE, WITH_STATUS
from oms_core.automation.assignees import customers_manager, dealt_by_share, is_here, least_loaded
from oms_core.errors import Conflict
from oms_core.journal import Cause, caused_by, journalled
from oms_core.orders.assignment import assign_order
from oms_core.orders.holds import close_hold, open_hold
from oms_core.orders.labels import set_priority, tag_order, untag_order
from oms_core.orders.models import Order, OrderHold
from oms_core.orders.progress import move_order
from oms_core.tasks.agenda import add_task
from oms_core.tasks.messages import draft_message
from oms_core.tasks.sending import is_reachable, send_message

T = TypeVar("T")
HOLD_KIND = "manual"  # what a rule holds a person may lift, and the other way round


@dataclass(frozen=True, slots=True)
class _Act:
    """One action on one order, by somebody, at a moment."""

    session: Session
    order_id: int
    number: str
    actor: Actor
    now: datetime
    rule_code: str

    def use(self, use_case: Callable[..., T], **facts: Any) -> T:  # noqa: ANN401 - what the use case takes
        """Call a use case on the order as the actor, who needs its permission."""
        refuse_unless(self.actor, requirement_of(use_case).permission)
        return use_case(self.session, actor=self.actor, now=self.now, number=self.number, **facts)


def act(
    session: Session, order_id: int, actions: Sequence[Mapping[str, Any]], *, cause: Cause, actor: Actor, now: datetime
) -> list[int]:
    """Take a rule's actions on an order in their order and return the sequences of the events they made.

    What is so already is left as it is. Raises whatever the use cases refuse with.
    """
    number = session.scalars(select(Order.number).where(Order.id == order_id)).one()
    before = len(journalled(session))
    one = _Act(session, order_id, number, actor, now, cause.chain[-1])
    with caused_by(session, cause):
        for action in actions:
            _ACTS[action["kind"]](one, action)
    return [event.sequence for event in journalled(session)[before:] if event.order_id == order_id]


def permissions_for(actions: Sequence[Mapping[str, Any]]) -> frozenset[Permission]:
    """What somebody needs to take these actions: those of the use cases that take them."""
    use_cases = [_USED[action["kind"]] for action in actions]
    use_cases += [send_message for action in actions if action.get("send") == AT_ONCE]
    needed = (requirement_of(use_case).permission for use_case in use_cases)
    return frozenset(permission for permission in needed if permission is not None)


def _assign(one: _Act, action: Mapping[str, Any]) -> None:
    if action["to"] == "customer_manager":
        login = customers_manager(one.session, order_id=one.order_id, now=one.now)
        if login is not None:  # a new customer has had none: nothing is to be done
            one.use(assign_order, manager=login)
        return
    login = action.get("login") if action["to"] == "login" else None
    if choose := _DEALT.get(action["to"]):
        login = choose(
            one.session, order_id=one.order_id, role=action.get("role"), team=action.get("team"), now=one.now
        )
        if login is None:
            raise Conflict("Everybody the order could go to is away.", code="nobody_there")
    one.use(assign_order, manager=login)


def _tag(one: _Act, action: Mapping[str, Any]) -> None:
    one.use(tag_order, tag=action["tag"])


def _untag(one: _Act, action: Mapping[str, Any]) -> None:
    one.use(untag_order, tag=action["tag"])


def _prioritise(one: _Act, action: Mapping[str, Any]) -> None:
    one.use(set_priority, priority=action["priority"])


def _hold(one: _Act, action: Mapping[str, Any]) -> None:
    if not _is_held(one, one.rule_code):
        one.use(open_hold, cause=action["cause"], kind=HOLD_KIND, reference=one.rule_code)


def _release(one: _Act, action: Mapping[str, Any]) -> None:
    if _is_held(one, action["rule"]):
        one.use(close_hold, kind=HOLD_KIND, reference=action["rule"])


def _is_held(one: _Act, reference: str) -> bool:
    query = select(OrderHold.id).where(
        OrderHold.order_id == one.order_id, OrderHold.kind == HOLD_KIND, OrderHold.reference == reference,
        OrderHold.closed_at.is_(None),
    )  # fmt: skip
    return one.session.scalar(query) is not None


def _add_task(one: _Act, action: Mapping[str, Any]) -> None:
    assignee = action.get("login") if action["to"] == "login" else None
    if action["to"] == "manager":
        managed = select(User.login).join(Order, Order.manager_id == User.id).where(Order.id == one.order_id)
        assignee = one.session.scalar(managed)
    if assignee is not None and not is_here(one.session, login=assignee, now=one.now):
        assignee = None  # nothing waits for somebody who is away: anybody takes it
    one.use(
        add_task, title=action["title"], kind=action["task"], assignee=assignee, due_minutes=action.get("due_minutes"),
        until_left=action.get("ends") == WITH_STATUS,
    )  # fmt: skip


def _move(one: _Act, action: Mapping[str, Any]) -> None:
    status = one.session.scalar(select(Order.status).where(Order.id == one.order_id))
    if status != action["to"]:
        one.use(move_order, to=action["to"])


def _draft(one: _Act, action: Mapping[str, Any]) -> None:
    message_id = one.use(draft_message, template=action["template"], language=action["language"])
    if action.get("send") == AT_ONCE and is_reachable(one.session, message_id=message_id):  # else somebody looks at it
        refuse_unless(one.actor, requirement_of(send_message).permission)
        send_message(one.session, actor=one.actor, now=one.now, message_id=message_id)


_DEALT: Mapping[str, Callable[..., str | None]] = {"round_robin": dealt_by_share, "least_loaded": least_loaded}
_ACTS: Mapping[str, Callable[[_Act, Mapping[str, Any]], None]] = {
    "assign": _assign,
    "tag": _tag,
    "untag": _untag,
    "priority": _prioritise,
    "hold": _hold,
    "release": _release,
    "task": _add_task,
    "status": _move,
    "message": _draft,
}
_USED: Mapping[str, Callable[..., object]] = {
    "assign": assign_order,
    "tag": tag_order,
    "untag": untag_order,
    "priority": set_priority,
    "hold": open_hold,
    "release": close_hold,
    "task": add_task,
    "status": move_order,
    "message": draft_message,
}
