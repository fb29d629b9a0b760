"""What rules are told of an order: every field of the vocabulary out of the plain facts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from oms_core.orders.rule_parts import Change, CustomerFacts, Facts, LineFacts, PaymentFacts


def context_of_facts(facts: Facts, change: Change, now: datetime) -> dict[str, Any]:
    """A whole context: what conditions are judged by."""
    local = now.astimezone(_zone(facts.order.time_zone))
    lines = [_line(line, facts.lines) for line in facts.lines]
    order = _order(facts, lines, now)
    return {
        "order": order,
        "lines": lines,
        "customer": _customer(facts.customer, owed=order["owed"]),
        "payments": _payments(facts.payments, now),
        "stock": {
            "short_lines": float(sum(line["backordered"] > 0 for line in lines)),
            "short_quantity": _total(line["backordered"] for line in lines),
            "reserved_quantity": _total(line["reserved"] for line in lines),
            "warehouses": float(facts.order.warehouses),
        },
        "change": change.part(),
        "now": {
            "hour": float(local.hour), "weekday": float(local.isoweekday()), "day": float(local.day),
            "month": float(local.month),
        },
    }  # fmt: skip


def percent(part: float, whole: float) -> float:
    """Per cent to four decimals, so that a bound met exactly is met; 0 of nothing."""
    return round(100 * part / whole, 4) if whole else 0.0


def address_of(ship_to: Mapping[str, Any] | None) -> str:
    """An address in one line."""
    return ", ".join(str(part) for part in (ship_to or {}).values() if part)


def _line(line: LineFacts, lines: Sequence[LineFacts]) -> dict[str, Any]:
    listed, cost = line.list_price, line.unit_cost
    still_open = round(line.quantity - line.shipped - line.cancelled, 3)
    return {
        "position": float(line.position), "sku": line.sku, "name": line.name, "category": line.category,
        "quantity": line.quantity, "open": still_open, "shipped": line.shipped, "cancelled": line.cancelled,
        "returned": line.returned, "reserved": line.reserved,
        "backordered": 0.0 if line.is_direct else max(0.0, round(still_open - line.reserved, 3)),
        "unit_price": line.unit_price, "list_price": listed,
        "below_list_percent": percent(listed - line.unit_price, listed) if listed else None,
        "discount": line.discount, "discount_percent": percent(line.discount, line.quantity * line.unit_price),
        "net": line.net, "gross": line.gross, "unit_cost": cost,
        "margin_percent": None if cost is None else percent(line.net - cost * line.quantity, line.net),
        "tax_percent": percent(line.tax_rate, 1), "is_direct": line.is_direct,
        "repeats": float(sum(other.sku == line.sku for other in lines)) if len(lines) > 1 else 1.0,
    }  # fmt: skip


def _order(facts: Facts, lines: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, Any]:
    order = facts.order
    zone = _zone(order.time_zone)
    kept = round(order.paid - order.refunded, 2)
    owed = max(0.0, round(order.total - kept, 2))
    listed = _total(line.quantity * line.unit_price for line in facts.lines)
    discount = round(_total(line.discount for line in facts.lines), 2)
    costs = [None if line.unit_cost is None else line.unit_cost * line.quantity for line in facts.lines]
    known = [cost for cost in costs if cost is not None]
    margin = round(order.net - _total(known), 2) if costs and len(known) == len(costs) else None
    quantity = _total(line.quantity for line in facts.lines)
    return {
        "number": order.number, "type": order.type, "channel": order.channel, "status": order.status,
        "group": order.group, "external_ref": order.external_ref, "currency": order.currency,
        "manager": order.manager, "has_manager": bool(order.manager), "priority": float(order.priority),
        "tags": list(order.tags), "comment": order.comment, "warehouse": order.warehouse, "total": order.total,
        "net": order.net, "gross": order.gross, "tax": order.tax, "shipping": order.shipping, "discount": discount,
        "discount_percent": percent(discount, listed), "margin": margin,
        "margin_percent": None if margin is None else percent(margin, order.net), "has_cost": margin is not None,
        "paid": order.paid, "paid_percent": percent(kept, order.total) if order.total else 100.0,
        "is_paid": owed == 0, "owed": owed, "refunded": order.refunded, "refundable": kept,
        "line_count": float(len(lines)), "quantity": quantity,
        "open_quantity": round(_total(line["open"] for line in lines), 3),
        "cancelled_percent": percent(_total(line.cancelled for line in facts.lines), quantity),
        "returned_percent": percent(_total(line.returned for line in facts.lines), quantity),
        "age_hours": _hours(order.placed_at, now), "hours_to_promise": _hours(now, order.promised_at),
        "hours_to_requested": _hours(now, order.requested_at), "promised_weekday": _weekday(order.promised_at, zone),
        "requested_weekday": _weekday(order.requested_at, zone), "days_since_shipped": _days(order.shipped_at, now),
        "days_since_delivered": _days(order.delivered_at, now), "has_address": bool(order.ship_to),
        "address": address_of(order.ship_to), "region": order.region,
        "is_backordered": any(line["backordered"] > 0 for line in lines), "is_held": bool(order.holds),
        "holds": list(order.holds), "duplicates": float(order.duplicates),
    }  # fmt: skip


def _customer(customer: CustomerFacts, *, owed: float) -> dict[str, Any]:
    limit = customer.credit_limit
    return {
        "id": float(customer.id), "kind": customer.kind, "name": customer.name, "phone": customer.phone,
        "email": customer.email, "has_phone": bool(customer.phone), "has_email": bool(customer.email),
        "region": customer.region, "tags": list(customer.tags), "orders_before": float(customer.orders_before),
        "cancelled_before": float(customer.cancelled_before),
        "cancelled_percent": percent(customer.cancelled_before, customer.orders_before),
        "hours_since_order": customer.hours_since_order, "open_value": customer.open_value, "credit_limit": limit,
        "credit_left": None if limit is None else round(limit - customer.open_value - owed, 2),
        "terms_days": float(customer.terms_days),
    }  # fmt: skip


def _payments(payments: PaymentFacts, now: datetime) -> dict[str, Any]:
    return {
        "count": float(len(payments.methods)), "methods": list(payments.methods),
        "last_method": payments.methods[-1] if payments.methods else "",
        "hours_since_last": _hours(payments.last_at, now),
    }  # fmt: skip


def _total(values: Iterable[float]) -> float:
    """A sum that is a fraction even of nothing."""
    return sum(values, 0.0)


def _hours(since: datetime | None, until: datetime | None) -> float | None:
    return None if since is None or until is None else (until - since).total_seconds() / 3600


def _days(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else (now - since).total_seconds() / 86_400


def _weekday(moment: datetime | None, zone: ZoneInfo) -> float | None:
    return None if moment is None else float(moment.astimezone(zone).isoweekday())


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
