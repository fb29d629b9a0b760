"""A sound order: what differs from it is all that a test must say."""

from collections.abc import Mapping
from typing import Any

from oms_core.workflow.vocabulary import context_of, empty_line

PARTS: dict[str, dict[str, Any]] = {
    "order": {
        "number": "100001", "type": "sale", "channel": "desk", "status": "new", "group": "new", "currency": "EUR",
        "manager": "anna", "has_manager": True, "total": 104.9, "net": 85.0, "gross": 100.0, "tax": 15.0,
        "shipping": 4.9, "margin": 25.0, "margin_percent": 29.4, "has_cost": True, "paid": 104.9, "paid_percent": 100.0,
        "is_paid": True, "refundable": 104.9, "line_count": 1.0, "quantity": 10.0, "age_hours": 2.0,
        "hours_to_promise": 70.0, "promised_weekday": 3.0, "has_address": True, "address": "12 Long Street, Kraków",
        "region": "Kraków",
    },
    "customer": {
        "id": 7.0, "kind": "b2c", "name": "Ada Lovelace", "phone": "+48 600 100 200", "email": "ada@shop.example",
        "has_phone": True, "has_email": True, "orders_before": 3.0, "hours_since_order": 300.0,
    },
    "payments": {"count": 1.0, "methods": ["card"], "last_method": "card", "hours_since_last": 1.0},
    "stock": {"reserved_quantity": 10.0, "warehouses": 1.0},
    "change": {"kind": "place", "actor": "anna", "roles": ["manager"], "to": "new", "to_group": "new"},
    "now": {"hour": 12.0, "weekday": 2.0, "day": 3.0, "month": 3.0},
}  # fmt: skip
LINE = empty_line() | {
    "position": 1.0, "sku": "MUG", "name": "Mug", "quantity": 10.0, "open": 10.0, "reserved": 10.0, "unit_price": 10.0,
    "list_price": 10.0, "below_list_percent": 0.0, "net": 85.0, "gross": 100.0, "unit_cost": 6.0,
    "margin_percent": 29.4, "tax_percent": 23.0, "repeats": 1.0,
}  # fmt: skip


def sound_order(differs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A whole context that nothing is wrong with, but for what ``differs`` says by part; ``lines`` are a list."""
    said = differs or {}
    parts = {part: fields | dict(said.get(part, {})) for part, fields in PARTS.items()}
    return context_of(parts, [LINE | line for line in said.get("lines", [{}])])
