"""The statements that read what rules ask for: the order with its customer always, the rest only where it is asked."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from hashlib import sha256

from oms_core.db import Prepared
from oms_core.workflow.rule_set import STAMP

ORDER = (
    *("o.id", "o.number", "o.type", "h.code", "h.time_zone", "o.status", "s.group_code"),
    *("coalesce(o.external_ref, '')", "o.currency", "coalesce(m.login, '')", "o.priority", "o.comment"),
    *("coalesce(w.code, '')", "o.total::float8", "o.net::float8", "o.gross::float8", "o.tax::float8"),
    *("o.shipping::float8", "o.paid::float8", "o.refunded::float8", "o.placed_at", "o.requested_at"),
    *("o.promised_at", "coalesce(o.ship_region, '')", "o.ship_to"),
)
# What stands in another table, the fields for which it is, and what stands for it where none is asked: the server
# leaves out a join of which nothing is read.
_JOINED = {
    "h.code": (("order.channel",), "''"),
    "h.time_zone": (
        (
            *("order.promised_weekday", "order.requested_weekday"),
            *("now.hour", "now.weekday", "now.day", "now.month"),
        ),
        "'UTC'",
    ),
    "s.group_code": (("order.group",), "''"),
    "coalesce(m.login, '')": (("order.manager", "order.has_manager"), "''"),
    "coalesce(w.code, '')": (("order.warehouse",), "''"),
}
CUSTOMER = ("c.id", "c.kind", "c.name", "coalesce(c.region, '')", "c.tags", "c.credit_limit::float8", "c.terms_days")
_FIRST_CONTACT = """
coalesce((SELECT value FROM contacts k WHERE k.customer_id = c.id AND k.kind = '{kind}' ORDER BY k.id LIMIT 1), '')"""
# A filter, not a condition: where the server has no statistics yet, it would look through all that is reserved.
_RESERVED = "FILTER (WHERE r.state IN ('held', 'committed'))"
# By name: what is read, and the fields for which it is. Each gives one column.
_OF_CUSTOMER = {
    "phone": (_FIRST_CONTACT.format(kind="phone"), ("customer.phone", "customer.has_phone")),
    "email": (_FIRST_CONTACT.format(kind="email"), ("customer.email", "customer.has_email")),
    "earlier": (
        "q.earlier",
        (
            *("customer.orders_before", "customer.cancelled_before", "customer.cancelled_percent"),
            "customer.hours_since_order",
        ),
    ),
    "open_value": ("q.open_value", ("customer.open_value", "customer.credit_left")),
    "duplicates": ("q.duplicates", ("order.duplicates",)),
}
_BEFORE = "(e.placed_at, e.id) < (o.placed_at, o.id)"
# Of the customer's other orders, read together: what is counted, and which of them must be looked at for it.
_OF_OTHERS = {
    "earlier": (
        f"""ARRAY[count(*) FILTER (WHERE {_BEFORE}),
              count(*) FILTER (WHERE {_BEFORE} AND g.group_code = 'cancelled'),
              extract(epoch FROM o.placed_at - max(e.placed_at) FILTER (WHERE {_BEFORE})) / 3600]::float8[]""",
        "e.placed_at <= o.placed_at",
    ),
    "open_value": (
        """coalesce(sum(greatest(e.total - e.paid + e.refunded, 0))
                   FILTER (WHERE e.closed_at IS NULL AND e.id <> o.id), 0)::float8""",
        "e.closed_at IS NULL",
    ),
    "duplicates": (
        f"""count(*) FILTER (
            WHERE e.placed_at >= o.placed_at - interval '24 hours' AND {_BEFORE} AND g.group_code <> 'cancelled'
              AND (SELECT array_agg(l.product_id || 'x' || l.quantity ORDER BY l.product_id, l.quantity)
                   FROM order_lines l WHERE l.order_id = e.id) = {{goods}})""",
        "e.placed_at BETWEEN o.placed_at - interval '24 hours' AND o.placed_at",
    ),
}
_GOODS = """(SELECT array_agg(l.product_id || 'x' || l.quantity ORDER BY l.product_id, l.quantity)
                   FROM order_lines l WHERE l.order_id = o.id)"""
_LIST_PRICE = """(SELECT p.unit_price::float8 FROM prices p
                   WHERE p.price_list_id = h.price_list_id AND p.product_id = l.product_id
                     AND p.min_quantity <= greatest(l.quantity, 1) AND p.valid_from <= o.placed_at
                   ORDER BY p.min_quantity DESC, p.valid_from DESC LIMIT 1)"""
_LINES = f"""
(SELECT json_agg(json_build_array(
            l.position, p.sku, p.name, {{category}}, l.quantity::float8, l.unit_price::float8, {{list_price}},
            l.discount::float8, l.net::float8, l.gross::float8, l.unit_cost::float8, l.tax_rate::float8,
            l.supplier_id IS NOT NULL, l.quantity_shipped::float8, l.quantity_cancelled::float8,
            l.quantity_returned::float8,
            coalesce((SELECT sum(r.quantity) {_RESERVED} FROM reservations r WHERE r.order_line_id = l.id), 0)::float8
        ) ORDER BY l.position)
 FROM order_lines l JOIN products p ON p.id = l.product_id LEFT JOIN categories y ON y.id = p.category_id
 WHERE l.order_id = o.id)"""
_OF_LINES = (
    *("order.discount", "order.discount_percent", "order.margin", "order.margin_percent", "order.has_cost"),
    *("order.line_count", "order.quantity", "order.open_quantity", "order.cancelled_percent"),
    *("order.returned_percent", "order.is_backordered", "stock.short_lines", "stock.short_quantity"),
    "stock.reserved_quantity",
)
_OF_ORDER = {
    "tags": ("ARRAY(SELECT tag FROM order_tags t WHERE t.order_id = o.id ORDER BY tag)", ("order.tags",)),
    "holds": (
        "ARRAY(SELECT kind FROM order_holds d WHERE d.order_id = o.id AND d.closed_at IS NULL ORDER BY d.id)",
        ("order.holds", "order.is_held"),
    ),
    "payments": (
        """(SELECT json_build_array(array_agg(y.method ORDER BY y.received_at, y.id),
                                   extract(epoch FROM max(y.received_at)))
            FROM payment_allocations a JOIN payments y ON y.id = a.payment_id AND y.state = 'received'
            WHERE a.order_id = o.id)""",
        ("payments.count", "payments.methods", "payments.last_method", "payments.hours_since_last"),
    ),
    "shipped_at": (
        "(SELECT max(x.shipped_at) FROM shipments x WHERE x.order_id = o.id)",
        ("order.days_since_shipped",),
    ),
    "delivered_at": (
        "(SELECT max(x.delivered_at) FROM shipments x WHERE x.order_id = o.id)",
        ("order.days_since_delivered",),
    ),
    "warehouses": (
        f"""(SELECT count(DISTINCT z.warehouse_id) {_RESERVED} FROM order_lines l
            JOIN reservations r ON r.order_line_id = l.id JOIN locations z ON z.id = r.location_id
            WHERE l.order_id = o.id)""",
        ("stock.warehouses",),
    ),
    "lines": (_LINES, _OF_LINES),
}
_LAST_ID = 2**63 - 1
_LISTED = {"line.list_price", "line.below_list_percent"}


@lru_cache(maxsize=256)
def asked_of_customer(fields: frozenset[str]) -> tuple[str, ...]:
    """Names of what must be read of the customer and their other orders."""
    return tuple(name for name, (_, needed) in _OF_CUSTOMER.items() if fields & set(needed))


def asked_of_order(fields: Iterable[str]) -> tuple[str, ...]:
    """Names of what must be read beside the order itself."""
    wanted = set(fields)
    of_line = any(path.startswith("line.") for path in wanted)
    return tuple(
        name for name, (_, needed) in _OF_ORDER.items() if wanted & set(needed) or (name == "lines" and of_line)
    )


@lru_cache(maxsize=256)
def orders_statement(fields: frozenset[str]) -> tuple[Prepared, tuple[str, ...]]:
    """Read orders (``$1``: ids), and its columns after the stamp of the rules, ORDER and CUSTOMER."""
    names = (*asked_of_customer(fields), *asked_of_order(fields))
    pieces = {name: sql for name, (sql, _) in (_OF_CUSTOMER | _OF_ORDER).items()}
    list_price = _LIST_PRICE if fields & _LISTED else "NULL"
    category = "coalesce(y.code, '')" if "line.category" in fields else "''"
    columns = [pieces[name].replace("{list_price}", list_price).replace("{category}", category) for name in names]
    order = [_JOINED[column][1] if _is_idle(column, fields) else column for column in ORDER]
    sql = f"""
SELECT ({STAMP}), {", ".join((*order, *CUSTOMER, *columns))}
FROM orders o
LEFT JOIN statuses s ON s.code = o.status
LEFT JOIN channels h ON h.id = o.channel_id
LEFT JOIN customers c ON c.id = o.customer_id
LEFT JOIN users m ON m.id = o.manager_id
LEFT JOIN warehouses w ON w.id = o.warehouse_id
{_others(names, goods=_GOODS)}
WHERE o.id = ANY ($1)"""
    return _prepared("rule_orders", ("bigint[]",), sql), names


def _is_idle(column: str, fields: frozenset[str]) -> bool:
    return column in _JOINED and not fields & set(_JOINED[column][0])


def _others(names: Collection[str], *, goods: str) -> str:
    """The join that gives what is asked of the customer's other orders; ``goods`` are those of this one."""
    asked = {name: _OF_OTHERS[name] for name in names if name in _OF_OTHERS}
    if not asked:
        return ""
    counted = ", ".join(f"{sql.replace('{goods}', goods)} AS {name}" for name, (sql, _) in asked.items())
    needed = " OR ".join(f"({condition})" for _, condition in asked.values())
    return f"""CROSS JOIN LATERAL (
    SELECT {counted}
    FROM orders e JOIN statuses g ON g.code = e.status WHERE e.customer_id = c.id AND ({needed})) q"""


@lru_cache(maxsize=256)
def customer_statement(fields: frozenset[str]) -> tuple[Prepared, tuple[str, ...]]:
    """The statement that reads a customer before an order is written.

    ``$1`` is the customer, ``$2`` the moment, ``$3`` the order's id to be, ``$4`` its goods as ``product x quantity``.
    """
    names = asked_of_customer(fields)
    columns = [_OF_CUSTOMER[name][0] for name in names]
    sql = f"""
SELECT {", ".join((*CUSTOMER, *columns))}
FROM (SELECT $2 AS placed_at, $3 AS id) o JOIN customers c ON c.id = $1
{_others(names, goods="$4")}"""
    return _prepared("rule_customer", ("bigint", "timestamptz", "bigint", "text[]"), sql), names


def customer_of_placement(names: Collection[str]) -> str:
    """The query for the same while an order is placed: ``$5`` is the customer, ``$10`` the moment.

    The order's goods are those of its ``asked``; it has no id yet, and comes after all that are there.
    """
    goods = """(SELECT array_agg(product_id || 'x' || quantity::numeric(14,3) ORDER BY product_id, quantity)
                FROM asked)"""
    columns = [_OF_CUSTOMER[name][0] for name in names]
    selected = ", ".join(f"{column} AS c{place}" for place, column in enumerate((*CUSTOMER, *columns)))
    return f"""
SELECT {selected}
FROM (SELECT $10 AS placed_at, {_LAST_ID} AS id) o
JOIN customers c ON c.id = (SELECT coalesce(merged_into_id, id) FROM customers WHERE id = $5)
{_others(names, goods=goods)}"""


def _prepared(name: str, parameters: tuple[str, ...], sql: str) -> Prepared:
    return Prepared(f"{name}_{sha256(sql.encode()).hexdigest()[:12]}", parameters, sql)
