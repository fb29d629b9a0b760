"""What may be asked for in an order: its shape checked, and a fingerprint to know it again. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms_core.customers.registration import CustomerRef, customer_faults
from oms_core.errors import Invalid
from oms_core.orders.delivery_offer import Delivery
from oms_core.workflow.models import DEFAULT_TYPE

MAX_LINES = 1_000
_LIMIT = Decimal(10) ** 9  # of a quantity and of money: their product still fits the columns
_TEXT_LIMITS = (
    *(("channel", 40), ("external_ref", 100), ("idempotency_key", 200), ("warehouse", 40), ("manager", 60)),
    ("order_type", 20),
)
_MAX_COMMENT = 10_000

Fault = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LineRequest:
    """A product asked for; without ``unit_price`` the price list tells it. ``discount`` is off the whole line."""

    sku: str
    quantity: Decimal
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementRequest:
    """All that a client says about an order."""

    channel: str
    customer: CustomerRef
    lines: Sequence[LineRequest]
    external_ref: str | None
    idempotency_key: str | None
    warehouse: str | None
    allow_backorder: bool
    shipping: Decimal
    comment: str
    ship_to: Mapping[str, Any] | None
    requested_at: datetime | None
    manager: str | None
    hold_minutes: int | None
    order_type: str = DEFAULT_TYPE
    delivery: Delivery | None = None

    @property
    def is_repeatable(self) -> bool:
        """Whether the client named the request, so that a second one is recognised."""
        return self.external_ref is not None or self.idempotency_key is not None

    def fingerprint(self) -> bytes:
        """Hash of what is asked for; ``1`` and ``1.000`` are the same, the idempotency key is not part of it."""
        said = [
            *(self.channel, self.external_ref, self.warehouse, self.allow_backorder, _plain(self.shipping)),
            *(self.comment, self.ship_to, self.requested_at, self.manager, self.hold_minutes),
            [getattr(self.customer, name) for name in CustomerRef.__slots__],
            # An order of the usual type is known by what it was known by before there were types.
            *([self.order_type] if self.order_type != DEFAULT_TYPE else []),
            *([f"delivery:{self.delivery.code}"] if self.delivery is not None else []),
            [(line.sku, _plain(line.quantity), _plain(line.unit_price), _plain(line.discount)) for line in self.lines],
        ]
        return hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).digest()


def refuse_malformed(request: PlacementRequest) -> None:
    """Raise ``Invalid`` naming every field that is wrong in itself, whatever the database holds."""
    faults = list(_order_faults(request))
    for index, line in enumerate(request.lines):
        faults += _line_faults(f"lines[{index}]", line)
    if faults:
        refuse(faults)


def refuse(faults: Sequence[Fault]) -> None:
    """Raise ``Invalid`` with the fields at fault; the message tells the first five."""
    told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults[:5])
    more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
    raise Invalid(f"The order cannot be placed: {told}{more}.", code="invalid_order", rows=faults)


def fault(field: str, value: object, message: str) -> Fault:
    """One field at fault, its value as text."""
    return {"field": field, "value": None if value is None else str(value), "message": message}


def _order_faults(request: PlacementRequest) -> Iterator[Fault]:
    if not request.lines:
        yield fault("lines", None, "must hold at least one line")
    if len(request.lines) > MAX_LINES:
        yield fault("lines", len(request.lines), f"may hold at most {MAX_LINES} lines")
    for name, limit in _TEXT_LIMITS:
        text = getattr(request, name)
        if text is not None and (not text or len(text) > limit or "\0" in text):
            yield fault(name, text[:limit], f"must be text of 1 to {limit} characters")
    if len(request.comment) > _MAX_COMMENT or "\0" in request.comment:
        yield fault("comment", None, f"must be text of at most {_MAX_COMMENT} characters")
    if not is_money(request.shipping):
        yield fault("shipping", request.shipping, "must be money of at least 0 with at most two decimals")
    if request.hold_minutes is not None and request.hold_minutes <= 0:
        yield fault("hold_minutes", request.hold_minutes, "must be above 0")
    if request.requested_at is not None and request.requested_at.tzinfo is None:
        yield fault("requested_at", request.requested_at, "must name its time zone")
    yield from customer_faults(request.customer)


def _line_faults(name: str, line: LineRequest) -> Iterator[Fault]:
    if not line.sku or len(line.sku) > 100 or "\0" in line.sku:
        yield fault(f"{name}.sku", line.sku[:100], "must be text of 1 to 100 characters")
    if not is_number(line.quantity, decimals=3) or line.quantity <= 0:
        yield fault(f"{name}.quantity", line.quantity, "must be above 0, with at most three decimals")
    if line.unit_price is not None and not is_money(line.unit_price):
        yield fault(f"{name}.unit_price", line.unit_price, "must be money of at least 0 with at most two decimals")
    if not is_money(line.discount):
        yield fault(f"{name}.discount", line.discount, "must be money of at least 0 with at most two decimals")


def is_money(value: Decimal) -> bool:
    """Tell whether it is money of at least 0 that fits the columns."""
    return is_number(value, decimals=2) and value >= 0


def is_number(value: Decimal, *, decimals: int) -> bool:
    """Tell whether it is a number of so many decimals at most that fits the columns."""
    return value.is_finite() and abs(value) < _LIMIT and round(value, decimals) == value


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
