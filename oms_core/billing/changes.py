"""A change of a placed order and what of its money goes back for it, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission, requires
from oms_core.billing.refund_approvals import request_refund_approval
from oms_core.billing.refunds import refund_order
from oms_core.errors import Conflict
from oms_core.orders.change_document import OrderEdit
from oms_core.orders.changing import change_order
from oms_core.orders.locking import lock_order
from oms_core.orders.stages import OrderState


@dataclass(frozen=True, slots=True)
class Changed:
    """The order after the change, what went back, what is still due back, and whether approval of that is asked."""

    state: OrderState
    refunded: Decimal
    refund_due: Decimal
    is_approval_asked: bool = False


@requires(Permission.ORDER_CHANGE)
def change_and_refund(
    session: Session, *, actor: Actor, now: datetime, number: str, version: int | None, change: OrderEdit,
    note: str = "", refund: bool = False,
) -> Changed:  # fmt: skip
    """Change a placed order; with ``refund`` what is paid too much then goes back at once.

    Where that is beyond a limit the change stands and approval of the refund is asked for. Raises as ``change_order``,
    and ``Forbidden`` for ``refund`` by somebody who may not give money back.
    """
    state = change_order(session, actor=actor, now=now, number=number, version=version, change=change, note=note)
    order = lock_order(session, number)
    due = max(Decimal(0), order.paid - order.refunded - order.total)
    if not refund or due == 0:
        return Changed(state, Decimal(0), due)
    refuse_unless(actor, Permission.PAYMENT_REFUND)
    try:
        given_back = refund_order(session, actor=actor, now=now, number=number, gross=due)
    except Conflict as refusal:
        if refusal.code != "approval_needed":
            raise
        is_asked = _ask_approval(session, number, due, note=note, actor=actor, now=now)
        return Changed(state, Decimal(0), due, is_approval_asked=is_asked)
    return Changed(given_back.state, due, Decimal(0))


def _ask_approval(
    session: Session, number: str, gross: Decimal, *, note: str, actor: Actor, now: datetime
) -> bool:  # fmt: skip
    """Ask for the approval of a refund, unless it is asked for already."""
    try:
        request_refund_approval(session, actor=actor, now=now, number=number, gross=gross, note=note)
    except Conflict as refusal:
        if refusal.code != "approval_pending":
            raise
    return True
