"""Taking an order to change it: locked, as it is now, and of the version the caller saw."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from oms_core.errors import Busy, Conflict, Invalid, NotFound
from oms_core.inventory.backorders import lock_to_serve
from oms_core.inventory.quantities import is_quantity
from oms_core.orders.models import Order, OrderLine

_ATTEMPTS = 10
_BEFORE_LOCKS, _LET_GO = text("SAVEPOINT before_order"), text("ROLLBACK TO SAVEPOINT before_order")
_GOODS = text("""
SELECT o.id, l.product_id
FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id AND l.supplier_id IS NULL WHERE o.number = :number
UNION ALL SELECT NULL, id FROM products WHERE sku = ANY (CAST(:skus AS text[]))
""")


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """How much of the order line at ``position``."""

    position: int
    quantity: Decimal


def lock_order(session: Session, number: str, *, version: int | None = None) -> Order:
    """Lock the order for this transaction and return it as it stands.

    Raises ``NotFound``, and ``Conflict`` (``stale_version``, both values in ``rows``) when it is not ``version``.
    """
    query = select(Order).where(Order.number == number).with_for_update(key_share=True)
    order = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if order is None:
        raise NotFound(f"There is no order {number}.", code="unknown_order", rows=[{"number": number}])
    if version is not None and version != order.version:
        raise Conflict(
            f"Order {number} was changed meanwhile: you saw version {version}, it is now {order.version}.",
            code="stale_version",
            rows=[{"field": "version", "given": version, "current": order.version}],
        )
    return order


def lock_order_and_waiting(
    session: Session, number: str, *, version: int | None = None, also_skus: Collection[str] = ()
) -> Order:
    """Lock an order that may give up stock, together with the orders that wait for its products and their levels.

    ``also_skus`` are products that it may come to hold. Raises as ``lock_order`` does.
    """
    given = {"number": number, "skus": [sku for sku in also_skus if "\0" not in sku]}
    session.execute(_BEFORE_LOCKS)
    for _ in range(_ATTEMPTS):
        order_ids, product_ids = _ids_of(session, given)
        lock_to_serve(session, product_ids, also=order_ids)
        if _ids_of(session, given)[1] <= product_ids:  # else it was given further products while it was waited for
            return lock_order(session, number, version=version)
        session.execute(_LET_GO)
    raise Busy(f"Order {number} is being changed by others; try again shortly.")


def _ids_of(session: Session, given: Mapping[str, Any]) -> tuple[set[int], set[int]]:
    rows = session.execute(_GOODS, given).all()
    order_ids, product_ids = {row.id for row in rows}, {row.product_id for row in rows}
    return order_ids - {None}, product_ids - {None}


def lines_of(session: Session, order: Order) -> list[OrderLine]:
    """Return the lines of a locked order as they stand, by position; the order's lock guards them too."""
    query = select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def wanted_by_line(lines: Iterable[OrderLine], wanted: Iterable[LineQuantity]) -> dict[OrderLine, Decimal]:
    """Sum what is wanted of each line; raises ``Invalid`` naming each entry at fault."""
    by_position = {line.position: line for line in lines}
    sums: dict[OrderLine, Decimal] = {}
    faults: list[dict[str, Any]] = []
    for index, one in enumerate(wanted):
        line = by_position.get(one.position)
        if line is None:
            faults.append(_fault(index, "position", one.position, "is no line of this order"))
        elif not is_quantity(one.quantity):
            faults.append(_fault(index, "quantity", one.quantity, "must be above 0, with at most three decimals"))
        else:
            sums[line] = sums.get(line, Decimal(0)) + one.quantity
    if not sums and not faults:
        faults.append({"field": "lines", "value": None, "message": "must name at least one line"})
    if faults:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults[:5])
        raise Invalid(f"These lines cannot be taken: {told}.", code="invalid_lines", rows=faults)
    return sums


def _fault(index: int, field: str, value: object, message: str) -> dict[str, Any]:
    return {"field": f"lines[{index}].{field}", "value": str(value), "message": message}
