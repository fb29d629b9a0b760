"""Receiving goods that no purchase order announced: stock rises, and the lines that wait are served first."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.inventory.backorders import lock_to_serve, reserve_backorders
from oms_core.inventory.movements import Moved, ReceiptRequest, receive
from oms_core.inventory.movements_sql import PRODUCTS


@requires(Permission.STOCK_RECEIVE)
def receive_goods(
    session: Session, *, actor: Actor, now: datetime, warehouse: str, lines: Sequence[ReceiptRequest],
    reference: str = "", idempotency_key: str | None = None,
) -> Moved:  # fmt: skip
    """Take goods into a warehouse's stock and reserve them for the orders that wait, the oldest first.

    The same goods under the same key change nothing more. Raises ``Invalid`` naming each field at fault, and
    ``Conflict`` where the key was used for other goods.
    """
    known = session.execute(PRODUCTS, {"skus": [line.sku for line in lines]})
    lock_to_serve(session, [row.id for row in known])  # orders before levels, as everywhere
    moved = receive(
        session, actor=actor, now=now, warehouse=warehouse, lines=lines, reference=reference,
        idempotency_key=idempotency_key,
    )  # fmt: skip
    if moved.created:
        reserve_backorders(session, actor=actor, now=now, product_ids=moved.product_ids)
    return moved
