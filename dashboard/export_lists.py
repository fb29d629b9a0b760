"""The lists that are handed over as files: of each, its columns and how all of its rows are read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import polars as pl

from dashboard.exporting import Ask, Listing
from dashboard.identity import may
from dashboard.lost_words import DANGERS, stage_words
from dashboard.queue_reads import filters_of
from dashboard.queue_words import SORTS
from dashboard.reads import Question
from dashboard.task_words import kind_name, title_of
from dashboard.translation import _
from dashboard.words import PAID, VIEWS, group_name, person_name
from dashboard.workflow_words import status_names
from oms_core.access.permissions import Permission
from oms_core.customers.directory import EXPORTED_AT_MOST as MOST_CUSTOMERS
from oms_core.customers.directory import export_customers
from oms_core.inventory.availability import list_stock
from oms_core.orders.lost import EXPORTED_AT_MOST as MOST_LOST
from oms_core.orders.lost import LostRow, export_lost
from oms_core.orders.views import OrderRow, QueueFilters
from oms_core.orders.whole_list import hand_over_orders
from oms_core.tasks.worklist import MOST, TaskView, list_tasks

MONEY, QUANTITY, MOMENT = pl.Decimal(14, 2), pl.Decimal(14, 3), pl.Datetime("us", "UTC")
MOST_TASKS = 100_000
Schema = Mapping[str, Any]


def orders_listing(question: Question, *, manager: str) -> Listing:
    """All orders that the question is about; ``manager`` is whose are meant by the view of one's own."""
    filters = filters_of(question)
    if question.view == "mine" and not question.manager:
        filters = QueueFilters(**{name: getattr(filters, name) for name in filters.__slots__} | {"manager": manager})
    headings = {
        "number": _("Order"), "external_ref": _("Reference"), "placed_at": _("Placed"), "customer": _("Customer"),
        "status": _("Status"), "group": _("Stage"), "lines": _("Lines"), "total": _("Total"),
        "currency": _("Currency"), "paid": _("Payment"), "promised_at": _("Promised"), "late": _("Late"),
        "manager": _("Owner"), "warehouse": _("Warehouse"), "channel": _("Channel"),
    }  # fmt: skip
    sort = "newest" if question.sort == "match" and not question.q else question.sort
    told = [
        (_("View"), _(VIEWS[question.view])), (_("Search"), question.q),
        (_("Stage"), group_name(question.group) if question.group else ""),
        (_("Status"), status_names().get(question.status, question.status)), (_("Channel"), question.channel),
        (_("Owner"), question.manager), (_("Warehouse"), question.warehouse), (_("Sort"), _(SORTS[sort])),
    ]  # fmt: skip
    read = partial(_read_orders, filters, question.sort, status_names())
    return Listing("orders", _("Orders"), _seen(headings, "customer"), read, told)


def customers_listing(filters: Mapping[str, Any], told: Sequence[tuple[str, str]]) -> Listing:
    """All customers that meet the filters of their page."""
    headings = {
        "id": _("Number"), "name": _("Customer"), "kind": _("Kind"), "region": _("Region"), "phone": _("Phone"),
        "email": _("E-mail"), "tags": _("Tags"), "manager": _("Owner"), "orders": _("Orders"),
        "open_orders": _("Open orders"), "value": _("Value"), "currency": _("Currency"),
        "last_order_at": _("Last order"), "created_at": _("Since"),
    }  # fmt: skip
    return Listing(
        "customers", _("Customers"), _seen(headings, "name", "phone", "email"), partial(_read_customers, filters), told
    )


def stock_listing(q: str, warehouse: str) -> Listing:
    """All stock that the search and the warehouse leave."""
    headings = {
        "sku": _("SKU"), "name": _("Product"), "warehouse": _("Warehouse"), "on_hand": _("On hand"),
        "reserved": _("Reserved"), "available": _("Free to sell"), "on_order": _("On order"),
    }  # fmt: skip
    told = [(_("Search"), q), (_("Warehouse"), warehouse)]
    return Listing("stock", _("Stock"), headings, partial(_read_stock, q, warehouse or None), told)


def tasks_listing(asked: Mapping[str, str | None], *, is_done: bool, told: Sequence[tuple[str, str]]) -> Listing:
    """All tasks that the choices of their page leave."""
    headings = {
        "kind": _("Kind"), "title": _("Task"), "number": _("Order"), "customer": _("Customer"), "who": _("Who"),
        "due_at": _("Due"), "done_at": _("Done"), "note": _("Note"), "created_at": _("Made"),
    }  # fmt: skip
    return Listing(
        "tasks", _("Tasks"), _seen(headings, "customer", "note"), partial(_read_tasks, dict(asked), is_done), told
    )


def lost_listing(asked: Mapping[str, str | None]) -> Listing:
    """All that may be lost, of the kind, stage and owner that were chosen."""
    headings = {
        "kind": _("Danger"), "number": _("Order"), "task": _("Task"), "since": _("Since"), "status": _("Status"),
        "stage": _("Stage"), "owner": _("Owner"), "customer": _("Customer"), "phone": _("Phone"), "total": _("Total"),
        "currency": _("Currency"), "promised_at": _("Promised"),
    }  # fmt: skip
    kind, stage = asked.get("kind"), asked.get("stage")
    told = [
        (_("Danger"), next((_(name) for code, name in DANGERS.items() if code == kind), "")),
        (_("Stage"), stage_words(stage) if stage else ""),
        (_("Owner"), _("nobody") if asked.get("owner") == "" else asked.get("owner") or ""),
    ]
    read = partial(_read_lost, dict(asked), status_names())
    return Listing("never-lost", _("Never lost"), _seen(headings, "customer", "phone"), read, told)


def _seen(headings: Mapping[str, str], *personal: str) -> dict[str, str]:
    """The columns for this reader: who may not see personal data gets none of it, masked or not."""
    hidden = () if may(Permission.PERSONAL_DATA_VIEW) else personal
    return {name: heading for name, heading in headings.items() if name not in hidden}


_ORDERS: Schema = {
    "number": pl.String, "external_ref": pl.String, "placed_at": MOMENT, "customer": pl.String, "status": pl.String,
    "group": pl.String, "lines": pl.Int64, "total": MONEY, "currency": pl.String, "paid": pl.String,
    "promised_at": MOMENT, "late": pl.String, "manager": pl.String, "warehouse": pl.String, "channel": pl.String,
}  # fmt: skip


def _read_orders(filters: QueueFilters, sort: str, names: Mapping[str, str], ask: Ask) -> tuple[pl.DataFrame, bool]:
    parts = [pl.DataFrame(schema=_ORDERS)]

    def take(rows: Sequence[OrderRow]) -> None:
        parts.append(_frame(_ORDERS, [_order(row, names) for row in rows]))

    is_all = ask(hand_over_orders, now=datetime.now(UTC), filters=filters, sort=sort, take=take)
    return pl.concat(parts), is_all


def _order(row: OrderRow, names: Mapping[str, str]) -> tuple[object, ...]:
    return (
        row.number, row.external_ref, row.placed_at, row.customer, names.get(row.status, row.status_name),
        group_name(row.status_group), row.line_count, row.total, row.currency, _(PAID[row.paid_state]),
        row.promised_at, _("late") if row.is_late else "", person_name(row.manager_name or ""), row.warehouse,
        _(row.channel_name),
    )  # fmt: skip


_CUSTOMERS: Schema = {
    "id": pl.Int64, "name": pl.String, "kind": pl.String, "region": pl.String, "phone": pl.String, "email": pl.String,
    "tags": pl.String, "manager": pl.String, "orders": pl.Int64, "open_orders": pl.Int64, "value": MONEY,
    "currency": pl.String, "last_order_at": MOMENT, "created_at": MOMENT,
}  # fmt: skip


def _read_customers(filters: Mapping[str, Any], ask: Ask) -> tuple[pl.DataFrame, bool]:
    rows = ask(export_customers, now=datetime.now(UTC), **filters)
    kinds = {"b2b": _("Company"), "b2c": _("Person")}
    told = [
        (
            row.id, row.name, kinds.get(row.kind, row.kind), row.region, row.phone, row.email, ", ".join(row.tags),
            person_name(row.manager_name or ""), row.orders, row.open_orders, row.value, row.currency,
            row.last_order_at, row.created_at,
        )
        for row in rows
    ]  # fmt: skip
    return _frame(_CUSTOMERS, told), len(rows) < MOST_CUSTOMERS


_STOCK: Schema = {
    "sku": pl.String, "name": pl.String, "warehouse": pl.String, "on_hand": QUANTITY, "reserved": QUANTITY,
    "available": QUANTITY, "on_order": QUANTITY,
}  # fmt: skip


def _read_stock(q: str, warehouse: str | None, ask: Ask) -> tuple[pl.DataFrame, bool]:
    rows = ask(list_stock, q=q, warehouse=warehouse, limit=None)
    return _frame(_STOCK, [tuple(getattr(row, name) for name in _STOCK) for row in rows]), True


_TASKS: Schema = {
    "kind": pl.String, "title": pl.String, "number": pl.String, "customer": pl.String, "who": pl.String,
    "due_at": MOMENT, "done_at": MOMENT, "note": pl.String, "created_at": MOMENT,
}  # fmt: skip


def _read_tasks(asked: Mapping[str, str | None], is_done: bool, ask: Ask) -> tuple[pl.DataFrame, bool]:
    rows: list[tuple[object, ...]] = []
    cursor, now = None, datetime.now(UTC)
    while len(rows) < MOST_TASKS:
        page = ask(list_tasks, now=now, is_done=is_done, cursor=cursor, limit=MOST, **asked)
        rows += [_task(task) for task in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    return _frame(_TASKS, rows[:MOST_TASKS]), cursor is None


def _task(task: TaskView) -> tuple[object, ...]:
    return (
        kind_name(task.kind), title_of(task), task.number, task.customer, person_name(task.assignee_name or ""),
        task.due_at, task.done_at, task.note, task.created_at,
    )  # fmt: skip


_LOST: Schema = {
    "kind": pl.String, "number": pl.String, "task": pl.String, "since": MOMENT, "status": pl.String,
    "stage": pl.String, "owner": pl.String, "customer": pl.String, "phone": pl.String, "total": MONEY,
    "currency": pl.String, "promised_at": MOMENT,
}  # fmt: skip


def _read_lost(asked: Mapping[str, str | None], names: Mapping[str, str], ask: Ask) -> tuple[pl.DataFrame, bool]:
    rows: list[LostRow] = ask(export_lost, now=datetime.now(UTC), **asked)
    told = [
        (
            _(DANGERS[row.kind]), row.number, row.task, row.since, names.get(row.status or "", row.status_name),
            stage_words(row.stage), person_name(row.owner_name or ""), row.customer, row.phone, row.total,
            row.currency, row.promised_at,
        )
        for row in rows
    ]  # fmt: skip
    return _frame(_LOST, told), len(rows) < MOST_LOST


def _frame(schema: Schema, rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(schema), orient="row")
