"""What is done to orders from the queue and the card; each function is a button's callback."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dashboard import display, reads
from dashboard.actions import attempt, attempt_each
from dashboard.submissions import submission_key
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.billing.payments import receive_payment
from oms_core.bulk import assign_orders, cancel_orders, move_orders, prioritise_orders
from oms_core.customers.registration import CustomerRef
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.comments import comment_order
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.holds import close_hold, open_hold
from oms_core.orders.locking import LineQuantity
from oms_core.orders.placement import PlacedOrder, place_order
from oms_core.orders.placement_request import LineRequest
from oms_core.orders.progress import move_order

URGENT = 2


def place(customer: CustomerRef, lines: Sequence[LineRequest], channel: str, **terms: Any) -> PlacedOrder | None:  # noqa: ANN401
    """Place an order now; None when it was refused. ``terms`` are those of ``place_order``."""
    told = lambda placed: _("Order {number} placed").format(number=placed.number)  # noqa: E731
    facts = {"customer": customer, "lines": lines, "channel": channel, **terms}
    return attempt(place_order, told, idempotency_key=submission_key("order", facts), **facts)


def advance(number: str, to: str, version: int, status_name: str) -> None:
    """Move one order on; a stale version is refused with what it is now."""
    told = _("Order {number}: {status}").format(number=number, status=status_name)
    attempt(move_order, told, number=number, to=to, version=version)


def advance_each(numbers: Sequence[str], to: str) -> None:
    """Move several orders on, each for itself."""
    attempt_each(
        move_orders, lambda count: _("{orders} moved on").format(orders=display.orders(count)), numbers=numbers, to=to
    )


def assign_each(numbers: Sequence[str], login: str | None) -> None:
    """Give several orders to a person."""
    told = lambda count: _("{orders} given over").format(orders=display.orders(count))  # noqa: E731
    attempt_each(assign_orders, told, numbers=numbers, manager=login)


def make_urgent_each(numbers: Sequence[str]) -> None:
    """Put several orders before all others."""
    told = lambda count: _("{orders} made urgent").format(orders=display.orders(count))  # noqa: E731
    attempt_each(prioritise_orders, told, numbers=numbers, priority=URGENT)


def cancel_each(numbers: Sequence[str], reason: str, note: str) -> None:
    """Cancel several orders for one reason."""
    told = lambda count: _("{orders} cancelled").format(orders=display.orders(count))  # noqa: E731
    attempt_each(cancel_orders, told, numbers=numbers, reason=reason, note=note)


def assign(number: str, login: str | None, version: int) -> None:
    """Give one order to a person, or with None to nobody."""
    names = {person.login: person_name(person.name) for person in reads.people()}
    told = _("Order {number} given to {who}") if login else _("Order {number} given to nobody")
    attempt(
        assign_order, told.format(number=number, who=names.get(login or "", "")), number=number, manager=login,
        version=version,
    )  # fmt: skip


def hold(number: str, cause: str, version: int) -> bool:
    """Put an order on hold; False when refused."""
    told = _("Order {number} put on hold").format(number=number)
    return attempt(open_hold, told, number=number, cause=cause, version=version) is not None


def lift_hold(number: str, kind: str, reference: str, version: int) -> None:
    """Lift a hold."""
    told = _("Order {number}: hold lifted").format(number=number)
    attempt(close_hold, told, number=number, kind=kind, reference=reference, version=version)


def comment(number: str, text: str) -> bool:
    """Add a comment; False when refused."""
    told = _("Order {number}: comment added").format(number=number)
    return attempt(comment_order, told, number=number, text=text) is not None


def cancel(number: str, reason: str, note: str, version: int, quantities: Mapping[int, Decimal] | None = None) -> bool:
    """Cancel quantities by position, or with None whatever of the order is still open; False when refused."""
    lines = None if quantities is None else _line_quantities(quantities)
    told = _("Order {number}: lines cancelled") if lines else _("Order {number} cancelled")
    facts = {"number": number, "reason": reason, "note": note, "version": version, "lines": lines}
    return attempt(cancel_order, told.format(number=number), **facts) is not None


def ship_part(
    number: str, quantities: Mapping[int, Decimal], version: int, *, carrier: str, tracking: str, warehouse: str | None
) -> bool:
    """Hand over quantities by position, the rest stays to be shipped; False when refused."""
    told = _("Order {number}: shipped").format(number=number)
    facts = {
        "number": number, "carrier": carrier, "tracking": tracking, "warehouse": warehouse, "version": version,
    }  # fmt: skip
    return attempt(ship_order, told, lines=_line_quantities(quantities), **facts) is not None


def record_payment(number: str, gross: Decimal, method: str, reference: str, version: int) -> bool:
    """Record money that came in; False when refused."""
    told = _("Order {number}: payment recorded").format(number=number)
    facts = {"number": number, "gross": gross, "method": method, "provider_ref": reference or None, "version": version}
    return attempt(receive_payment, told, **facts) is not None


def _line_quantities(quantities: Mapping[int, Decimal]) -> list[LineQuantity]:
    return [LineQuantity(position, quantity) for position, quantity in quantities.items() if quantity > 0]
