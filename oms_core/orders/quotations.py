"""Quotations: offering goods at prices until a day, changing the offer while it is open, making it an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers.registration import CustomerRef, customer_faults, resolve_customer
from oms_core.errors import Conflict
from oms_core.journal import Entry, record
from oms_core.orders.delivery_models import DeliveryMethod
from oms_core.orders.entry_pricing import channel_terms, offers_of
from oms_core.orders.models import Order
from oms_core.orders.placement import PlacedOrder, place_order
from oms_core.orders.placement_request import LineRequest, fault
from oms_core.orders.quotation_models import Quotation
from oms_core.orders.quotation_standing import last_day, lines_of, locked, refuse_expired
from oms_core.orders.quotation_writing import method_of, priced_lines, refuse, term_faults, write_offer
from oms_core.workflow.models import DEFAULT_TYPE, OrderType

USUAL_DAYS = 14


@dataclass(frozen=True, slots=True)
class MadeQuotation:
    """A quotation as it stands after what was done."""

    number: str
    version: int
    total: Decimal
    valid_until: date


@requires(Permission.ORDER_PLACE)
def make_quotation(
    session: Session, *, actor: Actor, now: datetime, channel: str, customer: CustomerRef,
    lines: Sequence[LineRequest], valid_days: int = USUAL_DAYS, order_type: str = DEFAULT_TYPE,
    shipping: Decimal | None = None, delivery_method: str | None = None, ship_to: Mapping[str, Any] | None = None,
    comment: str = "",
) -> MadeQuotation:  # fmt: skip
    """Offer goods to a customer at the prices said, else those of the list, for so many days after today.

    Nothing is reserved. Raises ``Invalid`` (``invalid_quotation``) naming each field, lines by their index.
    """
    faults = [
        *customer_faults(customer), *term_faults(comment=comment, shipping=shipping, valid_days=valid_days),
    ]  # fmt: skip
    method = method_of(session, delivery_method, faults)
    if session.scalar(select(OrderType.is_active).where(OrderType.code == order_type)) is not True:
        faults.append(fault("order_type", order_type[:20], "is no type of order in use"))
    terms = channel_terms(session, channel)
    if terms is None:
        refuse([*faults, fault("channel", channel[:40], "is unknown")])
    priced = priced_lines(session, channel, terms, lines, faults, now=now)
    charge = shipping if shipping is not None else method.charge if method else Decimal(0)
    quotation = Quotation(
        channel_id=terms.id, customer_id=resolve_customer(session, customer), order_type=order_type,
        currency=terms.currency, rounding_rule=terms.rounding_rule, valid_until=last_day(terms, now, valid_days),
        comment=comment, ship_to=dict(ship_to) if ship_to else customer.ship_to, version=1,
        delivery_method_id=method.id if method else None, created_at=now, created_by=actor.id,
    )  # fmt: skip
    session.add(quotation)
    write_offer(session, quotation, priced, charge)
    session.refresh(quotation, ["number"])
    return _made(quotation)


@requires(Permission.ORDER_PLACE)
def change_quotation(
    session: Session, *, actor: Actor, now: datetime, number: str, version: int,  # noqa: ARG001 - as the door calls
    lines: Sequence[LineRequest] | None = None, shipping: Decimal | None = None, comment: str | None = None,
    valid_days: int | None = None,
) -> MadeQuotation:  # fmt: skip
    """Change an offer that is open; None leaves a part as it is, lines are all that it shall have.

    Raises ``Conflict`` (``stale_version``, ``quotation_ordered``, ``quotation_declined``, ``quotation_expired``).
    """
    quotation, terms, channel = locked(session, number, version=version)
    refuse_expired(quotation, terms, now)
    faults = term_faults(comment=comment, shipping=shipping, valid_days=valid_days)
    if lines is not None:
        priced = priced_lines(session, channel, terms, lines, faults, now=now)
        write_offer(session, quotation, priced, quotation.shipping)
    elif faults:
        refuse(faults)
    if shipping is not None:
        quotation.shipping, quotation.total = shipping, quotation.gross + shipping
    if valid_days is not None:
        quotation.valid_until = last_day(terms, now, valid_days)
    quotation.comment = quotation.comment if comment is None else comment
    return _next_version(session, quotation)


@requires(Permission.ORDER_PLACE)
def reprice_quotation(
    session: Session, *, actor: Actor, now: datetime, number: str, version: int, valid_days: int = USUAL_DAYS,  # noqa: ARG001 - as the door calls
) -> MadeQuotation:  # fmt: skip
    """Offer the same goods anew at the list's prices of now, discounts kept, for so many days after today.

    What the list has no price for keeps its own. This opens an offer that ran out; one that became an order or was
    declined stays so (``Conflict``).
    """
    quotation, terms, channel = locked(session, number, version=version)
    kept = lines_of(session, quotation.id)
    lines = [
        line if offered is None or offered.offer.unit_price is None else replace(line, unit_price=None)
        for line, offered in zip(kept, offers_of(session, channel, kept, now=now), strict=True)
    ]
    faults = term_faults(comment=None, shipping=None, valid_days=valid_days)
    priced = priced_lines(session, channel, terms, lines, faults, now=now)
    quotation.valid_until = last_day(terms, now, valid_days)
    write_offer(session, quotation, priced, quotation.shipping)
    return _next_version(session, quotation)


@requires(Permission.ORDER_PLACE)
def decline_quotation(session: Session, *, actor: Actor, now: datetime, number: str, version: int) -> MadeQuotation:  # noqa: ARG001 - as the door calls
    """Note that the customer does not want it; raises ``Conflict`` where it became an order or was declined."""
    quotation, _terms, _channel = locked(session, number, version=version)
    quotation.declined_at = now
    return _next_version(session, quotation)


@requires(Permission.ORDER_PLACE)
def order_quotation(
    session: Session, *, actor: Actor, now: datetime, number: str, version: int | None = None,
    allow_backorder: bool = False,
) -> PlacedOrder:  # fmt: skip
    """Make a quotation an order: its customer, lines, prices and terms as they were offered, reserved at once.

    Whoever orders it second is refused (``Conflict``, ``quotation_ordered``, with the order it became); so is an
    offer that was declined or ran out, and one whose tax changed since (``quotation_outdated``): price it anew. What
    is short refuses it (``short_of_stock``) unless it may wait (``allow_backorder``).
    """
    quotation, terms, channel = locked(session, number, version=version)
    refuse_expired(quotation, terms, now)
    method = quotation.delivery_method_id
    code = session.scalar(select(DeliveryMethod.code).where(DeliveryMethod.id == method)) if method else None
    placed = place_order(
        session, actor=actor, now=now, channel=channel, customer=CustomerRef(id=quotation.customer_id),
        lines=lines_of(session, quotation.id), allow_backorder=allow_backorder, shipping=quotation.shipping,
        comment=quotation.comment, ship_to=quotation.ship_to, order_type=quotation.order_type, delivery_method=code,
        manager=actor.login if actor.may(Permission.ORDER_MOVE) else None,
    )  # fmt: skip
    _refuse_other_money(session, quotation, placed)
    quotation.order_id = placed.id
    payload = {"quotation": quotation.number}
    record(session, [Entry(placed.id, "quotation.ordered", now, payload=payload)], actor_id=actor.id)
    _next_version(session, quotation)
    return placed


def _refuse_other_money(session: Session, quotation: Quotation, placed: PlacedOrder) -> None:
    """An order costs what was offered, to the cent, or it is not placed."""
    query = select(Order.net, Order.total, Order.currency).where(Order.id == placed.id)
    now_costs = session.execute(query).one()
    if tuple(now_costs) != (quotation.net, quotation.total, quotation.currency):
        row = {"number": quotation.number, "offered": str(quotation.total), "now": str(now_costs.total)}
        raise Conflict(
            f"Taxes changed since quotation {quotation.number} was made; price it anew.", code="quotation_outdated",
            rows=[row],
        )  # fmt: skip


def _next_version(session: Session, quotation: Quotation) -> MadeQuotation:
    quotation.version += 1
    session.flush()
    return _made(quotation)


def _made(quotation: Quotation) -> MadeQuotation:
    return MadeQuotation(quotation.number, quotation.version, quotation.total, quotation.valid_until)
