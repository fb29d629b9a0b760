"""What is told of customers: rows of their list, their profile, and a page of their history. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms_core.customers.rfm import Rfm


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer in the list; ``orders`` were not cancelled, ``value`` is what those of ``currency`` came to."""

    id: int
    name: str
    kind: str
    region: str | None
    tags: tuple[str, ...]
    phone: str | None
    email: str | None
    manager: str | None
    manager_name: str | None
    orders: int
    open_orders: int
    value: Decimal
    currency: str | None
    last_order_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of the list; ``next_cursor`` is None on the last."""

    rows: tuple[CustomerRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """A customer as a form offers them."""

    id: int
    name: str
    kind: str
    phone: str | None
    email: str | None
    orders: int
    last_order_at: datetime | None


@dataclass(frozen=True, slots=True)
class ContactView:
    """A way to reach the customer, as it was given."""

    id: int
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class AddressView:
    """A place to deliver to; ``details`` is text or its parts by name."""

    id: int
    region: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the orders of one currency came to; those that were cancelled are only counted.

    ``value`` is net of refunds, ``due`` still to be paid, ``owed`` was paid for orders that were cancelled.
    """

    currency: str
    orders: int
    cancelled: int
    open_orders: int
    late_orders: int
    value: Decimal
    paid: Decimal
    refunded: Decimal
    due: Decimal
    owed: Decimal
    first_order_at: datetime | None
    last_order_at: datetime | None
    next_promise_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that is not closed, and by when it is promised."""

    number: str
    status: str
    status_name: str
    status_group: str
    total: Decimal
    currency: str
    placed_at: datetime
    promised_at: datetime | None
    is_late: bool
    version: int


@dataclass(frozen=True, slots=True)
class MergeView:
    """A customer who was merged into this one, and when; ``undone_at`` where that was taken back."""

    id: int
    gone_id: int
    gone_name: str
    merged_at: datetime
    actor_name: str
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class CustomerBrief:
    """Who somebody is and what their orders came to: what stands beside an order of theirs.

    ``figures`` by currency, that of the newest order first. ``merged_into_id`` is set where they are somebody else.
    """

    id: int
    name: str
    kind: str
    region: str | None
    tags: tuple[str, ...]
    note: str
    language: str | None
    credit_limit: Decimal | None
    terms_days: int
    manager: str | None
    manager_name: str | None
    channel: str | None
    external_ref: str | None
    created_at: datetime
    merged_into_id: int | None
    version: int
    contacts: tuple[ContactView, ...]
    addresses: tuple[AddressView, ...]
    open_tasks: int
    last_contact_at: datetime | None
    last_contact_kind: str | None
    last_contact_outcome: str | None
    figures: tuple[Figures, ...] = ()
    rfm: Rfm | None = None

    def reached_by(self, kind: str) -> tuple[str, ...]:
        """Their phones, e-mails or messengers."""
        return tuple(contact.value for contact in self.contacts if contact.kind == kind)

    @property
    def orders(self) -> int:
        """Orders of every currency that were not cancelled."""
        return sum(one.orders for one in self.figures)

    @property
    def last_order_at(self) -> datetime | None:
        """When they ordered last."""
        return max((one.last_order_at for one in self.figures if one.last_order_at), default=None)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Something that happened; ``kind`` is ``subject.verb``, ``text`` what was said or given as the cause."""

    kind: str
    at: datetime
    number: str | None
    text: str
    gross: Decimal | None
    currency: str | None
    actor_name: str | None
    state: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A stretch of the past, the newest first, with all that belongs to its orders; the cursor leads further back."""

    entries: tuple[HistoryEntry, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class CustomerProfile:
    """Everything about a customer that one looks for while they are on the phone."""

    brief: CustomerBrief
    open_orders: tuple[OpenOrder, ...]
    history: HistoryPage
    merges: tuple[MergeView, ...] = field(default=())
