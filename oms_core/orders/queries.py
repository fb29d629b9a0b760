"""The order queue: saved views with their counts, filters, search, keyset pages."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.orders import queue_sql as sql
from oms_core.orders.personal_data import row_for, sees_personal_data
from oms_core.orders.search import Matches, find_matches
from oms_core.orders.views import VIEW_GROUPS, OrderRow, Page, SavedView, Sort, paid_state
from oms_core.workflow.models import Group

__all__ = ["OrderRow", "Page", "SavedView", "Sort", "count_views", "list_orders"]

MAX_PAGE = 500
Word = TypeVar("Word", bound=StrEnum)


@dataclass
class _Conditions:
    """What a row of the queue must meet, as SQL over ``o`` with its values bound."""

    clauses: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def require(self, clause: str, **values: object) -> None:
        self.clauses.append(clause)
        self.values.update(values)

    @property
    def where(self) -> str:
        return " AND ".join(self.clauses) or "true"


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

    ``q`` is a number or an external reference (from their beginning), words of the customer's name, a phone, an
    e-mail or a SKU; who may not see personal data does not find by it. Sorted by promise, closed orders are left out:
    nothing is due any more. Raises ``Invalid`` naming the field.
    """
    chosen, order = _member(SavedView, view, "view"), _member(Sort, sort, "sort")
    groups = _groups(chosen, status_group)
    conditions = _filters(chosen, now=now, channel=channel, manager=manager, warehouse=warehouse)
    if cursor is not None:
        _begin_after(conditions, cursor, order)
    if status is not None:
        conditions.require("o.status = :status", status=status)
    matches = find_matches(session, q, by_customer=sees_personal_data(actor)) if q.strip() else None
    size = max(1, min(limit, MAX_PAGE))
    statement = sql.page(
        _narrowed(conditions, matches, order), sort=order, by_status=groups is not None, walks=_walks(matches)
    )
    values = {"groups": [group.value for group in groups or ()], "now": now, "limit": size + 1}
    rows = session.execute(text(statement), conditions.values | values).mappings().all()
    last = rows[size - 1] if len(rows) > size else None
    return Page(
        rows=tuple(row_for(_row(row), actor) for row in rows[:size]),
        next_cursor=None if last is None else _encode(order, last["sort_key"], last["id"]),
    )


def _groups(view: SavedView, status_group: str | None) -> tuple[Group, ...] | None:
    """Return the status groups asked for; None: all."""
    groups = VIEW_GROUPS[view]
    if status_group is None:
        return groups
    group = _member(Group, status_group, "status_group")
    return (group,) if groups is None or group in groups else ()


def _filters(
    view: SavedView, *, now: datetime, channel: str | None, manager: str | None, warehouse: str | None
) -> _Conditions:
    conditions = _Conditions()
    if view is SavedView.LATE:
        conditions.require("o.promised_at < :now", now=now)
    if view is SavedView.BACKORDERED:
        conditions.require(sql.HAS_SHORT_LINE)
    for value, clause, name in (
        (channel, "o.channel_id = (SELECT id FROM channels WHERE code = :channel)", "channel"),
        (manager, "o.manager_id = (SELECT id FROM users WHERE login = :manager)", "manager"),
        (warehouse, "o.warehouse_id = (SELECT id FROM warehouses WHERE code = :warehouse)", "warehouse"),
    ):
        if value is not None:
            conditions.require(clause, **{name: value})
        elif name == "manager" and view is SavedView.MINE:
            conditions.require("false")
    return conditions


def _narrowed(conditions: _Conditions, matches: Matches | None, sort: Sort) -> str:
    if sort is Sort.PROMISED:
        conditions.require("o.closed_at IS NULL")
    if matches is not None:
        ways = ["o.id = ANY (CAST(:found AS bigint[]))", *matches.broad]
        conditions.require(f"({' OR '.join(ways)})", found=list(matches.order_ids), **matches.values)
    return conditions.where


def _walks(matches: Matches | None) -> bool:
    """Whether the queue is gone through in its order; a short list of candidates is sorted instead."""
    return matches is None or bool(matches.broad)


def _begin_after(conditions: _Conditions, cursor: str, sort: Sort) -> None:
    try:
        named, key, order_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if key != "infinity":
            datetime.fromisoformat(key)
        after = {"after_key": key, "after_id": int(order_id)}
    except (ValueError, TypeError, binascii.Error):
        named, after = None, {}
    if named != sort.value:
        rows = [{"field": "cursor", "value": cursor[:100], "message": "is not of this list"}]
        raise Invalid("This cursor does not belong to this list.", code="invalid_cursor", rows=rows)
    conditions.require(sql.after(sort), **after)


def _encode(sort: Sort, key: str, order_id: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort.value, key, order_id]).encode()).decode()


def _member(kind: type[Word], value: str, name: str) -> Word:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        rows = [{"field": name, "value": value, "message": f"must be one of {known}"}]
        raise Invalid(f"There is no {name.replace('_', ' ')} '{value}'.", code=f"unknown_{name}", rows=rows) from None


def _row(row: Any) -> OrderRow:  # noqa: ANN401 - a mapping of columns
    money: dict[str, Decimal] = {name: row[name] for name in ("total", "paid", "refunded")}
    return OrderRow(
        number=row["number"], external_ref=row["external_ref"], placed_at=row["placed_at"], customer=row["customer"],
        channel=row["channel"], channel_name=row["channel_name"], type=row["type"],
        type_name=row["type_name"], status=row["status"], status_name=row["status_name"],
        status_group=Group(row["status_group"]), manager=row["manager"],
        manager_name=row["manager_name"], warehouse=row["warehouse"], line_count=row["line_count"],
        total=row["total"], currency=row["currency"], paid_state=paid_state(**money), promised_at=row["promised_at"],
        is_late=row["is_late"], is_backordered=row["is_backordered"], is_on_hold=row["is_on_hold"],
        age_seconds=row["age_seconds"], version=row["version"],
    )  # fmt: skip
