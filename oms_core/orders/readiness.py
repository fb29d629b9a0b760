"""What of an order could go out now: reserved, or shipped by its supplier. Pure but for its readers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.inventory.reservations import Held
from oms_core.orders.models import Order, OrderHold, OrderLine
from oms_core.workflow.lifecycle import Move, Situation
from oms_core.workflow.models import Group, Status, Transition
from oms_core.workflow.needs import Evidence

_EVIDENCE = text("""
SELECT o.total, o.paid - o.refunded AS paid,
       coalesce(jsonb_typeof(o.ship_to) = 'object' AND o.ship_to <> '{}', false) AS has_address,
       EXISTS (SELECT FROM contacts c WHERE c.customer_id = o.customer_id AND c.kind = 'phone') AS has_phone,
       o.manager_id IS NOT NULL AS has_manager,
       EXISTS (SELECT FROM shipments s WHERE s.order_id = o.id)
           AND NOT EXISTS (SELECT FROM shipments s WHERE s.order_id = o.id AND s.tracking = '')
           AND NOT EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id
                           AND l.quantity > l.quantity_shipped + l.quantity_cancelled) AS can_be_followed,
       EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.kind = 'order.commented'
               AND e.sequence > (SELECT max(m.sequence) FROM order_events m
                                 WHERE m.order_id = o.id AND m.to_status IS NOT NULL)) AS has_comment
FROM orders o WHERE o.id = :order_id
""")


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


def situation(
    group: Group, lines: Sequence[LineStanding], holds: Sequence[str], evidence: Evidence | None = None
) -> Situation:
    """Sum up what the lifecycle decides by; without ``evidence`` the order has nothing that a transition may need."""
    short_lines = sum(line.short > 0 for line in lines)
    return Situation(
        group=group,
        has_lines=bool(lines),
        open_lines=sum(line.open > 0 for line in lines),
        ready_lines=sum(line.ready > 0 for line in lines),
        short_lines=short_lines,
        holds=tuple(holds),
        evidence=replace(evidence or Evidence(), is_covered=short_lines == 0),
    )


def open_hold_causes(session: Session, order: Order) -> list[str]:
    """List the causes of the order's open holds, oldest first."""
    query = select(OrderHold.cause).where(OrderHold.order_id == order.id, OrderHold.closed_at.is_(None))
    return list(session.scalars(query.order_by(OrderHold.id)))


def evidence_of(session: Session, order_id: int) -> Evidence:
    """Read what an order has of that which transitions may need."""
    session.flush()
    return Evidence(**session.execute(_EVIDENCE, {"order_id": order_id}).mappings().one())


def moves_from(session: Session, status: str) -> list[Move]:
    """List the transitions out of a status, whoever may make them and of whatever orders, and keep them as they are.

    Whoever changes the workflow waits for those who go by it, and the other way round: no order comes into a status
    that is being retired.
    """
    query = (
        select(
            *(
                Transition.to_status.label("to"),
                Status.group.label("group"),
                Transition.label,
                Transition.position,
                Transition.roles,
            ),
            *(Transition.order_types, Transition.needs, Transition.translations),
        )
        .join(Status, Status.code == Transition.to_status)
        .where(Transition.from_status == status, ~Status.is_retired)
        .with_for_update(read=True, key_share=True, of=Transition)
    )
    return [move_of(row) for row in session.execute(query)]


def move_of(row: Any) -> Move:  # noqa: ANN401 - the columns of a transition, and the group it leads to
    """Make a move of a row."""
    types = None if row.order_types is None else tuple(row.order_types)
    return Move(
        row.to, Group(row.group), row.label, row.position, tuple(row.roles), types, tuple(row.needs), row.translations
    )
