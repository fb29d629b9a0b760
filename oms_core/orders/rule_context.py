"""Contexts of orders: what conditions are judged by, read set-based as this transaction sees it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from oms_core.db import numbers
from oms_core.orders.rule_context_sql import CUSTOMER, ORDER, orders_statement
from oms_core.orders.rule_facts import context_of_facts
from oms_core.orders.rule_parts import Change, CustomerFacts, Facts, LineFacts, OrderFacts, PaymentFacts
from oms_core.workflow.vocabulary import FIELDS_BY_PATH

ALL_FIELDS = frozenset(FIELDS_BY_PATH)


def contexts(
    session: Session, order_ids: Sequence[int], *, now: datetime, change: Change | Mapping[str, Any] | None = None,
    fields: frozenset[str] = ALL_FIELDS,
) -> dict[int, dict[str, Any]]:  # fmt: skip
    """Read orders as they stand in this transaction, each as a whole context, in one statement.

    Of ``fields`` alone it is sure that they are read: what is left out says that nothing is known. ``change`` is what
    is being done to them, as a ``Change`` or the fields of ``change.…`` by name.
    """
    return read_contexts(session, order_ids, now=now, change=change or {}, fields=fields)[1]


def read_contexts(
    session: Session, order_ids: Sequence[int], *, now: datetime, change: Change | Mapping[str, Any],
    fields: frozenset[str],
) -> tuple[str, dict[int, dict[str, Any]]]:  # fmt: skip
    """The contexts, and with them the stamp of the rules in force, which the same statement reads."""
    done = change if isinstance(change, Change) else change_of(change)
    stamp, found = read_facts(session, order_ids, fields=fields)
    return stamp, {order_id: context_of_facts(facts, done, now) for order_id, facts in found.items()}


def read_facts(session: Session, order_ids: Sequence[int], *, fields: frozenset[str]) -> tuple[str, dict[int, Facts]]:
    """The plain facts that contexts are made of, and the stamp of the rules in force."""
    session.flush()
    statement, names = orders_statement(fields)
    stamp, found = "", {}
    for row in statement.run(session, (numbers(order_ids),)):
        stamp = row[0] or ""
        order_id, facts = _facts(row[1:], names)
        found[order_id] = facts
    return stamp, found


def change_of(said: Mapping[str, Any]) -> Change:
    """Read a change from the fields of ``change.…`` by name."""
    return Change(**{"kind": "", **{"from_status" if name == "from" else name: value for name, value in said.items()}})


def _facts(row: Sequence[Any], names: Sequence[str]) -> tuple[int, Facts]:
    order_id, *plain = row[: len(ORDER)]
    read = dict(zip(names, row[len(ORDER) + len(CUSTOMER) :], strict=True))
    order = OrderFacts(*plain)
    for name in ("tags", "holds", "duplicates", "shipped_at", "delivered_at", "warehouses"):
        if name in read:
            setattr(order, name, read[name])
    lines = [_line(line) for line in read.get("lines") or ()]
    customer = customer_facts(row[len(ORDER) : len(ORDER) + len(CUSTOMER)], read)
    return order_id, Facts(order, lines, customer, _payments(read))


def _line(row: Sequence[Any]) -> LineFacts:
    """JSON writes a round number as a whole one, which conditions would tell from a fraction."""
    plain: list[Any] = [float(value) if type(value) is int else value for value in row]
    return LineFacts(*plain)


def customer_facts(plain: Sequence[Any], read: Mapping[str, Any]) -> CustomerFacts:
    """A customer from a row's columns and what else was read of them, by name."""
    customer = CustomerFacts(*plain)
    customer.phone, customer.email = read.get("phone", ""), read.get("email", "")
    customer.open_value = read.get("open_value", 0.0)
    if "earlier" in read:
        before, cancelled, hours = read["earlier"]
        customer.orders_before, customer.cancelled_before, customer.hours_since_order = before, cancelled, hours
    return customer


def _payments(read: Mapping[str, Any]) -> PaymentFacts:
    methods, last = read.get("payments") or (None, None)
    return PaymentFacts(methods or (), None if last is None else datetime.fromtimestamp(last, UTC))
