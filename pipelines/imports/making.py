"""What a batch makes and changes beside its orders, noted so that the batch can be undone."""

from collections.abc import Collection

from pipelines.bulk import Cursor

REGISTERS = ("categories", "products", "suppliers", "customers")
# What is born in the transaction that places an order; everything later is somebody's work on it.
_BORN = ("order_events", "tasks", "messages", "alerts", "approval_requests", "automation_runs")
_REACHED = ("contacts", "addresses")
_RANGES = """
INSERT INTO import_entries (batch_id, table_name, first_id, last_id)
SELECT %(batch)s, '{table}', min(id), max(id)
FROM (SELECT id, id - row_number() OVER (ORDER BY id) AS island FROM {table} WHERE {which}) made GROUP BY island
"""
# What was changed by this transaction bears its mark too: those rows are noted one by one before.
_ADDED_NOW = """xmin = pg_current_xact_id()::xid AND NOT EXISTS (SELECT FROM import_entries e
WHERE e.batch_id = %(batch)s AND e.table_name = '{table}' AND (e.after ->> 'id')::bigint = {table}.id)"""
_WRITTEN_NOW = """transaction_id = (pg_current_xact_id()::text)::bigint
AND order_id IN (SELECT id FROM orders WHERE import_batch_id = %(batch)s)"""
_MARKS = "SELECT " + ", ".join(
    f"coalesce((SELECT max(id) FROM {table}), 0)" for table in ("customers", *_REACHED)
)  # fmt: skip


def note_loaded(cursor: Cursor, batch_id: int) -> None:
    """Note what this transaction added to the registers, and the events of the batch's orders that it wrote."""
    for table in REGISTERS:
        cursor.execute(_RANGES.format(table=table, which=_ADDED_NOW.format(table=table)), {"batch": batch_id})
    cursor.execute(_RANGES.format(table="order_events", which=_WRITTEN_NOW), {"batch": batch_id})


def note_terms(cursor: Cursor, batch_id: int) -> None:
    """Note the terms of supply that this transaction added, row by row: they have no ids."""
    cursor.execute(
        "INSERT INTO import_entries (batch_id, table_name, after) SELECT %s, 'supply_terms', to_jsonb(x)"
        " FROM supply_terms x WHERE xmin = pg_current_xact_id()::xid",
        (batch_id,),
    )


def newest_of_customers(cursor: Cursor) -> tuple[int, int, int]:
    """Read how far the ids of customers and of ways to reach them go: what placing an order adds lies beyond."""
    cursor.execute(_MARKS)
    customers, contacts, addresses = cursor.fetchone()
    return customers, contacts, addresses


def note_placed(cursor: Cursor, batch_id: int, order_id: int, newest: tuple[int, int, int]) -> None:
    """Note what the transaction that placed this order made with it."""
    facts = {"batch": batch_id, "order": order_id}
    for table in _BORN:
        cursor.execute(_RANGES.format(table=table, which="order_id = %(order)s"), facts)
    whose = "{key} = (SELECT customer_id FROM orders WHERE id = %(order)s) AND id > %(mark)s"
    for table, mark in zip(("customers", *_REACHED), newest, strict=True):
        which = whose.format(key="id" if table == "customers" else "customer_id")
        cursor.execute(_RANGES.format(table=table, which=which), facts | {"mark": mark})


class ChangedRows:
    """Rows of a table as they were before a batch, noted afterwards where they differ; ``key`` tells them apart."""

    def __init__(self, cursor: Cursor, table: str, key: Collection[str], which: str) -> None:
        """Remember the rows for which ``which`` holds."""
        self.table, self._key, self._which = table, key, which
        cursor.execute(
            f"CREATE TEMPORARY TABLE was_{table} ON COMMIT DROP AS"
            f" SELECT to_jsonb(x) AS was FROM {table} x WHERE {which}"
        )

    def note(self, cursor: Cursor, batch_id: int, *, only_known: bool = False) -> None:
        """Note what was changed, and what was added unless ``only_known``."""
        same = " AND ".join(f"w.was -> '{name}' = to_jsonb(x) -> '{name}'" for name in self._key)
        join = "JOIN" if only_known else "LEFT JOIN"
        cursor.execute(
            "INSERT INTO import_entries (batch_id, table_name, before, after)"
            f" SELECT %s, '{self.table}', w.was, to_jsonb(x) FROM {self.table} x {join} was_{self.table} w ON {same}"
            f" WHERE ({self._which}) AND w.was IS DISTINCT FROM to_jsonb(x)",
            (batch_id,),
        )
