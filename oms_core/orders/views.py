"""The saved views of the order queue and what a row of it says. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from oms_core.workflow.models import CLOSED_GROUPS, Group

OPEN_GROUPS = tuple(group for group in Group if group not in CLOSED_GROUPS)


class SavedView(StrEnum):
    """A pile of work: every open order is in one by its stage, and may be in the others besides."""

    TO_CONFIRM = "to_confirm"
    TO_PICK = "to_pick"
    TO_SHIP = "to_ship"
    IN_DELIVERY = "in_delivery"
    BACKORDERED = "backordered"
    LATE = "late"
    MINE = "mine"
    ALL = "all"


class Sort(StrEnum):
    """By placement, or by promise: the order due first (only open ones have something due)."""

    NEWEST = "newest"
    OLDEST = "oldest"
    PROMISED = "promised"


class PaidState(StrEnum):
    """How far an order is paid, net of refunds."""

    UNPAID = "unpaid"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERPAID = "overpaid"
    REFUNDED = "refunded"


# The groups a view is made of; None: of all, closed ones too.
VIEW_GROUPS: dict[SavedView, tuple[Group, ...] | None] = {
    SavedView.TO_CONFIRM: (Group.PREORDER, Group.NEW),
    SavedView.TO_PICK: (Group.CONFIRM, Group.SUPPLY, Group.PICK),
    SavedView.TO_SHIP: (Group.SHIP,),
    SavedView.IN_DELIVERY: (Group.DELIVER,),
    SavedView.BACKORDERED: tuple(group for group in OPEN_GROUPS if group is not Group.DELIVER),
    SavedView.LATE: OPEN_GROUPS,
    SavedView.MINE: OPEN_GROUPS,
    SavedView.ALL: None,
}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in the queue; ``manager`` is a login, ``age_seconds`` runs until the order is closed."""

    number: str
    external_ref: str | None
    placed_at: datetime
    customer: str
    channel: str
    channel_name: str
    type: str
    type_name: str | None
    status: str
    status_name: str
    status_group: Group
    manager: str | None
    manager_name: str | None
    warehouse: str | None
    line_count: int
    total: Decimal
    currency: str
    paid_state: PaidState
    promised_at: datetime | None
    is_late: bool
    is_backordered: bool
    is_on_hold: bool
    age_seconds: int
    version: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the queue; ``next_cursor`` is None on the last."""

    rows: tuple[OrderRow, ...]
    next_cursor: str | None


def paid_state(*, total: Decimal, paid: Decimal, refunded: Decimal) -> PaidState:
    """Tell how far an order of ``total`` is paid."""
    kept = paid - refunded
    if refunded and kept <= 0:
        return PaidState.REFUNDED
    if kept > total:
        return PaidState.OVERPAID
    if kept == total and paid > 0:
        return PaidState.PAID
    return PaidState.PARTLY_PAID if kept > 0 else PaidState.UNPAID
