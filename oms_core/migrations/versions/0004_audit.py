"""Audit: a trigger on every table that people change tells who changed which row; nobody edits what it told

Revision ID: 0004
Revises: 0003
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# The arguments are the columns of the primary key. Of secrets only is told that they changed.
AUDIT_ROW = """
CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
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

# Everything people keep and configure: each row added, changed or removed.
KEPT = {
    "users": "id", "user_roles": "user_id,role", "role_permissions": "role,permission", "teams": "id",
    "absences": "id", "delegations": "id", "work_calendars": "id", "calendar_rules": "calendar_id,weekday,opens_at",
    "calendar_exceptions": "calendar_id,day", "statuses": "code", "order_types": "code", "transitions": "id",
    "cancel_reasons": "code", "validation_rules": "code", "automation_rules": "code", "hold_policies": "kind",
    "approval_policies": "code", "approval_requests": "id", "channels": "id", "warehouses": "id", "price_lists": "id",
    "replenishment_policies": "id",
    "order_tags": "order_id,tag", "tasks": "id", "messages": "id",
}  # fmt: skip
# What also comes by the thousand from files: rows added by a bulk load are told by its batch.
LOADED = {
    "products": "id", "prices": "price_list_id,product_id,min_quantity,valid_from", "customers": "id",
    "contacts": "id", "addresses": "id", "categories": "id", "suppliers": "id",
    "supply_terms": "supplier_id,product_id",
}  # fmt: skip
# What is born with an event that names the actor: only later changes of what people edit.
BORN_IN_THE_JOURNAL = {
    "orders": ("id", (
        "type", "external_ref", "external_status", "customer_id", "manager_id", "warehouse_id", "currency",
        "placed_at", "requested_at", "first_promised_at", "promised_at", "shipping", "comment", "ship_region",
        "ship_to", "priority", "is_test", "duplicate_of_id",
    )),
    "order_lines": ("id", ("product_id", "quantity", "unit_price", "discount", "tax_rate", "unit_cost", "supplier_id")),
    "order_holds": ("id", ("kind", "reference", "cause", "opened_at")),
    "cancellations": ("id", ("reason", "quantity", "note", "derived_cause")),
    "payments": ("id", ("gross", "method", "provider", "provider_ref")),
    "refunds": ("id", ("gross",)),
    "purchase_orders": ("id", ("supplier_id", "warehouse_id", "state")),
    "purchase_order_lines": ("id", ("product_id", "quantity", "unit_cost", "expected_on")),
    "replenishment_proposals": ("id", ("decision", "decided_by_id", "override_quantity", "why")),
}  # fmt: skip
# Rows that live on by themselves (last seen, last used): only what somebody did to them.
SIGNED = {"auth_sessions": "revoked_at", "api_tokens": "revoked_at"}

# Proposals nobody decided on are replaced by every run.
UNDECIDED_GO = {"replenishment_proposals": "OLD.decision <> 'undecided'"}
NOT_LOADED = "current_setting('oms.bulk', true) IS DISTINCT FROM 'on'"


def _trigger(table: str, name: str, events: str, keys: str, condition: str = "") -> str:
    arguments = ", ".join(f"'{key}'" for key in keys.split(","))
    when = f" WHEN ({condition})" if condition else ""
    return f"CREATE TRIGGER {name} AFTER {events} ON {table} FOR EACH ROW{when} EXECUTE FUNCTION audit_row({arguments})"


def _triggers() -> list[str]:
    made = [_trigger(table, "audit", "INSERT OR UPDATE OR DELETE", keys) for table, keys in KEPT.items()]
    for table, keys in LOADED.items():
        made.append(_trigger(table, "audit", "UPDATE OR DELETE", keys))
        made.append(_trigger(table, "audit_added", "INSERT", keys, NOT_LOADED))
    for table, (keys, columns) in BORN_IN_THE_JOURNAL.items():
        differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        made.append(_trigger(table, "audit", f"UPDATE OF {', '.join(columns)}", keys, differs))
        made.append(_trigger(table, "audit_removed", "DELETE", keys, UNDECIDED_GO.get(table, "")))
    for table, column in SIGNED.items():
        made.append(_trigger(table, "audit", f"UPDATE OF {column}", "id"))
    made.append(_trigger("api_tokens", "audit_added", "INSERT OR DELETE", "id"))
    return made


def upgrade() -> None:
    """Apply."""
    op.execute(AUDIT_ROW)
    for statement in _triggers():
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_log"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for table in ("audit_log", "order_events", "purchase_order_events"):
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Revert."""
    op.execute("DROP FUNCTION audit_row CASCADE")
    op.execute("DROP TRIGGER append_only ON audit_log")
    for table in ("audit_log", "order_events", "purchase_order_events"):
        op.execute(f"DROP TRIGGER never_emptied ON {table}")
