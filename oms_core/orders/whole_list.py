"""The whole of a list of orders, not one page of it: handed over page by page, so that none is held twice."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.orders.queries import MAX_PAGE, list_orders
from oms_core.orders.views import OrderRow, QueueFilters, Sort

EXPORTED_AT_MOST = 100_000


@requires(Permission.ORDER_VIEW)
def hand_over_orders(
    session: Session, *, actor: Actor, now: datetime, filters: QueueFilters,
    take: Callable[[Sequence[OrderRow]], object], sort: str = Sort.NEWEST, at_most: int = EXPORTED_AT_MOST,
) -> bool:  # fmt: skip
    """Give ``take`` the orders that meet the filters, page after page in the list's order; true where those were all.

    Each page costs the same, however far the list goes. Personal data is masked as in ``list_orders``.
    """
    cursor, left = None, at_most
    while left > 0:
        page = list_orders(
            session, actor=actor, now=now, sort=sort, cursor=cursor, limit=min(MAX_PAGE, left), **asdict(filters)
        )
        take(page.rows)
        cursor, left = page.next_cursor, left - len(page.rows)
        if cursor is None:
            return True
    return False
