"""What the card of an order says of its documents: money moved, goods handed over and come back, invoices. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class MoneyMove:
    """Money that came in (``payment``) or went back (``refund``)."""

    kind: str
    at: datetime
    gross: Decimal
    method: str
    provider: str
    reference: str | None
    actor: str


@dataclass(frozen=True, slots=True)
class LinePart:
    """How much of the line at ``position``; ``detail`` is a disposition where goods came back."""

    position: int
    quantity: Decimal
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """Goods handed over, by a warehouse (or a supplier) of this code."""

    id: int
    origin: str
    is_direct: bool
    carrier: str
    tracking: str
    shipped_at: datetime
    delivered_at: datetime | None
    lines: tuple[LinePart, ...]


@dataclass(frozen=True, slots=True)
class ReturnView:
    """Goods that came back."""

    number: str
    reason: str
    received_at: datetime | None
    lines: tuple[LinePart, ...]


class InvoiceState(StrEnum):
    """How an order stands billed; ``due``: not all handed over is billed, or not all that came back is credited."""

    NONE = "none"
    DUE = "due"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice or a credit note (``kind``), which names the invoice that it corrects."""

    number: str
    kind: str
    corrects: str | None
    issued_at: datetime
    due_on: date
    net: Decimal
    tax: Decimal
    shipping: Decimal
    total: Decimal
    actor: str
    lines: tuple[LinePart, ...]
