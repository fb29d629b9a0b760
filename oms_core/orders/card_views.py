"""What the card of an order says. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms_core.orders.document_views import InvoiceState, InvoiceView, MoneyMove, ReturnView, ShipmentView
from oms_core.orders.hold_rules import Remedy
from oms_core.orders.surroundings import Surroundings
from oms_core.orders.views import PaidState
from oms_core.workflow.lifecycle import Next
from oms_core.workflow.models import Group


@dataclass(frozen=True, slots=True)
class CustomerView:
    """Who ordered; contacts as they were given."""

    id: int
    name: str
    kind: str
    region: str | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """Money of the order: ``total = gross + shipping``; ``due`` is what is still to be paid, net of refunds."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    shipping: Decimal
    total: Decimal
    paid: Decimal
    refunded: Decimal
    due: Decimal
    paid_state: PaidState


@dataclass(frozen=True, slots=True)
class LineStock:
    """A line's product in one warehouse: what lies there, what is free, and how much this line has reserved."""

    warehouse: str
    on_hand: Decimal
    available: Decimal
    reserved: Decimal


@dataclass(frozen=True, slots=True)
class LineView:
    """A line by what became of it; ``supplier`` is set where that supplier ships it to the customer."""

    position: int
    sku: str
    name: str
    uom: str
    quantity: Decimal
    open: Decimal
    reserved: Decimal
    backordered: Decimal
    shipped: Decimal
    cancelled: Decimal
    returned: Decimal
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    supplier: str | None
    stock: tuple[LineStock, ...]


@dataclass(frozen=True, slots=True)
class HoldView:
    """An open hold and what resolves it; ``details`` are the figures behind the cause of one that opened by itself.

    ``request_id`` is the request for approval that it waits for.
    """

    kind: str
    reference: str
    cause: str
    opened_at: datetime
    details: Mapping[str, Any] | None
    remedy: Remedy
    request_id: int | None


@dataclass(frozen=True, slots=True)
class HeldView:
    """A time in which something held the order back, whatever it was; what still does has no end."""

    began_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class CancellationView:
    """What was cancelled and why; without ``position`` it is an order that has no lines."""

    position: int | None
    quantity: Decimal | None
    reason: str
    reason_label: str
    fault: str
    previous_status: str
    gross: Decimal
    cancelled_at: datetime
    actor: str
    note: str


@dataclass(frozen=True, slots=True)
class StayView:
    """A stay in a status; an open one has no end."""

    status: str
    status_name: str
    group: Group
    entered_at: datetime
    left_at: datetime | None
    wall_seconds: int | None
    business_seconds: int | None


@dataclass(frozen=True, slots=True)
class EventView:
    """An entry of the journal; ``actor`` is a login, ``rule`` (``code@version``) what acted or warned."""

    sequence: int
    kind: str
    occurred_at: datetime
    actor: str
    actor_name: str
    from_status: str | None
    to_status: str | None
    payload: Mapping[str, Any] | None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order with everything that belongs to it; ``next`` are the moves on offer, the natural one first.

    ``events`` are the newest entries of the journal in their order; where the first is not the journal's first, the
    earlier ones are read with ``list_events``.
    """

    number: str
    type: str
    type_name: str | None
    channel: str
    channel_name: str
    time_zone: str
    is_simulated: bool
    external_ref: str | None
    external_status: str | None
    customer: CustomerView
    ship_to: Mapping[str, Any] | None
    ship_region: str | None
    status: str
    status_name: str
    status_group: Group
    manager: str | None
    manager_name: str | None
    warehouse: str | None
    delivery_method: str | None
    copied_from: str | None
    priority: int
    tags: tuple[str, ...]
    version: int
    currency: str
    placed_at: datetime
    requested_at: datetime | None
    first_promised_at: datetime | None
    promised_at: datetime | None
    closed_at: datetime | None
    comment: str
    totals: Totals
    lines: tuple[LineView, ...]
    money: tuple[MoneyMove, ...]
    shipments: tuple[ShipmentView, ...]
    returns: tuple[ReturnView, ...]
    invoices: tuple[InvoiceView, ...]
    holds: tuple[HoldView, ...]
    held: tuple[HeldView, ...]
    cancellations: tuple[CancellationView, ...]
    stays: tuple[StayView, ...]
    events: tuple[EventView, ...]
    next: tuple[Next, ...]
    surroundings: Surroundings

    @property
    def backordered(self) -> Decimal:
        """What no stock covers, over all lines."""
        return sum((line.backordered for line in self.lines), Decimal(0))

    @property
    def invoice_state(self) -> InvoiceState:
        """Whether what was handed over and did not come back is just what stands billed."""
        billed: dict[int, Decimal] = {}
        for invoice in self.invoices:
            sign = 1 if invoice.kind == "invoice" else -1
            for part in invoice.lines:
                billed[part.position] = billed.get(part.position, Decimal(0)) + sign * part.quantity
        if any(line.shipped - line.returned != billed.get(line.position, 0) for line in self.lines):
            return InvoiceState.DUE
        return InvoiceState.SETTLED if self.invoices else InvoiceState.NONE
