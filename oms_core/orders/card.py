"""The card of an order: everything that belongs to it, read in eleven statements at most."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import NotFound
from oms_core.orders import card_sql as sql
from oms_core.orders.card_views import (
    CancellationView,
    CustomerView,
    EventView,
    HoldView,
    LinePart,
    LineStock,
    LineView,
    MoneyMove,
    OrderCard,
    ReturnView,
    ShipmentView,
    StayView,
    Totals,
)
from oms_core.orders.hold_rules import remedy_of
from oms_core.orders.passage import roles_of
from oms_core.orders.personal_data import card_for
from oms_core.orders.readiness import LineStanding, evidence_of, move_of, situation
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
)


@requires(Permission.ORDER_VIEW)
def read_order(session: Session, number: str, *, actor: Actor) -> OrderCard:
    """Read an order with all that belongs to it, as the actor may see it and go on with it; raises ``NotFound``."""
    found = session.execute(sql.HEADER, {"number": number}).one_or_none()
    if found is None:
        raise NotFound(f"There is no order {number}.", code="unknown_order", rows=[{"number": number}])
    header = found._asdict()
    order_id = header["id"]
    line_rows = _all(session, sql.LINES, order_id)
    standing = [_standing(row) for row in line_rows]
    overlay = _all(session, sql.HOLDS_AND_STAYS, order_id)
    holds = tuple(
        HoldView(
            row["kind"],
            row["reference"],
            row["cause"],
            row["began_at"],
            row["details"],
            remedy_of(row["kind"], row["details"]),
            row["request_id"],
        )
        for row in overlay
        if row["what"] == "hold"
    )
    card = OrderCard(
        **{name: header[name] for name in _HEADER_FIELDS},
        status_group=Group(header["status_group"]),
        customer=_customer(header),
        totals=_totals(header),
        lines=_lines(line_rows, standing, _all(session, sql.STOCK, order_id)),
        money=tuple(MoneyMove(**row) for row in _all(session, sql.MONEY, order_id)),
        shipments=_shipments(_all(session, sql.SHIPMENTS, order_id)),
        returns=_returns(_all(session, sql.RETURNS, order_id)),
        holds=holds,
        cancellations=tuple(CancellationView(**row) for row in _all(session, sql.CANCELLATIONS, order_id)),
        stays=tuple(_stay(row) for row in overlay if row["what"] != "hold"),
        events=tuple(EventView(**row) for row in _all(session, sql.EVENTS, order_id)),
        next=_next(session, header, standing, holds, actor),
    )
    return card_for(card, actor)


def _all(session: Session, statement: TextClause, order_id: int) -> list[dict[str, Any]]:
    return [row._asdict() for row in session.execute(statement, {"order_id": order_id})]


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


def _lines(
    rows: Iterable[Mapping[str, Any]], standings: Sequence[LineStanding], stock: Iterable[Mapping[str, Any]]
) -> tuple[LineView, ...]:
    by_position: dict[int, list[LineStock]] = {}
    for row in stock:
        place = LineStock(row["warehouse"], row["on_hand"], row["available"], row["reserved"])
        by_position.setdefault(row["position"], []).append(place)
    return tuple(
        LineView(
            **{name: row[name] for name in _LINE_FIELDS},
            open=standing.open,
            backordered=standing.short,
            shipped=row["quantity_shipped"],
            cancelled=row["quantity_cancelled"],
            returned=row["quantity_returned"],
            stock=tuple(by_position.get(row["position"], ())),
        )
        for row, standing in zip(rows, standings, strict=True)
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


def _grouped(rows: Iterable[Mapping[str, Any]], key: str) -> list[list[Mapping[str, Any]]]:
    return [list(parts) for _, parts in groupby(rows, key=lambda row: row[key])]


def _parts(rows: Iterable[Mapping[str, Any]]) -> tuple[LinePart, ...]:
    return tuple(
        LinePart(row["position"], row["quantity"], row.get("disposition", ""))
        for row in rows
        if row["position"] is not None
    )


def _stay(row: Mapping[str, Any]) -> StayView:
    return StayView(
        status=row["kind"],
        status_name=row["status_name"],
        group=Group(row["what"]),
        entered_at=row["began_at"],
        left_at=row["left_at"],
        wall_seconds=row["wall_seconds"],
        business_seconds=row["business_seconds"],
    )


def _next(
    session: Session, header: Mapping[str, Any], standings: Sequence[LineStanding], holds: Sequence[HoldView],
    actor: Actor,
) -> tuple[Next, ...]:  # fmt: skip
    moves = [move_of(row) for row in session.execute(sql.MOVES, {"status": header["status"]})]
    cancelled = next(move for move in moves if move.position < 0)
    on_offer = permitted(moves, roles_of(actor), header["type"]) if actor.may(Permission.ORDER_MOVE) else []
    evidence = evidence_of(session, header["id"]) if any(move.needs for move in on_offer) else None
    here = situation(Group(header["status_group"]), standings, [hold.cause for hold in holds], evidence)
    cancels_to = cancelled.to if actor.may(Permission.ORDER_CANCEL) else None
    return tuple(next_moves(here, [move for move in on_offer if move is not cancelled], cancelled_status=cancels_to))
