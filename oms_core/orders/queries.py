"""The order queue: saved views with their counts, filters, search, keyset pages."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.orders import queue_sql as sql
from oms_core.orders.personal_data import row_for, sees_personal_data
from oms_core.orders.queue_conditions import Asked, member, read_filters
from oms_core.orders.queue_cursor import Cursor, decode, encode
from oms_core.orders.queue_ranking import ranked
from oms_core.orders.search import RANKS, find_matches
from oms_core.orders.views import (
    OPEN_SORTS,
    Due,
    Found,
    OrderRow,
    Page,
    QueueFilters,
    SavedView,
    Sort,
    paid_state,
)
from oms_core.workflow.models import Group

__all__ = ["OrderRow", "Page", "QueueFilters", "SavedView", "Sort", "count_matching", "count_views", "list_orders"]

MAX_PAGE = 500
MAX_CHOSEN = 5_000
COUNTED = 1_000
_WAYS = {rank: way for way, rank in RANKS.items()}


@requires(Permission.ORDER_VIEW)
def count_views(
    session: Session, *, now: datetime, channel: str | None = None, manager: str | None = None
) -> dict[SavedView, int]:
    """Count the orders in each saved view, in one statement; ``mine`` are those of ``manager`` (a login)."""
    row = session.execute(sql.COUNTS, {"now": now, "channel": channel, "manager": manager}).mappings().one()
    return {view: row[view.value] for view in SavedView}


@requires(Permission.ORDER_VIEW)
def list_orders(
    session: Session, *, actor: Actor, now: datetime, view: str = SavedView.ALL, q: str = "",
    status_group: str | None = None, status: str | None = None, channel: str | None = None, manager: str | None = None,
    warehouse: str | None = None, sort: str = Sort.NEWEST, cursor: str | None = None, limit: int = 50,
) -> Page:  # fmt: skip
    """Read one page of a saved view under the filters; ``cursor`` is the ``next_cursor`` of the page before.

    ``q`` is a number, external reference, tracking number, phone or e-mail (from their beginning), words of the
    customer's name or of a comment, or a SKU; who may not see personal data does not find by it. Sorted by match, an
    exact number comes first, then what begins with it, and so on in this order, each the newest first. What only open
    orders have (promise, value, wait) sorts open orders only, by risk those of which it is known. Raises ``Invalid``
    naming the field.
    """
    filters = QueueFilters(view, q, status_group, status, channel, manager, warehouse)
    order = member(Sort, sort, "sort")
    if order is Sort.MATCH and not q.strip():
        order = Sort.RISK if view == SavedView.AT_RISK else Sort.NEWEST
    begin, size = decode(cursor, order), max(1, min(limit, MAX_PAGE))
    asked = _search(session, read_filters(session, filters, actor=actor, now=now), q, actor)
    if order is Sort.RISK:
        asked.require("o.first_promised_at >= :now", now=now)
    found = _ids(session, asked, order, begin, size + 1)
    rows = sql.ROWS.run(session, ["{" + ",".join(str(one[0]) for one in found[:size]) + "}", now])
    ways = [_WAYS[one[2]] if len(one) > 2 else None for one in found]
    last = found[size - 1] if len(found) > size else None
    return Page(
        rows=tuple(row_for(_row(row, way), actor) for row, way in zip(rows, ways, strict=False)),
        next_cursor=None if last is None else encode(order, last),
    )


@requires(Permission.ORDER_VIEW)
def count_matching(session: Session, *, actor: Actor, now: datetime, filters: QueueFilters) -> int:
    """Count the orders that meet the filters, up to ``COUNTED``: beyond that nobody reads the difference."""
    asked = _search(session, read_filters(session, filters, actor=actor, now=now), filters.q, actor)
    where = asked.where_found if asked.statuses is None else f"{asked.where_found} AND {sql.IN_STATUSES}"
    counted = f"SELECT count(*) FROM (SELECT FROM orders o WHERE {where} LIMIT {COUNTED:d}) counted"
    return int(session.execute(text(counted), asked.values).scalar_one())


@requires(Permission.ORDER_VIEW)
def find_numbers(session: Session, *, actor: Actor, now: datetime, filters: QueueFilters) -> list[str]:
    """Numbers of the orders that meet the filters, the newest first, ``MAX_CHOSEN`` at most."""
    asked = _search(session, read_filters(session, filters, actor=actor, now=now), filters.q, actor)
    newest = _ids(session, asked, Sort.NEWEST, None, MAX_CHOSEN)
    numbered = text("""SELECT o.number FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS page (id, place)
        JOIN orders o ON o.id = page.id ORDER BY page.place""")
    return list(session.scalars(numbered, {"ids": [one[0] for one in newest]}))


def _search(session: Session, asked: Asked, q: str, actor: Actor) -> Asked:
    if q.strip():
        asked.matches = find_matches(session, q, by_customer=sees_personal_data(actor))
        asked.values |= asked.matches.values
        asked.values["found"] = asked.matches.listed
    return asked


def _ids(session: Session, asked: Asked, sort: Sort, begin: Cursor | None, limit: int) -> list[tuple[Any, ...]]:
    """The ids of a page in its order, with the key of each and, by match, its rank."""
    values = asked.values | ({} if begin is None else begin.values)
    if sort in OPEN_SORTS and sort is not Sort.WAITING:  # a closed order is in no status any more
        asked.require("o.closed_at IS NULL")
    matches = asked.matches
    if sort is Sort.MATCH and matches is not None:
        rank = None if begin is None else begin.rank
        statement, more = ranked(asked.where, matches, statuses=asked.statuses, after_rank=rank, limit=limit)
        values |= more
    else:
        if begin is not None:
            asked.require(sql.ORDERS[sort].after())
        if matches is not None and not matches.broad:
            statement = sql.short_list(asked.where, sort=sort, statuses=asked.statuses, limit=limit)
        else:
            statement = sql.walk(asked.where_found, sort=sort, statuses=asked.statuses, limit=limit)
    return [tuple(row) for row in session.execute(text(statement), values).all()]


def _row(row: tuple[Any, ...], found: Found | None) -> OrderRow:
    (
        number, external_ref, placed_at, customer, channel, channel_name, kind, type_name, status, status_name, group,
        manager, manager_name, warehouse, line_count, total, paid, refunded, currency, promised_at, due, late_seconds,
        is_backordered, holds, is_owner_away, age_seconds, stage_seconds, version,
        risk, risk_cause,
    ) = row  # fmt: skip
    return OrderRow(
        number=number, external_ref=external_ref, placed_at=placed_at, customer=customer, channel=channel,
        channel_name=channel_name, type=kind, type_name=type_name, status=status, status_name=status_name,
        status_group=Group(group), manager=manager, manager_name=manager_name, warehouse=warehouse,
        line_count=line_count, total=total, currency=currency,
        paid_state=paid_state(total=total, paid=paid, refunded=refunded), promised_at=promised_at,
        due=None if due is None else Due(due), late_seconds=late_seconds, is_late=due == Due.LATE,
        is_backordered=is_backordered, is_on_hold=bool(holds), holds=tuple(holds), is_owner_away=is_owner_away,
        age_seconds=age_seconds, stage_seconds=stage_seconds, version=version, risk=risk,
        risk_cause=risk_cause, found=found,
    )  # fmt: skip
