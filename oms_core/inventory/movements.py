"""Movements: every change of stock is a move between two locations. Here alone ``on_hand`` is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid
from oms_core.inventory import movements_sql as sql
from oms_core.inventory.models import LocationKind
from oms_core.inventory.quantities import is_quantity
from oms_core.inventory.reservations import Held, LineQuantity, consume

SUPPLIERS, CUSTOMERS, LOSS, COUNT = "SUPPLIERS", "CUSTOMERS", "LOSS", "COUNT"


@dataclass(frozen=True, slots=True)
class Move:
    """Goods that went from one location to another, both by code; a stock location has its warehouse's code."""

    product_id: int
    quantity: Decimal
    origin: str
    destination: str
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReceiptRequest:
    """Goods that came in; ``unit_cost`` is per unit, in the shop's currency."""

    sku: str
    quantity: Decimal
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AdjustmentRequest:
    """By how much what lies there differs from the books: more is positive, less negative."""

    sku: str
    change: Decimal


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved; ``created`` is False where the same request had moved it before."""

    product_ids: list[int]
    created: bool


@requires(Permission.STOCK_ADJUST)
def move(
    session: Session, *, actor: Actor, now: datetime, moves: Sequence[Move], reference: str = "",
    idempotency_key: str | None = None,
) -> Moved:  # fmt: skip
    """Record done moves and bring ``on_hand`` of the stock and transit locations up to date.

    Levels are locked in key order. Raises ``Conflict`` where more would leave than is free, and where the key was
    used for other moves; the same moves under the same key change nothing more.
    """
    session.flush()
    product_ids = sorted({row.product_id for row in moves})
    if idempotency_key is not None and _was_done(session, moves, idempotency_key):
        return Moved(product_ids, created=False)
    places = _locations(session, {code for row in moves for code in (row.origin, row.destination)})
    _change_levels(session, _changes(moves, places))
    session.execute(
        sql.INSERT_MOVES,
        {
            "products": [row.product_id for row in moves],
            "quantities": [row.quantity for row in moves],
            "origins": [places[row.origin][0] for row in moves],
            "destinations": [places[row.destination][0] for row in moves],
            "costs": [row.unit_cost for row in moves],
            "keys": [_key(idempotency_key, index) for index in range(len(moves))],
            "now": now,
            "reference": reference,
            "actor_id": actor.id,
        },
    )
    return Moved(product_ids, created=True)


@requires(Permission.STOCK_RECEIVE)
def receive(
    session: Session, *, actor: Actor, now: datetime, warehouse: str, lines: Sequence[ReceiptRequest],
    reference: str = "", idempotency_key: str | None = None,
) -> Moved:  # fmt: skip
    """Take goods from a supplier into a warehouse's stock; raises ``Invalid`` naming each field at fault.

    Lines that wait for the goods are served by ``backorders``: ``lock_to_serve`` before, ``reserve_backorders`` after.
    """
    faults = [*_quantity_faults([line.quantity for line in lines], "quantity"), *_cost_faults(lines)]
    ids = _known(session, warehouse, [line.sku for line in lines], faults)
    moves = [
        Move(product_id, line.quantity, SUPPLIERS, warehouse, line.unit_cost)
        for line, product_id in zip(lines, ids, strict=True)
    ]
    return move(session, actor=actor, now=now, moves=moves, reference=reference, idempotency_key=idempotency_key)


@requires(Permission.STOCK_ADJUST)
def adjust(
    session: Session, *, actor: Actor, now: datetime, warehouse: str, lines: Sequence[AdjustmentRequest],
    against: str = COUNT, reference: str = "", idempotency_key: str | None = None,
) -> Moved:  # fmt: skip
    """Correct a warehouse's stock after a count, or write goods off with ``against=LOSS``.

    Raises ``Conflict`` where less would be left than is reserved.
    """
    faults = _quantity_faults([abs(line.change) for line in lines], "change")
    ids = _known(session, warehouse, [line.sku for line in lines], faults)
    moves = [
        Move(product_id, line.change, against, warehouse)
        if line.change > 0
        else Move(product_id, -line.change, warehouse, against)
        for line, product_id in zip(lines, ids, strict=True)
    ]
    return move(session, actor=actor, now=now, moves=moves, reference=reference, idempotency_key=idempotency_key)


def ship(session: Session, *, actor: Actor, now: datetime, lines: Sequence[LineQuantity], reference: str) -> list[Held]:
    """Hand reserved goods to the customer: their reservations are consumed, stock moves out; returns the parts.

    Several shipments in one transaction: call it in the order of their locations. Raises ``Conflict`` where a line
    has less reserved.
    """
    parts = consume(session, lines=lines)
    moves = [Move(part.product_id, part.quantity, part.warehouse, CUSTOMERS) for part in parts]
    move(session, actor=actor, now=now, moves=moves, reference=reference)
    return parts


def _key(idempotency_key: str | None, index: int) -> str | None:
    return None if idempotency_key is None else f"{idempotency_key}#{index}"


def _was_done(session: Session, moves: Sequence[Move], idempotency_key: str) -> bool:
    keys = [_key(idempotency_key, index) for index in range(len(moves) + 1)]
    rows = session.execute(sql.MOVES_BY_KEY, {"keys": keys}).all()
    if not rows:
        return False
    if [tuple(row) for row in rows] != [(m.product_id, m.quantity, m.origin, m.destination) for m in moves]:
        named = {"field": "idempotency_key", "value": idempotency_key}
        raise Conflict("This key was used for another request.", code="key_reused", rows=[named])
    return True


def _locations(session: Session, codes: Collection[str]) -> dict[str, tuple[int, LocationKind]]:
    rows = session.execute(sql.LOCATIONS, {"codes": list(codes)}).all()
    places = {row.code: (row.id, LocationKind(row.kind)) for row in rows}
    if missing := sorted(set(codes) - places.keys()):
        raise Invalid(
            f"There is no location {', '.join(missing)}.",
            code="unknown_location",
            rows=[{"field": "warehouse", "value": code, "message": "is unknown"} for code in missing],
        )
    return places


def _changes(moves: Sequence[Move], places: Mapping[str, tuple[int, LocationKind]]) -> dict[tuple[int, int], Decimal]:
    """Sum what each level changes by; places outside (suppliers, customers …) have no level."""
    changes: dict[tuple[int, int], Decimal] = {}
    for row in moves:
        for code, change in ((row.origin, -row.quantity), (row.destination, row.quantity)):
            location_id, kind = places[code]
            if kind in {LocationKind.STOCK, LocationKind.TRANSIT}:
                key = (location_id, row.product_id)
                changes[key] = changes.get(key, Decimal(0)) + change
    return changes


def _change_levels(session: Session, changes: Mapping[tuple[int, int], Decimal]) -> None:
    if not changes:
        return
    keys = sorted(changes)
    given = {
        "locations": [location_id for location_id, _ in keys],
        "products": [product_id for _, product_id in keys],
        "changes": [changes[key] for key in keys],
    }
    session.execute(sql.MAKE_LEVELS, {name: given[name] for name in ("locations", "products")})
    levels = session.execute(sql.LOCK_LEVELS, {name: given[name] for name in ("locations", "products")}).all()
    rows = [
        {"sku": row.sku, "location": row.code, "available": str(row.available)}
        for row in levels
        if row.available + changes[row.location_id, row.product_id] < 0
    ]
    if rows:
        raise Conflict("More than what is free cannot leave.", code="short_of_stock", rows=rows)
    session.execute(sql.CHANGE_LEVELS, given)


def _known(session: Session, warehouse: str, skus: Sequence[str], faults: list[dict[str, str | None]]) -> list[int]:
    """Return the product ids of the SKUs; raises ``Invalid`` with all faults, unknown names among them."""
    ids = {row.sku: row.id for row in session.execute(sql.PRODUCTS, {"skus": list(skus)})}
    faults = faults + [
        {"field": f"lines[{index}].sku", "value": sku, "message": "is unknown"}
        for index, sku in enumerate(skus)
        if sku not in ids
    ]
    if session.execute(sql.STOCK_LOCATION, {"code": warehouse}).first() is None:
        faults.append({"field": "warehouse", "value": warehouse, "message": "is unknown"})
    if not skus:
        faults.append({"field": "lines", "value": None, "message": "must hold at least one line"})
    if faults:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults[:5])
        raise Invalid(f"The stock cannot be moved: {told}.", code="invalid_stock_move", rows=faults)
    return [ids[sku] for sku in skus]


def _quantity_faults(quantities: Sequence[Decimal], field: str) -> list[dict[str, str | None]]:
    return [
        {"field": f"lines[{index}].{field}", "value": str(value), "message": "must be above 0, at most three decimals"}
        for index, value in enumerate(quantities)
        if not is_quantity(value)
    ]


def _cost_faults(lines: Sequence[ReceiptRequest]) -> list[dict[str, str | None]]:
    return [
        {"field": f"lines[{index}].unit_cost", "value": str(line.unit_cost), "message": "must be at least 0"}
        for index, line in enumerate(lines)
        if line.unit_cost is not None and not (line.unit_cost.is_finite() and 0 <= line.unit_cost < 10**9)
    ]
