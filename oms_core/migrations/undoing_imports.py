"""What the database itself knows of undoing an import: one function may take back what else is never removed."""

AUDIT_ROW = """
CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    becomes jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    named jsonb := coalesce(becomes, was);
    row_key text := (SELECT jsonb_object_agg(key, named -> key)::text FROM unnest(TG_ARGV) AS key);
    secret text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, becomes -> o.key) INTO was, becomes
        FROM jsonb_each(was) o WHERE o.value IS DISTINCT FROM becomes -> o.key;
        IF was IS NULL THEN
            RETURN NULL;  -- nothing differs
        END IF;
    END IF;
    FOREACH secret IN ARRAY ARRAY['password_hash', 'token_hash'] LOOP
        IF was ->> secret IS NOT NULL THEN
            was := was || jsonb_build_object(secret, '(secret)');
        END IF;
        IF becomes ->> secret IS NOT NULL THEN
            becomes := becomes || jsonb_build_object(secret, '(secret)');
        END IF;
    END LOOP;
    INSERT INTO audit_log (actor_id, table_name, row_key, action, before, after)
    VALUES (nullif(current_setting('oms.actor', true), '')::bigint, TG_TABLE_NAME, row_key, lower(TG_OP), was, becomes);
    RETURN NULL;
END $$
"""

# Looked up for every order that is removed.
LOOKED_BACK = (
    ("orders", "duplicate_of_id", "duplicate_of_id IS NOT NULL"),
    ("orders", "copied_from_id", "copied_from_id IS NOT NULL"),
    ("cancellations", "order_line_id", ""),
    ("idempotency_keys", "order_id", ""),
    ("shipment_events", "shipment_id", "shipment_id IS NOT NULL"),
)

# The stack of calls cannot be set by a session, as a setting could be.
CALLED_BY_UNDO = r"""
CREATE FUNCTION called_by_undo() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    stack text;
BEGIN
    GET DIAGNOSTICS stack = PG_CONTEXT;
    RETURN stack ~ '(^|\n)PL/pgSQL function undo_import\(bigint\) line';
END $$
"""

BUT_UNDO = """    IF TG_OP = 'DELETE' AND called_by_undo() THEN
        RETURN OLD;  -- told by the one row of its batch
    END IF;
"""

REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{but}    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only';
END $$
"""

_NOT_NOTED = """NOT EXISTS (SELECT FROM import_entries n WHERE n.batch_id = the_batch AND n.table_name = '{table}'
            AND x.id BETWEEN n.first_id AND n.last_id)"""
# Born with the order or its work: what the batch did not note came later.
_LATER = ("order_events", "tasks", "messages", "alerts", "approval_requests", "automation_runs")
_NEVER_OF_AN_IMPORT = ("contact_attempts", "returns", "refunds", "quotations", "fulfilments", "order_changes")


def _orders_with(table: str, condition: str = "true") -> str:
    return f"""
    SELECT 'order', o.number::text, '{table}' FROM orders o
    WHERE o.import_batch_id = the_batch AND EXISTS (SELECT FROM {table} x WHERE x.order_id = o.id AND {condition})"""


def _named_by(table: str, noted: str, what: str, label: str, condition: str) -> str:
    return f"""
    SELECT '{what}', t.{label}::text, '{table}' FROM import_entries n
    JOIN {noted} t ON t.id BETWEEN n.first_id AND n.last_id
    WHERE n.batch_id = the_batch AND n.table_name = '{noted}'
      AND EXISTS (SELECT FROM {table} x WHERE {condition})"""


FAULTS = " UNION ALL ".join([
    *(_orders_with(table, _NOT_NOTED.format(table=table)) for table in _LATER),
    *(_orders_with(table) for table in _NEVER_OF_AN_IMPORT),
    *(
        f"""
    SELECT 'order', o.number::text, 'orders' FROM orders o JOIN orders x ON x.{column} = o.id
    WHERE o.import_batch_id = the_batch AND x.import_batch_id IS DISTINCT FROM the_batch"""
        for column in ("copied_from_id", "duplicate_of_id")
    ),
    """
    SELECT 'order', o.number::text, 'reservations' FROM orders o JOIN order_lines l ON l.order_id = o.id
    JOIN reservations x ON x.order_line_id = l.id
    WHERE o.import_batch_id = the_batch AND x.state NOT IN ('held', 'committed')""",
    _named_by("orders", "customers", "customer", "name",
              "x.customer_id = t.id AND x.import_batch_id IS DISTINCT FROM the_batch"),
    *(
        _named_by(table, "customers", "customer", "name", f"x.{column} = t.id")
        for table, column in (
            ("quotations", "customer_id"), ("contact_attempts", "customer_id"), ("users", "customer_id"),
            ("customer_merges", "kept_id"), ("customer_merges", "gone_id"),
        )
    ),
    *(
        _named_by(
            table, "customers", "customer", "name",
            "x.customer_id = t.id AND (x.order_id IS NULL OR NOT EXISTS (SELECT FROM orders o WHERE o.id = x.order_id"
            " AND o.import_batch_id = the_batch))",
        )
        for table in ("tasks", "messages")
    ),
    _named_by("customers", "customers", "customer", "name", "x.id = t.id AND x.version > 1"),
    _named_by(
        "order_lines", "products", "product", "sku",
        "x.product_id = t.id AND NOT EXISTS"
        " (SELECT FROM orders o WHERE o.id = x.order_id AND o.import_batch_id = the_batch)",
    ),
    *(
        _named_by(table, "products", "product", "sku", "x.product_id = t.id")
        for table in ("stock_levels", "quotation_lines", "purchase_order_lines", "replenishment_proposals")
    ),
    *(
        _named_by(table, "products", "product", "sku",
                  "x.product_id = t.id AND NOT EXISTS (SELECT FROM import_entries e WHERE e.batch_id = the_batch"
                  f" AND e.table_name = '{table}' AND e.after = to_jsonb(x))")
        for table in ("prices", "supply_terms")
    ),
    _named_by("products", "categories", "category", "code",
              "x.category_id = t.id AND NOT EXISTS (SELECT FROM import_entries e WHERE e.batch_id = the_batch"
              " AND e.table_name = 'products' AND (x.id BETWEEN e.first_id AND e.last_id"
              " OR (e.after ->> 'id')::bigint = x.id))"),
    _named_by("purchase_orders", "suppliers", "supplier", "code", "x.supplier_id = t.id"),
    _named_by("supply_terms", "suppliers", "supplier", "code",
              "x.supplier_id = t.id AND NOT EXISTS (SELECT FROM import_entries e WHERE e.batch_id = the_batch"
              " AND e.table_name = 'supply_terms' AND e.after = to_jsonb(x))"),
    """
    SELECT 'product', p.sku, 'stock_levels' FROM import_entries n
    JOIN products p ON p.id = (n.after ->> 'product_id')::bigint
    LEFT JOIN stock_levels x ON x.product_id = p.id AND x.location_id = (n.after ->> 'location_id')::bigint
    WHERE n.batch_id = the_batch AND n.table_name = 'stock_levels'
      AND (to_jsonb(x) IS DISTINCT FROM n.after
           OR coalesce(n.before ->> 'reserved', '0')::numeric <> (n.after ->> 'reserved')::numeric)""",
    """
    SELECT 'product', n.after ->> 'sku', 'products' FROM import_entries n
    LEFT JOIN products x ON x.id = (n.after ->> 'id')::bigint
    WHERE n.batch_id = the_batch AND n.table_name = 'products' AND n.before IS NOT NULL
      AND to_jsonb(x) IS DISTINCT FROM n.after""",
    *(
        f"""
    SELECT 'product', p.sku, '{table}' FROM import_entries n
    JOIN products p ON p.id = (n.after ->> 'product_id')::bigint
    WHERE n.batch_id = the_batch AND n.table_name = '{table}'
      AND NOT EXISTS (SELECT FROM {table} x WHERE x.product_id = p.id AND to_jsonb(x) = n.after)"""
        for table in ("prices", "supply_terms")
    ),
])  # fmt: skip

_OF_ORDERS = "order_id IN (SELECT id FROM orders WHERE import_batch_id = the_batch)"
_OF_SHIPMENTS = f"shipment_id IN (SELECT id FROM shipments WHERE {_OF_ORDERS})"
_NOTED = "IN (SELECT generate_series(first_id, last_id) FROM import_entries WHERE batch_id = the_batch"
_GO = "\n    ".join([
    f"DELETE FROM reservations WHERE order_line_id IN (SELECT id FROM order_lines WHERE {_OF_ORDERS});",
    f"DELETE FROM approval_steps WHERE request_id IN (SELECT id FROM approval_requests WHERE {_OF_ORDERS});",
    *(
        f"DELETE FROM {table} WHERE {_OF_ORDERS};"
        for table in (
            "approval_requests", "tasks", "messages", "alerts", "automation_runs", "order_tags", "order_holds",
            "assignment_intervals", "status_intervals", "order_events", "cancellations", "shipment_events",
        )
    ),
    f"DELETE FROM shipment_lines WHERE {_OF_SHIPMENTS};",
    f"DELETE FROM stock_moves WHERE reference IN (SELECT 'shipment:' || id FROM shipments WHERE {_OF_ORDERS});",
    *(
        f"DELETE FROM {table} WHERE {_OF_ORDERS};"
        for table in ("shipments", "payment_allocations", "idempotency_keys", "order_lines")
    ),
    "DELETE FROM payments WHERE id = ANY (paid);",
    "DELETE FROM orders WHERE import_batch_id = the_batch;",
    *(
        f"DELETE FROM {table} WHERE id {_NOTED} AND table_name = '{table}')"
        f" OR customer_id {_NOTED} AND table_name = 'customers');"
        for table in ("contacts", "addresses")
    ),
    *(
        f"DELETE FROM {table} x USING import_entries n WHERE n.batch_id = the_batch AND n.table_name = '{table}'"
        " AND to_jsonb(x) = n.after;\n"
        f"INSERT INTO {table} SELECT r.* FROM import_entries n, jsonb_populate_record(NULL::{table}, n.before) r"
        f" WHERE n.batch_id = the_batch AND n.table_name = '{table}' AND n.before IS NOT NULL;"
        for table in ("prices", "supply_terms")
    ),
    """UPDATE products p SET name = r.name, category_id = r.category_id, uom = r.uom, barcode = r.barcode,
           tax_rate = r.tax_rate
    FROM import_entries n, jsonb_populate_record(NULL::products, n.before) r
    WHERE n.batch_id = the_batch AND n.table_name = 'products' AND n.before IS NOT NULL AND p.id = r.id;""",
    "DELETE FROM stock_moves WHERE reference = 'import:' || the_batch;",
    """DELETE FROM stock_levels x USING import_entries n
    WHERE n.batch_id = the_batch AND n.table_name = 'stock_levels' AND n.before IS NULL
      AND x.location_id = (n.after ->> 'location_id')::bigint AND x.product_id = (n.after ->> 'product_id')::bigint;""",
    """UPDATE stock_levels x SET on_hand = (n.before ->> 'on_hand')::numeric FROM import_entries n
    WHERE n.batch_id = the_batch AND n.table_name = 'stock_levels' AND n.before IS NOT NULL
      AND x.location_id = (n.after ->> 'location_id')::bigint AND x.product_id = (n.after ->> 'product_id')::bigint;""",
    *(
        f"DELETE FROM {table} WHERE id {_NOTED} AND table_name = '{table}');"
        for table in ("customers", "products", "categories", "suppliers")
    ),
])  # fmt: skip

UNDO_IMPORT = f"""
CREATE FUNCTION undo_faults(the_batch bigint) RETURNS TABLE (what text, name text, found text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ {FAULTS} $$;

CREATE FUNCTION undo_import(the_batch bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    paid bigint[];
BEGIN
    PERFORM FROM import_batches WHERE id = the_batch AND state = 'active' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'import % is not active', the_batch USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM FROM orders WHERE import_batch_id = the_batch ORDER BY id FOR UPDATE;
    IF EXISTS (SELECT FROM undo_faults(the_batch)) THEN
        RAISE EXCEPTION 'import % is built on', the_batch USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO mart_dirty_days (channel_id, day, cause)
    SELECT DISTINCT o.channel_id, (moment AT TIME ZONE c.time_zone - c.day_start)::date, 'import.undone'
    FROM orders o JOIN channels c ON c.id = o.channel_id JOIN order_events e ON e.order_id = o.id,
         unnest(ARRAY[o.placed_at, e.occurred_at]) AS moment
    WHERE o.import_batch_id = the_batch
    UNION SELECT DISTINCT NULL::bigint, (done_at AT TIME ZONE 'UTC')::date, 'import.undone' FROM stock_moves
    WHERE reference = 'import:' || the_batch;
    SELECT array_agg(payment_id) INTO paid FROM payment_allocations WHERE {_OF_ORDERS};
    UPDATE stock_levels s SET reserved = s.reserved - r.quantity
    FROM (SELECT x.location_id, x.product_id, sum(x.quantity) AS quantity FROM reservations x
          JOIN order_lines l ON l.id = x.order_line_id JOIN orders o ON o.id = l.order_id
          WHERE o.import_batch_id = the_batch GROUP BY 1, 2) r
    WHERE s.location_id = r.location_id AND s.product_id = r.product_id;
    {_GO}
    UPDATE import_batches SET state = 'undone' WHERE id = the_batch;
    INSERT INTO audit_log (actor_id, table_name, row_key, action, before, after)
    VALUES (nullif(current_setting('oms.actor', true), '')::bigint, 'import_batches',
            jsonb_build_object('id', the_batch)::text, 'update', '{{"state": "active"}}', '{{"state": "undone"}}');
END $$;
"""
