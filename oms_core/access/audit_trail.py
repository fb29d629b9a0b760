"""The audit as it is read: who changed which row, page by page, the latest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.audit import AuditEntry
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires

HIDDEN = "•••"
MAX_PAGE = 500
_PERSONAL_TABLES = frozenset({"customers", "contacts", "addresses", "messages"})
_PERSONAL_COLUMNS = frozenset({"ship_to", "email", "phone", "comment"})
_COST_COLUMNS = frozenset({"unit_cost"})


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One change of one row; ``actor`` is a login, None where somebody wrote past the door."""

    id: int
    recorded_at: datetime
    actor: str | None
    table: str
    row_key: str
    action: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page; ``next_before`` continues it, None on the last."""

    rows: tuple[AuditRow, ...]
    next_before: int | None


@requires(Permission.AUDIT_VIEW)
def list_audit(
    session: Session, *, actor: Actor, table: str | None = None, by: str | None = None, row: str | None = None,
    since: datetime | None = None, until: datetime | None = None, before: int | None = None, limit: int = 50,
) -> AuditPage:  # fmt: skip
    """Read one page: changes of ``table``, made ``by`` a login, of the row whose key holds ``row``, in [since, until).

    What the actor may not see elsewhere — personal data, costs — is hidden here too.
    """
    size = max(1, min(limit, MAX_PAGE))
    query = (
        select(AuditEntry, User.login)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .order_by(AuditEntry.id.desc())
        .limit(size + 1)
    )
    if table is not None:
        query = query.where(AuditEntry.table_name == table)
    if by is not None:
        query = query.where(User.login == by)
    if row:
        query = query.where(AuditEntry.row_key.contains(row, autoescape=True))
    if since is not None:
        query = query.where(AuditEntry.recorded_at >= since)
    if until is not None:
        query = query.where(AuditEntry.recorded_at < until)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    found = session.execute(query).all()
    rows = tuple(_shown(entry, login, actor) for entry, login in found[:size])
    return AuditPage(rows, rows[-1].id if len(found) > size else None)


@requires(Permission.AUDIT_VIEW)
def list_audited_tables(session: Session) -> list[str]:
    """The tables of which anything was ever audited, by name."""
    # A loose scan of the index: a plain DISTINCT would read the whole audit.
    tables: list[str] = []
    while (name := session.scalar(_next_table(tables[-1] if tables else ""))) is not None:
        tables.append(name)
    return tables


@requires(Permission.AUDIT_VIEW)
def list_names(session: Session) -> dict[int, str]:
    """Everybody's name by the id that audited rows hold, those who left too."""
    return {row.id: row.name for row in session.execute(select(User.id, User.name))}


def _next_table(after: str) -> Any:  # noqa: ANN401 - SQLAlchemy's own name for it is private
    return select(AuditEntry.table_name).where(AuditEntry.table_name > after).order_by(AuditEntry.table_name).limit(1)


def _shown(entry: AuditEntry, login: str | None, actor: Actor) -> AuditRow:
    return AuditRow(
        entry.id, entry.recorded_at, login, entry.table_name, entry.row_key, entry.action,
        _visible(entry.table_name, entry.before, actor), _visible(entry.table_name, entry.after, actor),
    )  # fmt: skip


def _visible(table: str, values: Mapping[str, Any] | None, actor: Actor) -> Mapping[str, Any] | None:
    if values is None:
        return None
    hidden: set[str] = set() if actor.may(Permission.COST_VIEW) else set(_COST_COLUMNS)
    if not actor.may(Permission.PERSONAL_DATA_VIEW):
        hidden |= set(values) if table in _PERSONAL_TABLES else _PERSONAL_COLUMNS
    return {name: HIDDEN if name in hidden and value is not None else value for name, value in values.items()}
