"""What of an order could go out now: reserved, or shipped by its supplier. Pure but for its two readers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.inventory.reservations import Held
from oms_core.orders.models import Order, OrderHold, OrderLine
from oms_core.workflow.lifecycle import Move, Situation
from oms_core.workflow.models import Group, Status, Transition


@dataclass(frozen=True, slots=True)
class LineStanding:
    """An order line by its open quantity and how much of that is reserved; direct ones reserve nothing."""

    open: Decimal
    reserved: Decimal
    is_direct: bool

    @property
    def ready(self) -> Decimal:
        """What could be handed over now."""
        return self.open if self.is_direct else min(self.open, self.reserved)

    @property
    def short(self) -> Decimal:
        """What no stock covers: the backordered quantity."""
        return self.open - self.ready


def standings(lines: Iterable[OrderLine], held: Iterable[Held]) -> dict[OrderLine, LineStanding]:
    """Set each line beside its reservations."""
    reserved: dict[int, Decimal] = {}
    for row in held:
        reserved[row.order_line_id] = reserved.get(row.order_line_id, Decimal(0)) + row.quantity
    return {
        line: LineStanding(line.quantity_open, reserved.get(line.id, Decimal(0)), line.supplier_id is not None)
        for line in lines
    }


def situation(group: Group, lines: Sequence[LineStanding], holds: Sequence[str]) -> Situation:
    """Sum up what the lifecycle decides by."""
    return Situation(
        group=group,
        has_lines=bool(lines),
        open_lines=sum(line.open > 0 for line in lines),
        ready_lines=sum(line.ready > 0 for line in lines),
        short_lines=sum(line.short > 0 for line in lines),
        holds=tuple(holds),
    )


def open_hold_causes(session: Session, order: Order) -> list[str]:
    """List the causes of the order's open holds, oldest first."""
    query = select(OrderHold.cause).where(OrderHold.order_id == order.id, OrderHold.closed_at.is_(None))
    return list(session.scalars(query.order_by(OrderHold.id)))


def moves_from(session: Session, status: str) -> list[Move]:
    """List the permitted transitions out of a status."""
    query = (
        select(Transition.to_status, Status.group, Transition.label, Transition.position)
        .join(Status, Status.code == Transition.to_status)
        .where(Transition.from_status == status)
    )
    return [Move(*row) for row in session.execute(query)]
