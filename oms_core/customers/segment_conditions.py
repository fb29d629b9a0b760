"""What makes up a segment: conditions on what customers are and what they bought, checked and turned into SQL. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from oms_core.customers.models import CustomerKind
from oms_core.customers.rfm import CLASSES, WINDOW_DAYS, class_sql
from oms_core.errors import Invalid

# Which comparisons a field knows. All conditions of a segment must hold.
OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "orders": ("at_least", "at_most"), "value": ("at_least", "at_most"), "last_order": ("within", "before"),
    "rfm": ("is", "is_not"), "category": ("bought", "not_bought"), "tag": ("is", "is_not"), "kind": ("is", "is_not"),
    "region": ("is", "is_not"),
}  # fmt: skip
MOST_CONDITIONS, MOST_WORDS, LONGEST_DAYS = 20, 50, 36_500
_NUMBERS = {"orders", "value", "last_order"}
_COLUMNS = {"kind": "c.kind", "region": "coalesce(c.region, '')"}
_FIGURES = """figures AS MATERIALIZED (
    SELECT customer_id, count(*) AS orders, max(placed_at) AS last_order_at,
           count(*) FILTER (WHERE placed_at >= :now - interval '{days} days') AS year_orders{sums}
    FROM orders
    WHERE NOT status = ANY (ARRAY(SELECT code FROM statuses WHERE group_code = 'cancelled'))
    GROUP BY customer_id
), """
_BOUGHT = """c.id IN (
    SELECT o.customer_id
    FROM order_lines l JOIN orders o ON o.id = l.order_id
    WHERE l.product_id IN (
        WITH RECURSIVE within AS (
            SELECT id FROM categories WHERE code = ANY (CAST(:{name} AS text[]))
            UNION SELECT g.id FROM categories g JOIN within w ON g.parent_id = w.id
        )
        SELECT p.id FROM products p JOIN within w ON w.id = p.category_id
    ) AND NOT o.status = ANY (ARRAY(SELECT code FROM statuses WHERE group_code = 'cancelled')))"""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; ``value`` is a number (of orders, money of ``currency``, days), or the words it may be."""

    field: str
    op: str
    value: Any
    currency: str | None = None


@dataclass
class Conditions:
    """What a customer ``c`` must meet, as SQL with its values bound; ``figures`` are read only where asked for."""

    clauses: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    sums: list[str] = field(default_factory=list)
    needs_figures: bool = False
    given: str = ""
    listed: str = "customers c"

    def require(self, clause: str, **values: object) -> None:
        """Add a condition."""
        self.clauses.append(clause)
        self.values.update(values)

    def narrow(self, given: str, listed: str, values: Mapping[str, Any]) -> None:
        """Go through ``listed`` instead of everybody, with the help of the query that is ``given`` beforehand."""
        self.given, self.listed = given, listed
        self.values.update(values)

    def fill(self, template: str) -> str:
        """Put the conditions into a statement with places for ``given``, ``listed``, ``joined`` and ``where``."""
        sums = "".join(f", {one}" for one in self.sums)
        figures = _FIGURES.format(days=WINDOW_DAYS, sums=sums) if self.needs_figures else ""
        return template.format(
            given=self.given + figures,
            listed=self.listed,
            joined="LEFT JOIN figures f ON f.customer_id = c.id" if self.needs_figures else "",
            where=" AND ".join(self.clauses) or "true",
        )


def read_conditions(definition: Sequence[Mapping[str, Any]]) -> list[Condition]:
    """Read conditions from plain values; raises ``Invalid`` naming each at fault (``conditions[2].value``)."""
    faults: list[dict[str, Any]] = []
    read: list[Condition] = []
    if not 1 <= len(definition) <= MOST_CONDITIONS:
        faults.append(_fault("conditions", len(definition), f"must name 1 to {MOST_CONDITIONS}"))
    for place, given in enumerate(definition):
        name, op, value = str(given.get("field")), given.get("op"), given.get("value")
        path = f"conditions[{place}]"
        if name not in OPERATIONS:
            faults.append(_fault(f"{path}.field", name, "is unknown"))
        elif op not in OPERATIONS[name]:
            faults.append(_fault(f"{path}.op", op, "is unknown"))
        elif name in _NUMBERS:
            faults += _number_faults(path, name, value, given.get("currency"))
        else:
            faults += _word_faults(path, name, value)
        read.append(Condition(name, str(op), value, given.get("currency")))
    if faults:
        told = "; ".join(f"{one['field']} {one['message']}" for one in faults[:5])
        raise Invalid(f"The segment cannot be kept so: {told}.", code="invalid_segment", rows=faults)
    return read


def as_conditions(read: Sequence[Condition], *, now: datetime) -> Conditions:
    """Turn what was read into SQL."""
    made = Conditions(values={"now": now})
    for place, one in enumerate(read):
        name = f"v{place}"
        clause, value = _clause(made, one, name)
        made.require(f"({clause})", **{name: value})
    return made


def as_document(read: Sequence[Condition]) -> list[dict[str, Any]]:
    """The conditions as they are kept."""
    return [
        {"field": one.field, "op": one.op, "value": one.value} | ({"currency": one.currency} if one.currency else {})
        for one in read
    ]


def _clause(made: Conditions, one: Condition, name: str) -> tuple[str, Any]:
    if one.field in _NUMBERS:
        return _number_clause(made, one, name)
    words = f"ANY (CAST(:{name} AS text[]))"
    negated = "NOT " if one.op in {"is_not", "not_bought"} else ""
    if one.field == "category":
        clause = _BOUGHT.format(name=name)
    elif one.field == "tag":
        clause = f"c.tags && CAST(:{name} AS text[])"
    elif one.field == "rfm":
        made.needs_figures = True
        clause = f"({class_sql('f.last_order_at', 'coalesce(f.year_orders, 0)')}) = {words}"
    else:
        clause = f"{_COLUMNS[one.field]} = {words}"
    return negated + clause, list(one.value)


def _number_clause(made: Conditions, one: Condition, name: str) -> tuple[str, Any]:
    made.needs_figures = True
    compared = ">=" if one.op in {"at_least", "within"} else "<" if one.op == "before" else "<="
    if one.field == "orders":
        return f"coalesce(f.orders, 0) {compared} :{name}", int(one.value)
    if one.field == "last_order":
        return f"f.last_order_at {compared} :now - make_interval(days => :{name})", int(one.value)
    made.sums.append(f"sum(total - refunded) FILTER (WHERE currency = :{name}_currency) AS {name}_value")
    made.values[f"{name}_currency"] = one.currency
    return f"coalesce(f.{name}_value, 0) {compared} :{name}", Decimal(str(one.value))


def _number_faults(path: str, name: str, value: object, currency: object) -> list[dict[str, Any]]:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    most = LONGEST_DAYS if name == "last_order" else 10**9
    whole = name == "value" or (number.is_finite() and number == number.to_integral_value())
    if isinstance(value, bool) or not number.is_finite() or not whole or not 0 <= number <= most:
        return [_fault(f"{path}.value", value, f"must be a number from 0 to {most}")]
    if name == "value" and not (isinstance(currency, str) and len(currency) == 3):
        return [_fault(f"{path}.currency", currency, "is needed")]
    return []


def _word_faults(path: str, name: str, value: object) -> list[dict[str, Any]]:
    allowed: set[str] | None = {"rfm": set(CLASSES), "kind": {kind.value for kind in CustomerKind}}.get(name)
    words: Sequence[Any] = value if isinstance(value, list | tuple) else ()
    if not 1 <= len(words) <= MOST_WORDS or not all(isinstance(one, str) and "\0" not in one for one in words):
        return [_fault(f"{path}.value", value, f"must name 1 to {MOST_WORDS}")]
    unknown = [word for word in words if allowed is not None and word not in allowed]
    return [_fault(f"{path}.value", unknown[0], "is unknown")] if unknown else []


def _fault(path: str, value: object, message: str) -> dict[str, Any]:
    return {"field": path, "value": value if isinstance(value, str | int | None) else str(value), "message": message}
