"""Reservations: stock of a location promised to an order line. Here alone ``reserved`` is written after placement.

The order of locks is: the order, then stock levels by (location, product). Whoever changes reservations holds the
levels they count in, so a reservation read under those locks stays as it is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from oms_core.errors import Conflict
from oms_core.inventory import reservations_sql as sql
from oms_core.inventory.allocation import Allocation, Level, Need, Taken, allocate
from oms_core.inventory.models import ReservationState


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """How much of an order line; at one location where ``location_id`` is given, else wherever it is reserved."""

    order_line_id: int
    quantity: Decimal
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A reservation that counts (held or committed), or the part of it that was taken out."""

    id: int
    order_line_id: int
    location_id: int
    warehouse_id: int
    warehouse: str
    product_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """A reservation held past its time, and the order it belongs to."""

    reservation_id: int
    product_id: int
    order_id: int


def lock_levels(session: Session, product_ids: Collection[int]) -> list[Level]:
    """Lock the stock levels of these products at all locations, in key order, and return what is free there."""
    rows = session.execute(sql.LOCK_LEVELS, {"product_ids": list(product_ids)})
    return [Level(*row) for row in rows]


def lock_reserved(session: Session, order_line_ids: Collection[int]) -> list[Held]:
    """Lock the levels that these lines count in, in key order, and return their reservations, oldest first.

    Hold the order's lock, so that nothing is reserved for it meanwhile.
    """
    session.flush()
    ids = list(order_line_ids)
    session.execute(sql.LOCK_LEVELS_OF_LINES, {"order_line_ids": ids})
    return [Held(*row) for row in session.execute(sql.RESERVED_OF_LINES, {"order_line_ids": ids})]


def reserve(
    session: Session, *, now: datetime, needs: Sequence[Need], expires_at: datetime | None = None
) -> Allocation:
    """Reserve what is free for the needs (their ``line`` is the order line's id); what is short is reported."""
    session.flush()
    allocation = allocate(needs, lock_levels(session, {need.product_id for need in needs}))
    _write_taken(session, allocation.taken, now=now, expires_at=expires_at)
    return allocation


def release(session: Session, *, lines: Sequence[LineQuantity]) -> list[Held]:
    """Give back up to the given quantities, the newest reservations first; returns what was given back."""
    held = lock_reserved(session, {line.order_line_id for line in lines})
    parts = _parts(list(reversed(held)), lines)
    _take_out(session, held, parts, ReservationState.RELEASED)
    return parts


def consume(session: Session, *, lines: Sequence[LineQuantity]) -> list[Held]:
    """Use up exactly the given quantities, the oldest reservations first, because the goods leave.

    Raises ``Conflict`` where a line has less reserved, naming it; ``on_hand`` is the mover's to change.
    """
    held = lock_reserved(session, {line.order_line_id for line in lines})
    parts = _parts(held, lines)
    wanted, used = sum(line.quantity for line in lines), sum(part.quantity for part in parts)
    if wanted != used:
        rows = [{"order_line_id": line.order_line_id, "quantity": str(line.quantity)} for line in lines]
        raise Conflict("More than what is reserved cannot be shipped.", code="not_reserved", rows=rows)
    _take_out(session, held, parts, ReservationState.CONSUMED)
    return parts


def commit(session: Session, order_line_ids: Collection[int]) -> None:
    """Keep what is held for these lines for good: work on the order goes on, nothing of it expires any more."""
    lock_reserved(session, order_line_ids)
    session.execute(sql.COMMIT, {"order_line_ids": list(order_line_ids)})


def list_due(session: Session, *, now: datetime, limit: int) -> list[Due]:
    """List reservations held past their time, the longest overdue first."""
    return [Due(*row) for row in session.execute(sql.DUE, {"now": now, "limit": limit})]


def expire(session: Session, due: Collection[Due]) -> list[Held]:
    """End those of these reservations that are still held and free the stock; returns what ended.

    Hold the locks of their orders.
    """
    ids = [one.reservation_id for one in due]
    session.execute(sql.LOCK_LEVELS_OF_HELD, {"ids": ids})
    held = [Held(*row) for row in session.execute(sql.STILL_HELD, {"ids": ids})]
    _take_out(session, held, held, ReservationState.EXPIRED)
    return held


def _write_taken(session: Session, taken: Sequence[Taken], *, now: datetime, expires_at: datetime | None) -> None:
    if not taken:
        return
    state = ReservationState.COMMITTED if expires_at is None else ReservationState.HELD
    session.execute(
        sql.RESERVE,
        {
            "lines": [part.line for part in taken],
            "locations": [part.location_id for part in taken],
            "products": [part.product_id for part in taken],
            "quantities": [part.quantity for part in taken],
            "state": state.value,
            "expires_at": expires_at,
            "now": now,
        },
    )


def _parts(held: Sequence[Held], lines: Sequence[LineQuantity]) -> list[Held]:
    """Decide what comes out of which reservation, in the order of ``held``."""
    left = {row.id: row.quantity for row in held}
    parts: list[Held] = []
    for line in lines:
        missing = line.quantity
        for row in held:
            fits = row.order_line_id == line.order_line_id and line.location_id in {None, row.location_id}
            portion = min(missing, left[row.id]) if fits else Decimal(0)
            if portion > 0:
                parts.append(replace(row, quantity=portion))
                left[row.id] -= portion
                missing -= portion
    return parts


def _take_out(session: Session, held: Sequence[Held], parts: Sequence[Held], state: ReservationState) -> None:
    """Move the parts to ``state``: a whole reservation turns, of a larger one the part is split off."""
    if not parts:
        return
    taken: dict[int, Decimal] = {}
    for part in parts:
        taken[part.id] = taken.get(part.id, Decimal(0)) + part.quantity
    quantities = {row.id: row.quantity for row in held}
    session.execute(
        sql.TAKE_OUT,
        {
            "whole": [id_ for id_, quantity in taken.items() if quantity == quantities[id_]],
            "split": [id_ for id_, quantity in taken.items() if quantity < quantities[id_]],
            "quantities": [quantity for id_, quantity in taken.items() if quantity < quantities[id_]],
            "state": state.value,
        },
    )
