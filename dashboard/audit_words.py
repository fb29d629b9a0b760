"""Words of the audit: what tables and columns are called, and how their values are said."""

import json
from collections.abc import Mapping
from datetime import date, datetime

from dashboard import display
from dashboard.audit_columns import COLUMNS
from dashboard.translation import _, n_
from dashboard.words import person_name

TABLES = {
    "absences": n_("Absences"), "addresses": n_("Addresses"), "api_tokens": n_("API tokens"),
    "approval_policies": n_("Limits of approval"), "approval_requests": n_("Approvals"),
    "auth_sessions": n_("Sign-ins"), "automation_rules": n_("Automation"),
    "calendar_exceptions": n_("Days that differ"), "calendar_rules": n_("Hours of the week"),
    "cancel_reasons": n_("Cancel reasons"), "cancellations": n_("Cancellations"), "categories": n_("Categories"),
    "channels": n_("Channels"), "contacts": n_("Contacts"), "customers": n_("Customers"),
    "delegations": n_("Stand-ins"), "hold_policies": n_("Holds: settings"), "messages": n_("Messages"),
    "order_holds": n_("Holds of orders"), "order_lines": n_("Order lines"), "order_tags": n_("Tags of orders"),
    "order_types": n_("Order types"), "orders": n_("Orders"), "payments": n_("Payments"),
    "price_lists": n_("Price lists"), "prices": n_("Prices"), "products": n_("Products"),
    "purchase_order_lines": n_("Purchase lines"), "purchase_orders": n_("Purchases"), "refunds": n_("Refunds"),
    "replenishment_policies": n_("Replenishment: settings"), "replenishment_proposals": n_("Proposals to buy"),
    "replenishment_targets": n_("Replenishment: service wanted"),
    "replenishment_snoozes": n_("Suggestions put off"), "supplier_order_terms": n_("Minimum order values"),
    "supplier_closures": n_("Closed days of suppliers"),
    "role_permissions": n_("Role permissions"), "statuses": n_("Statuses"), "suppliers": n_("Suppliers"),
    "delivery_methods": n_("Delivery methods"), "order_templates": n_("Order templates"),
    "quotations": n_("Quotations"), "quotation_lines": n_("Lines of quotations"),
    "customer_merges": n_("Merged customers"), "customer_segments": n_("Segments of customers"),
    "digest_subscriptions": n_("Digests"),
    "hourly_costs": n_("Cost of an hour"), "metric_targets": n_("Targets"), "metric_alert_rules": n_("Rules of alerts"),
    "import_mappings": n_("Import mappings"), "channel_feeds": n_("Feeds"),
    "inbound_messages": n_("Inbound messages"), "anomaly_verdicts": n_("Verdicts on suspicions"),
    "supply_terms": n_("Terms of supply"), "tasks": n_("Tasks"), "teams": n_("Teams"),
    "transitions": n_("Moves"), "user_roles": n_("Roles of people"), "users": n_("People"),
    "validation_rules": n_("Rules"), "warehouses": n_("Warehouses"), "work_calendars": n_("Working hours"),
}  # fmt: skip
_PEOPLE = frozenset(
    {"user_id", "lead_id", "manager_id", "actor_id", "assignee_id", "delegate_id", "decided_by_id", "created_by",
     "decided_by", "requested_by", "done_by", "by_id"}
)  # fmt: skip


def table_name(table: str) -> str:
    """Say a table; one without words of ours by its own name."""
    return _(TABLES[table]) if table in TABLES else table.replace("_", " ")


def column_name(column: str) -> str:
    """Say a column."""
    return _(COLUMNS[column]) if column in COLUMNS else column.removesuffix("_id").replace("_", " ")


def value_words(column: str, value: object, people: Mapping[int, str]) -> str:
    """Say a value: people by their names, yes and no, nothing as a dash."""
    if value is None:
        return display.NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and (told := _time_words(column, value)):
        return told
    if column in _PEOPLE and isinstance(value, int) and value in people:
        return person_name(people[value])
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _time_words(column: str, value: str) -> str:
    """Say a moment or a day as screens do; empty where the column holds neither."""
    try:
        if column.endswith("_at"):
            return display.moment(datetime.fromisoformat(value))
        return display.day(date.fromisoformat(value)) if column.endswith(("_on", "_day")) or column == "day" else ""
    except ValueError:  # the hours of a week are kept as opens_at and closes_at
        return ""


def row_words(table: str, row_key: str, people: Mapping[int, str]) -> str:
    """Say which row it was: a person by name, another by what it is kept under."""
    key: dict[str, object] = json.loads(row_key)
    if table == "users":
        key = {"user_id": key.get("id")}
    said = (value_words(column, value, people) for column, value in key.items())
    return " · ".join(said)
