"""Undoing a batch: everything it brought in goes again, or nothing, where somebody has built on it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, NotFound
from oms_core.inventory.backorders import lock_to_serve, reserve_backorders
from pipelines.imports.batches import take_turn

NAMED = 50  # of what was built on a batch; the message counts them all


@dataclass(frozen=True)
class Undone:
    """A batch that was undone, and how many orders went with it."""

    batch: int
    orders: int

    def to_json(self) -> dict[str, Any]:
        """The document of the command line."""
        return {"batch": self.batch, "orders": self.orders}


@dataclass(frozen=True)
class KeptBatch:
    """One import as it is remembered: who brought in what, and when."""

    batch: int
    kind: str
    channel: str | None
    files: str
    state: str
    started_at: datetime
    by: str
    orders: int
    customers: int
    products: int
    rejected: int


@dataclass(frozen=True)
class RejectedRow:
    """A row that a batch did not take in."""

    file: str
    line: int | None
    column: str | None
    code: str
    reason: str


_BATCHES = text("""
SELECT b.id, b.kind, c.code, coalesce((SELECT string_agg(f.name, ', ' ORDER BY f.id) FROM import_files f
       WHERE f.batch_id = b.id), ''), b.state, b.started_at, u.name,
       (SELECT count(*) FROM orders o WHERE o.import_batch_id = b.id),
       (SELECT coalesce(sum(last_id - first_id + 1), 0) FROM import_entries e
        WHERE e.batch_id = b.id AND e.table_name = 'customers'),
       (SELECT coalesce(sum(last_id - first_id + 1), 0) FROM import_entries e
        WHERE e.batch_id = b.id AND e.table_name = 'products'),
       (SELECT count(*) FROM import_rows r WHERE r.batch_id = b.id AND r.severity = 'error')
FROM import_batches b LEFT JOIN channels c ON c.id = b.channel_id JOIN users u ON u.id = b.actor_id
ORDER BY b.id DESC LIMIT :limit
""")
_REJECTED = text("""
SELECT file, line, "column", code, reason FROM import_rows
WHERE batch_id = :batch AND severity = 'error' ORDER BY file, line
""")
_ORDERS = text("SELECT id FROM orders WHERE import_batch_id = :batch ORDER BY id")
# What the batch reserved or received: the levels that change.
_PRODUCTS = text("""
SELECT DISTINCT r.product_id FROM reservations r JOIN order_lines l ON l.id = r.order_line_id
JOIN orders o ON o.id = l.order_id WHERE o.import_batch_id = :batch
UNION SELECT product_id FROM stock_moves WHERE reference = 'import:' || CAST(:batch AS text)
""")
_FAULTS = text("SELECT DISTINCT what, name, found FROM undo_faults(:batch) ORDER BY what, name, found")


@requires(Permission.IMPORT_RUN)
def list_batches(session: Session, *, limit: int = 50) -> list[KeptBatch]:
    """List the latest imports, newest first, undone ones too."""
    return [KeptBatch(*row) for row in session.execute(_BATCHES, {"limit": limit})]


@requires(Permission.IMPORT_RUN)
def list_rejected(session: Session, *, batch: int) -> list[RejectedRow]:
    """List the rows that a batch did not take in."""
    return [RejectedRow(*row) for row in session.execute(_REJECTED, {"batch": batch})]


@requires(Permission.IMPORT_RUN)
def undo_import(session: Session, *, actor: Actor, now: datetime, batch: int) -> Undone:
    """Take back everything a batch brought in; orders that wait for the stock it held are served.

    Raises ``NotFound``, and ``Conflict`` where it was undone before or something later refers to it
    (``import_built_on``; the rows name what) or it is older than the notes by which imports are undone
    (``import_not_noted``), and leaves everything then.
    """
    session.execute(text("SET LOCAL statement_timeout = 0"))
    take_turn(session.connection().connection.cursor())
    state = session.scalar(text("SELECT state FROM import_batches WHERE id = :batch FOR UPDATE"), {"batch": batch})
    if state is None:
        raise NotFound(f"There is no import {batch}.", code="unknown_import", rows=[{"import": batch}])
    if state != "active":
        raise Conflict(f"The import {batch} was undone before.", code="import_undone", rows=[{"import": batch}])
    orders = list(session.scalars(_ORDERS, {"batch": batch}))
    products = list(session.scalars(_PRODUCTS, {"batch": batch}))
    if products:
        lock_to_serve(session, products, also=orders)
    _refuse_built_on(session, batch)
    session.execute(text("SELECT undo_import(:batch)"), {"batch": batch})
    if products:
        reserve_backorders(session, actor=actor, now=now, product_ids=products)
    return Undone(batch, len(orders))


def _refuse_built_on(session: Session, batch: int) -> None:
    found = session.execute(_FAULTS, {"batch": batch}).all()
    if not found:
        return
    if any(row.what == "import" for row in found):
        raise Conflict(
            f"The import {batch} cannot be undone: it is from before imports noted what they changed.",
            code="import_not_noted",
            rows=[{"import": batch}],
        )
    kinds = Counter(what for what, _ in {(row.what, row.name) for row in found})
    told = ", ".join(f"{count} {what}{'s' * (count > 1)}" for what, count in sorted(kinds.items()))
    rows = [{"kind": row.what, "name": row.name, "found": row.found} for row in found[:NAMED]]
    raise Conflict(
        f"The import {batch} cannot be undone: {told} went on since. Nothing was changed.",
        code="import_built_on",
        rows=rows,
    )
