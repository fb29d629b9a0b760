"""The card of an order: everything that belongs to it, read in five statements at most."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from sqlalchemy import TextClause, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import NotFound
from oms_core.orders import card_sql as sql
from oms_core.orders.card_views import (
    CancellationView,
    CustomerView,
    EventView,
    HeldView,
    HoldView,
    LineStock,
    LineView,
    OrderCard,
    StayView,
    Totals,
)
from oms_core.orders.document_views import InvoiceView, LinePart, MoneyMove, ReturnView, ShipmentView
from oms_core.orders.hold_rules import remedy_of
from oms_core.orders.models import Order
from oms_core.orders.passage import roles_of
from oms_core.orders.personal_data import card_for
from oms_core.orders.readiness import LineStanding, evidence_of, move_of, situation
from oms_core.orders.surroundings import surroundings_of
from oms_core.orders.views import paid_state
from oms_core.workflow.lifecycle import Next, next_moves, permitted
from oms_core.workflow.models import Group

_LINE_FIELDS = (
    *("position", "sku", "name", "uom", "quantity", "reserved", "unit_price", "discount", "tax_rate"),
    *("net", "tax", "gross", "supplier"),
)
_HEADER_FIELDS = (
    *("number", "type", "type_name", "channel", "channel_name", "time_zone", "is_simulated", "external_ref"),
    *("external_status", "ship_to", "ship_region", "status", "status_name", "manager", "manager_name", "warehouse"),
    *("version", "currency", "placed_at", "requested_at", "first_promised_at", "promised_at", "closed_at", "comment"),
    *("delivery_method", "copied_from", "priority"),
)


NEWEST_EVENTS = 50
_AFTER_ALL = 2**31 - 1
_MOMENTS = {
    "at", "shipped_at", "delivered_at", "received_at", "began_at", "entered_at", "left_at", "cancelled_at", "issued_at",
}  # fmt: skip
_NUMBERS = {"gross", "quantity", "net", "tax", "shipping", "total"}


@requires(Permission.ORDER_VIEW)
def read_order(session: Session, number: str, *, actor: Actor) -> OrderCard:
    """Read an order with all that belongs to it, as the actor may see it and go on with it; raises ``NotFound``.

    Of its journal it has the newest entries.
    """
    header = _header(session, number)
    order_id = header["id"]
    line_rows = _by_line(_all(session, sql.LINES, order_id=order_id))
    standing = [_standing(rows[0]) for rows in line_rows]
    became = _became(session, order_id)
    holds = tuple(_hold(row) for row in became["hold"])
    card = OrderCard(
        **{name: header[name] for name in _HEADER_FIELDS},
        tags=tuple(header["tags"]),
        status_group=Group(header["status_group"]),
        customer=_customer(header),
        totals=_totals(header),
        lines=tuple(_line(rows, stands) for rows, stands in zip(line_rows, standing, strict=True)),
        money=tuple(MoneyMove(**row) for row in became["money"]),
        shipments=_shipments(became["shipment"]),
        returns=_returns(became["return"]),
        invoices=_invoices(became["invoice"]),
        holds=holds,
        held=tuple(HeldView(**row) for row in became["held"]),
        cancellations=tuple(CancellationView(**row) for row in became["cancellation"]),
        stays=tuple(StayView(**row | {"group": Group(row["group"])}) for row in became["stay"]),
        events=_events(session, order_id, before=_AFTER_ALL, limit=NEWEST_EVENTS),
        next=_next(session, header, standing, holds, actor),
        surroundings=surroundings_of(header),
    )
    return card_for(card, actor)


@requires(Permission.ORDER_VIEW)
def list_events(
    session: Session, *, number: str, before: int = _AFTER_ALL, limit: int = NEWEST_EVENTS
) -> tuple[EventView, ...]:  # fmt: skip
    """List the entries of an order's journal that come before a sequence, the last of them at the end.

    Raises ``NotFound``.
    """
    order_id = session.scalar(select(Order.id).where(Order.number == number))
    if order_id is None:
        raise _unknown(number)
    return _events(session, order_id, before=before, limit=min(limit, 1_000))


def _header(session: Session, number: str) -> dict[str, Any]:
    found = session.execute(sql.HEADER, {"number": number}).one_or_none()
    if found is None:
        raise _unknown(number)
    return found._asdict()


def _unknown(number: str) -> NotFound:
    return NotFound(f"There is no order {number}.", code="unknown_order", rows=[{"number": number}])


def _all(session: Session, statement: TextClause, **given: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - its parameters
    return [row._asdict() for row in session.execute(statement, given)]


def _by_line(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [list(places) for _, places in groupby(rows, key=lambda row: row["position"])]


def _became(session: Session, order_id: int) -> dict[str, list[dict[str, Any]]]:
    """What became of the order by kind, each row with moments and numbers as such."""
    became: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in session.execute(sql.BECAME, {"order_id": order_id}):
        became[row.what].append({name: _plain(name, value) for name, value in row.told.items()})
    return became


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if value is not None and name in _MOMENTS:
        return datetime.fromisoformat(value)
    return Decimal(value) if value is not None and name in _NUMBERS else value


def _events(session: Session, order_id: int, *, before: int, limit: int) -> tuple[EventView, ...]:
    rows = _all(session, sql.EVENTS, order_id=order_id, before=before, limit=limit)
    return tuple(EventView(**row) for row in reversed(rows))


def _hold(row: Mapping[str, Any]) -> HoldView:
    remedy = remedy_of(row["kind"], row["details"])
    return HoldView(
        row["kind"], row["reference"], row["cause"], row["began_at"], row["details"], remedy, row["request_id"]
    )


def _customer(header: Mapping[str, Any]) -> CustomerView:
    return CustomerView(
        id=header["customer_id"],
        name=header["customer_name"],
        kind=header["customer_kind"],
        region=header["customer_region"],
        phones=tuple(header["phones"]),
        emails=tuple(header["emails"]),
    )


def _totals(header: Mapping[str, Any]) -> Totals:
    total, paid, refunded = header["total"], header["paid"], header["refunded"]
    return Totals(
        **{name: header[name] for name in ("net", "tax", "gross", "shipping", "total", "paid", "refunded")},
        due=total - paid + refunded,
        paid_state=paid_state(total=total, paid=paid, refunded=refunded),
    )


def _standing(row: Mapping[str, Any]) -> LineStanding:
    return LineStanding(row["quantity_open"], row["reserved"], row["supplier_id"] is not None)


def _line(rows: Sequence[Mapping[str, Any]], standing: LineStanding) -> LineView:
    row = rows[0]
    stock = [
        LineStock(here["place"], here["on_hand"], here["available"], here["reserved_here"])
        for here in rows
        if here["place"] is not None
    ]
    return LineView(
        **{name: row[name] for name in _LINE_FIELDS},
        open=standing.open,
        backordered=standing.short,
        shipped=row["quantity_shipped"],
        cancelled=row["quantity_cancelled"],
        returned=row["quantity_returned"],
        stock=tuple(stock),
    )


def _shipments(rows: Iterable[Mapping[str, Any]]) -> tuple[ShipmentView, ...]:
    fields = ("id", "origin", "is_direct", "carrier", "tracking", "shipped_at", "delivered_at")
    return tuple(
        ShipmentView(**{name: parts[0][name] for name in fields}, lines=_parts(parts)) for parts in _grouped(rows, "id")
    )


def _returns(rows: Iterable[Mapping[str, Any]]) -> tuple[ReturnView, ...]:
    return tuple(
        ReturnView(parts[0]["number"], parts[0]["reason"], parts[0]["received_at"], _parts(parts))
        for parts in _grouped(rows, "number")
    )


def _invoices(rows: Iterable[Mapping[str, Any]]) -> tuple[InvoiceView, ...]:
    fields = ("number", "kind", "corrects", "issued_at", "net", "tax", "shipping", "total", "actor")
    return tuple(
        InvoiceView(
            **{name: parts[0][name] for name in fields}, due_on=date.fromisoformat(parts[0]["due_on"]),
            lines=_parts(parts),
        )
        for parts in _grouped(rows, "number")
    )  # fmt: skip


def _grouped(rows: Iterable[Mapping[str, Any]], key: str) -> list[list[Mapping[str, Any]]]:
    return [list(parts) for _, parts in groupby(rows, key=lambda row: row[key])]


def _parts(rows: Iterable[Mapping[str, Any]]) -> tuple[LinePart, ...]:
    return tuple(
        LinePart(row["position"], row["quantity"], row.get("disposition", ""))
        for row in rows
        if row["position"] is not None
    )


def _next(
    session: Session, header: Mapping[str, Any], standings: Sequence[LineStanding], holds: Sequence[HoldView],
    actor: Actor,
) -> tuple[Next, ...]:  # fmt: skip
    moves = [move_of(SimpleNamespace(**row)) for row in header["moves"]]
    cancelled = next(move for move in moves if move.position < 0)
    on_offer = permitted(moves, roles_of(actor), header["type"]) if actor.may(Permission.ORDER_MOVE) else []
    evidence = evidence_of(session, header["id"]) if any(move.needs for move in on_offer) else None
    here = situation(Group(header["status_group"]), standings, [hold.cause for hold in holds], evidence)
    cancels_to = cancelled.to if actor.may(Permission.ORDER_CANCEL) else None
    return tuple(next_moves(here, [move for move in on_offer if move is not cancelled], cancelled_status=cancels_to))
