"""Builders of customers with a past."""

import json
from datetime import timedelta
from typing import Any

from building import NOON, a_stocked_product, an_order
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, load_actor
from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.customers.registration import CustomerRef, resolve_customer

LATER = NOON + timedelta(days=1)


def known(session: Session, name: str, **facts: Any) -> int:
    """Add a customer who can be reached as ``facts`` say."""
    return resolve_customer(session, CustomerRef(name=name, **facts))


def goods(session: Session, sku: str = "MUG", stock: int = 10_000) -> str:
    """Add a product of which there is plenty."""
    a_stocked_product(session, sku, stock)
    return sku


def orders_of(session: Session, customer_id: int, count: int, *, sku: str = "MUG", days: int = 0) -> list[str]:
    """Let a customer order one of a product, as often as said, the last one ``days`` before noon."""
    return [
        an_order(
            session, {sku: 1}, customer=CustomerRef(id=customer_id), now=NOON - timedelta(days=days + count - place)
        ).number
        for place in range(1, count + 1)
    ]


def someone(session: Session, role: Role, *, without: tuple[Permission, ...] = ()) -> Actor:
    """A person of a role, without some of its permissions."""
    login = f"a_{role.value}_{len(without)}"
    user_id = session.execute(
        text("INSERT INTO users (login, name) VALUES (:login, :login) RETURNING id"), {"login": login}
    ).scalar_one()
    session.execute(text("INSERT INTO user_roles VALUES (:id, :role)"), {"id": user_id, "role": role.value})
    actor = load_actor(session, user_id=user_id, login=login)
    return Actor(actor.id, actor.login, actor.roles, actor.permissions - set(without))


# What a merge and its undoing must leave as it was; versions and sequences grow with every write.
_KEPT = {
    "customers": "to_jsonb(t) - 'version'", "contacts": "to_jsonb(t)", "addresses": "to_jsonb(t)",
    "tasks": "to_jsonb(t)", "messages": "to_jsonb(t)", "contact_attempts": "to_jsonb(t)", "quotations": "to_jsonb(t)",
    "users": "to_jsonb(t)", "orders": "to_jsonb(t) - 'last_sequence'",
}  # fmt: skip


def checksums(session: Session) -> dict[str, str]:
    """A checksum of every table that a merge writes to."""
    session.flush()
    return {
        table: str(session.scalar(text(f"SELECT md5(string_agg(({row})::text, '' ORDER BY id)) FROM {table} t")))
        for table, row in _KEPT.items()
    }


def row_of(session: Session, table: str, **where: Any) -> dict[str, Any]:
    """One row of a table as plain values."""
    condition = " AND ".join(f"{name} = :{name}" for name in where)
    found = session.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {condition}"), where).scalar_one()
    return json.loads(found)
