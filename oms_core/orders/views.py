"""The saved views of the order queue and what a row of it says. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from oms_core.access.models import Role
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
    AT_RISK = "at_risk"
    MINE = "mine"
    ALL = "all"


class Sort(StrEnum):
    """By how well the search is met, by placement, or by what only open orders have.

    Open orders alone have something due (``promised`` first), a ``value`` still to be won, a status they are in for
    long (``waiting``), a ``risk`` of missing the promise (the riskiest first, the unscored left out).
    """

    MATCH = "match"
    NEWEST = "newest"
    OLDEST = "oldest"
    PROMISED = "promised"
    VALUE = "value"
    WAITING = "waiting"
    RISK = "risk"


OPEN_SORTS = (Sort.PROMISED, Sort.VALUE, Sort.WAITING, Sort.RISK)
AT_RISK = Decimal("0.3")
"""From this probability of missing its first promise on an order is marked: time is left to do something about it."""


class Found(StrEnum):
    """What of an order a search met; the better one comes first."""

    EXACT_NUMBER = "exact_number"
    NUMBER = "number"
    REFERENCE = "reference"
    TRACKING = "tracking"
    CONTACT = "contact"
    NAME = "name"
    PRODUCT = "product"
    COMMENT = "comment"


class Due(StrEnum):
    """How an open order stands to its promise."""

    LATE = "late"
    TODAY = "today"
    IN_TIME = "in_time"


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
    SavedView.AT_RISK: OPEN_GROUPS,
    SavedView.MINE: OPEN_GROUPS,
    SavedView.ALL: None,
}
# What each role's day begins with, the most pressing first.
ROLE_VIEWS: dict[Role, tuple[SavedView, ...]] = {
    Role.WAREHOUSE: (SavedView.TO_PICK, SavedView.TO_SHIP),
    Role.COURIER: (SavedView.IN_DELIVERY, SavedView.TO_SHIP),
    Role.MANAGER: (SavedView.TO_CONFIRM, SavedView.MINE),
    Role.LEAD: (SavedView.LATE, SavedView.AT_RISK, SavedView.BACKORDERED, SavedView.TO_CONFIRM),
    Role.BUYER: (SavedView.BACKORDERED,),
}


def default_view(roles: Collection[Role], counts: Mapping[SavedView, int]) -> SavedView:
    """The pile that somebody of these roles begins with: the first of theirs, else the first, that has work in it."""
    own = [view for role, views in ROLE_VIEWS.items() if role in roles for view in views]
    others = [view for view in SavedView if view is not SavedView.MINE]
    return next((view for view in [*own, *others] if counts.get(view)), SavedView.ALL)


@dataclass(frozen=True, slots=True)
class QueueFilters:
    """Which orders of the queue are meant: those of the view that meet all the rest; empty asks for nothing.

    Of the view ``mine`` the ``manager`` is a login, by default that of whoever asks.
    """

    view: str = SavedView.ALL
    q: str = ""
    status_group: str | None = None
    status: str | None = None
    channel: str | None = None
    manager: str | None = None
    warehouse: str | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in the queue; ``manager`` is a login, ``age_seconds`` runs until the order is closed.

    ``due`` is None for closed orders and those without a promise, today is the channel's day. ``found`` is what of it
    was searched for, where the best match comes first. ``risk`` is the probability that it misses its first promise,
    while that is not due, and ``risk_cause`` what raises it the most.
    """

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
    due: Due | None
    late_seconds: int
    is_late: bool
    is_backordered: bool
    is_on_hold: bool
    holds: tuple[str, ...]
    is_owner_away: bool
    age_seconds: int
    stage_seconds: int | None
    version: int
    risk: Decimal | None
    risk_cause: str | None
    found: Found | None = None

    @property
    def is_at_risk(self) -> bool:
        """Whether it is likely enough to miss its promise that somebody should look at it now."""
        return self.risk is not None and self.risk >= AT_RISK


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
