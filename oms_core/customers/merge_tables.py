"""What belongs to a customer, table by table: what changes hands when two of them turn out to be one."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.journal import Entry, record

# The column that names the customer. Orders come first: whoever changes one holds it before anything that hangs on it.
TABLES: Mapping[str, str] = {
    "orders": "customer_id", "tasks": "customer_id", "messages": "customer_id", "contact_attempts": "customer_id",
    "quotations": "customer_id", "users": "customer_id", "customers": "merged_into_id", "contacts": "customer_id",
    "addresses": "customer_id",
}  # fmt: skip
# One and the same thing may stand with both: it is kept once. What makes two rows the same:
DOUBLES: Mapping[str, str] = {
    "contacts": "k.kind = g.kind AND k.normalised = g.normalised", "addresses": "k.details = g.details",
}  # fmt: skip


def rows_of(session: Session, table: str, customer_id: int) -> list[int]:
    """Ids of the customer's rows, locked in their order."""
    sql = f"SELECT id FROM {table} WHERE {TABLES[table]} = :customer ORDER BY id FOR NO KEY UPDATE"
    return list(session.scalars(text(sql), {"customer": customer_id}))


def hand_over(session: Session, table: str, ids: Sequence[int], *, to: int) -> None:
    """Give these rows to a customer."""
    if ids:
        sql = f"UPDATE {table} SET {TABLES[table]} = :to WHERE id = ANY (CAST(:ids AS bigint[]))"
        session.execute(text(sql), {"to": to, "ids": list(ids)})


def take_out_doubles(session: Session, table: str, *, gone_id: int, kept_id: int) -> list[dict[str, Any]]:
    """Remove what the other customer has too, and return it whole."""
    sql = f"""
        DELETE FROM {table} g USING {table} k
        WHERE g.customer_id = :gone AND k.customer_id = :kept AND {DOUBLES[table]} RETURNING to_jsonb(g)"""
    return list(session.scalars(text(sql), {"gone": gone_id, "kept": kept_id}))


def put_back(session: Session, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows again just as they were, ids included."""
    if rows:
        sql = f"""
            INSERT INTO {table} OVERRIDING SYSTEM VALUE
            SELECT r.* FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb)) r"""
        session.execute(text(sql), {"rows": json.dumps([dict(row) for row in rows])})


def not_with(session: Session, table: str, ids: Sequence[int], *, customer_id: int) -> list[int]:
    """Which of these rows are gone by now, or with somebody else."""
    sql = f"""
        SELECT i FROM unnest(CAST(:ids AS bigint[])) i
        WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.id = i AND t.{TABLES[table]} = :customer) ORDER BY i"""
    return list(session.scalars(text(sql), {"ids": list(ids), "customer": customer_id})) if ids else []


def tell_orders(
    session: Session,
    order_ids: Sequence[int],
    *,
    merge_id: int,
    former: int,
    present: int,
    actor_id: int,
    now: datetime,
) -> None:
    """Write into each order's history whose it is from now on; so its day is rebuilt in the marts, too."""
    payload = {"merge": merge_id, "former_customer": former, "customer": present}
    entries = [Entry(order_id, "order.customer_changed", now, payload=payload) for order_id in order_ids]
    record(session, entries, actor_id=actor_id)


def lock_orders(session: Session, order_ids: Sequence[int]) -> None:
    """Lock these orders in the order of their ids, as everybody does who needs several."""
    sql = "SELECT id FROM orders WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY id FOR NO KEY UPDATE"
    session.execute(text(sql), {"ids": list(order_ids)})
