"""A large load into a database that has no orders yet: guards taken down, then put up again and verified.

Indexes and keys that no foreign key points at are dropped and rebuilt, foreign keys NOT ENFORCED and then ENFORCED,
row-by-row triggers disabled and their rules checked set-based: all in the one transaction, so that a kill leaves
everything as it was. Where people work already nothing is taken down, because that locks the tables.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from psycopg2 import errors

from pipelines.bulk.copying import Cursor

# What the triggers of migration 0002 refuse on INSERT, over whole tables; each query returns the orders at fault.
_RULES = {
    "cancelled_needs_reason": """
        SELECT o.id FROM orders o JOIN statuses s ON s.code = o.status
        WHERE s.group_code = 'cancelled' AND NOT EXISTS (SELECT FROM cancellations c WHERE c.order_id = o.id)
        UNION ALL
        SELECT l.order_id FROM order_lines l
        LEFT JOIN (SELECT order_line_id, sum(quantity) AS quantity FROM cancellations GROUP BY 1) c
          ON c.order_line_id = l.id
        WHERE l.quantity_cancelled <> coalesce(c.quantity, 0)""",
    "cancelled_covers_all": """
        SELECT o.id FROM orders o JOIN statuses s ON s.code = o.status JOIN order_lines l ON l.order_id = o.id
        WHERE s.group_code = 'cancelled' AND l.quantity - l.quantity_shipped - l.quantity_cancelled > 0""",
    "one_open_interval": """
        SELECT o.id FROM orders o JOIN statuses s ON s.code = o.status
        LEFT JOIN (SELECT order_id FROM status_intervals WHERE left_at IS NULL) i ON i.order_id = o.id
        WHERE (s.group_code NOT IN ('done', 'cancelled')) <> (i.order_id IS NOT NULL)""",
    "no_work_on_hold": """
        SELECT o.id FROM orders o JOIN statuses s ON s.code = o.status JOIN order_holds h ON h.order_id = o.id
        WHERE s.group_code IN ('pick', 'ship') AND h.closed_at IS NULL""",
    "active_reason": """
        SELECT c.order_id FROM cancellations c JOIN cancel_reasons r ON r.code = c.reason WHERE NOT r.is_active""",
}


_KNOWS_NOT_ENFORCED = 180_000  # foreign keys that wait, since Postgres 18; an older server keeps its guards up


class GuardBroken(Exception):
    """Loaded rows break a guard of the database; a fault of the loader, and nothing was written."""

    def __init__(self, guard: str, order_ids: Sequence[int]) -> None:
        super().__init__(f"the loaded orders break the guard {guard}; for example ids {list(order_ids)}")
        self.guard = guard
        self.order_ids = list(order_ids)


@dataclass
class _Lifted:
    """What was taken down: definitions of keys and indexes, (table, foreign key)s and (table, trigger)s."""

    definitions: list[str] = field(default_factory=list)
    foreign_keys: list[tuple[str, str]] = field(default_factory=list)
    triggers: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def guarded_load(cursor: Cursor, tables: Sequence[str]) -> Iterator[bool]:
    """Make a large load into ``tables`` fast where nobody works yet; yields whether the guards were lifted.

    Lifted only by Postgres 18, when the database holds no order, the tables are ours to alter and nobody holds them;
    they stay locked until the transaction ends. Raises GuardBroken where the loaded rows break a trigger's rule and the
    database's own IntegrityError where they break a key; both leave the transaction to be rolled back.
    """
    lifted = _try_to_lift(cursor, tables)
    yield lifted is not None
    if lifted is not None:
        _put_back(cursor, lifted)


def _try_to_lift(cursor: Cursor, tables: Sequence[str]) -> _Lifted | None:
    if cursor.connection.server_version < _KNOWS_NOT_ENFORCED:
        return None
    lifted = None
    cursor.execute("SAVEPOINT lifting_guards")
    try:
        cursor.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SELECT EXISTS (SELECT FROM orders)")
        if not cursor.fetchone()[0]:
            lifted = _lift(cursor, tables)
    except (errors.InsufficientPrivilege, errors.LockNotAvailable, errors.DeadlockDetected):
        lifted = None
    if lifted is None:
        cursor.execute("ROLLBACK TO SAVEPOINT lifting_guards")
    cursor.execute("RELEASE SAVEPOINT lifting_guards")
    return lifted


def _lift(cursor: Cursor, tables: Sequence[str]) -> _Lifted:
    lifted = _Lifted(_drop_keys(cursor, tables) + _drop_indexes(cursor, tables))
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint"
        " WHERE contype = 'f' AND conenforced AND conrelid = ANY(%s::regclass[]) ORDER BY 1, 2",
        (list(tables),),
    )
    lifted.foreign_keys.extend(cursor.fetchall())
    for table, name in lifted.foreign_keys:
        cursor.execute(f"ALTER TABLE {table} ALTER CONSTRAINT {name} NOT ENFORCED")
    cursor.execute(
        "SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgenabled = 'O' AND tgtype & 4 > 0"  # 4: fires on INSERT
        " AND tgrelid = ANY(%s::regclass[]) ORDER BY 1, 2",
        (list(tables),),
    )
    lifted.triggers.extend(cursor.fetchall())
    for table, trigger in lifted.triggers:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    return lifted


def _drop_keys(cursor: Cursor, tables: Sequence[str]) -> list[str]:
    """Drop primary and unique keys that no foreign key points at; return the statements that add them again."""
    cursor.execute(
        "SELECT k.conrelid::regclass::text, quote_ident(k.conname), pg_get_constraintdef(k.oid) FROM pg_constraint k"
        " WHERE k.contype IN ('p', 'u') AND k.conrelid = ANY(%s::regclass[])"
        " AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = k.conindid) ORDER BY 1, 2",
        (list(tables),),
    )
    keys = cursor.fetchall()
    for table, name, _ in keys:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in keys]


def _drop_indexes(cursor: Cursor, tables: Sequence[str]) -> list[str]:
    """Drop indexes that belong to no constraint; return the statements that create them again."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i"
        " WHERE indrelid = ANY(%s::regclass[])"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid) ORDER BY 1",
        (list(tables),),
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    return [definition for _, definition in indexes]


def _put_back(cursor: Cursor, lifted: _Lifted) -> None:
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with pending checks cannot be altered
    for definition in lifted.definitions:
        cursor.execute(definition)
    for table, name in lifted.foreign_keys:
        cursor.execute(f"ALTER TABLE {table} ALTER CONSTRAINT {name} ENFORCED")
    for guard, broken in _RULES.items():
        cursor.execute(f"SELECT id FROM ({broken}) AS broken (id) LIMIT 5")
        if rows := cursor.fetchall():
            raise GuardBroken(guard, [order_id for (order_id,) in rows])
    for table, trigger in lifted.triggers:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
