"""Past orders into the tables: facts from elsewhere with their journal and intervals; stock stays untouched."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from oms_core.workflow.business_time import Calendar
from oms_core.workflow.models import Group
from pipelines.bulk import Cursor, copy_frame, reserve_ids
from pipelines.imports.timeline import GROUP_RANK, status_changes, status_visits, trace

TABLES = (
    "orders", "order_lines", "payments", "payment_allocations", "shipments", "shipment_lines", "stock_moves",
    "shipment_events", "cancellations", "status_intervals", "order_events",
)  # fmt: skip
MONEY, QUANTITY = pl.Decimal(14, 2), pl.Decimal(14, 3)
_NOTHING, _NO_MONEY = pl.lit(0, QUANTITY), pl.lit(0, MONEY)
_RANK_PAYMENT, _RANK_SHIPPED = 5, GROUP_RANK[Group.DELIVER] - 5
_RANK_LAST = GROUP_RANK[Group.DONE] + 5


@dataclass(frozen=True)
class PastOrders:
    """Orders as facts, tied together by ``ref``.

    ``orders``: ref (unique), customer_id, warehouse_id, external_status, status (a group's code), placed_at,
    confirmed_at, handed_over_at, delivered_at, promised_at (UTC, all but the first may be null), shipping,
    cancel_reason (null unless cancelled), ship_region, ship_to (JSON), comment.
    ``lines``: ref, product_id, supplier_id (null: from the warehouse), quantity, unit_price, discount, tax_rate,
    net, tax, gross; their order is that of the positions.
    ``payments``: ref, provider_ref, method, instalments, gross.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame
    payments: pl.DataFrame


@dataclass(frozen=True)
class Ledger:
    """Under what the past orders are entered, and by whom."""

    batch_id: int
    actor_id: int
    channel_id: int
    provider: str
    currency: str
    rounding_rule: str
    calendar: Calendar
    supplier_location_id: int
    customer_location_id: int


def write_past_orders(
    cursor: Cursor, past: PastOrders, ledger: Ledger, progress: Callable[[str, float], None]
) -> dict[str, int]:
    """Write the orders with all that hangs on them; return the rows created by table."""
    orders = trace(past.orders.with_columns(id=_ids(cursor, "orders", past.orders.height)))
    numbers = reserve_ids(cursor, "orders", orders.height, sequence="order_numbers")
    lines = _lines(cursor, past.lines, orders)
    payments = _payments(cursor, past.payments, orders, ledger)
    shipments, shipment_lines = _shipments(cursor, lines, orders)
    events = _events(cursor, orders, payments, shipments)
    tables: dict[str, Callable[[], pl.DataFrame]] = {
        "orders": lambda: _order_rows(orders, numbers, _sums_by_order(lines, payments, events), ledger),
        "order_lines": lambda: lines.drop("ref", "status", "handed_over", "previous_status", "last_at"),
        "payments": lambda: payments.drop("ref", "order_id"),
        "payment_allocations": lambda: payments.select("order_id", "gross", payment_id="id"),
        "shipments": lambda: shipments,
        "shipment_lines": lambda: shipment_lines.select("shipment_id", "order_line_id", "quantity"),
        "stock_moves": lambda: _moves(shipment_lines, ledger),
        "shipment_events": lambda: _carrier_reports(orders),
        "cancellations": lambda: _cancellations(orders, lines, ledger),
        "status_intervals": lambda: status_visits(orders, ledger.calendar),
        "order_events": lambda: _event_rows(events, ledger),
    }
    return _copy_all(cursor, tables, progress)


def _copy_all(
    cursor: Cursor, tables: dict[str, Callable[[], pl.DataFrame]], progress: Callable[[str, float], None]
) -> dict[str, int]:
    """Copy the tables in order; the next frame is built while the server takes in the one before."""
    created = {}
    with ThreadPoolExecutor(max_workers=1) as pool:
        frames = {table: pool.submit(build) for table, build in tables.items()}
        for place, table in enumerate(tables):
            progress(f"writing {table}", place / len(tables))
            created[table] = copy_frame(cursor, table, frames.pop(table).result())
    return created


def _ids(cursor: Cursor, table: str, count: int) -> pl.Series:
    ids = reserve_ids(cursor, table, count)
    return pl.int_range(ids.start, ids.stop, eager=True).alias("id")


def _lines(cursor: Cursor, lines: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    facts = orders.select("ref", "status", "handed_over", "previous_status", "last_at", order_id="id")
    joined = lines.join(facts, on="ref", how="inner", maintain_order="left").sort("order_id", maintain_order=True)
    is_cancelled = pl.col("status") == Group.CANCELLED
    return joined.with_columns(
        id=_ids(cursor, "order_lines", joined.height),
        position=_place_within("order_id"),
        quantity_shipped=pl.when("handed_over").then("quantity").otherwise(_NOTHING),
        quantity_cancelled=pl.when(is_cancelled).then("quantity").otherwise(_NOTHING),
    )


def _place_within(key: str) -> pl.Expr:
    """Number the rows from 1 within each value of a sorted column."""
    row = pl.int_range(pl.len())
    is_first = (pl.col(key) != pl.col(key).shift()).fill_null(value=True)
    return row - pl.when(is_first).then(row).forward_fill() + 1


def _payments(cursor: Cursor, payments: pl.DataFrame, orders: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    facts = orders.select("ref", received_at=pl.coalesce("confirmed_at", "placed_at"), order_id="id")
    joined = payments.join(facts, on="ref", how="inner", maintain_order="left").sort("order_id", maintain_order=True)
    return joined.with_columns(
        id=_ids(cursor, "payments", joined.height), provider=pl.lit(ledger.provider), actor_id=ledger.actor_id
    )


def _shipments(cursor: Cursor, lines: pl.DataFrame, orders: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One shipment per order and supplier of what was handed over, and its lines."""
    stamps = orders.select(
        "delivered_at",
        "warehouse_id",
        order_id="id",
        shipped_at=pl.coalesce("handed_over_at", pl.max_horizontal("placed_at", "confirmed_at")),
    )
    sent = lines.filter("handed_over").select("order_id", "supplier_id", "product_id", "quantity", order_line_id="id")
    shipments = sent.select("order_id", "supplier_id").unique(maintain_order=True)
    shipments = shipments.join(stamps, on="order_id", maintain_order="left").with_columns(
        id=_ids(cursor, "shipments", shipments.height),
        warehouse_id=pl.when(pl.col("supplier_id").is_null()).then("warehouse_id"),
    )
    parcels = shipments.select("order_id", "supplier_id", "shipped_at", shipment_id="id")
    carried = sent.join(parcels, on=["order_id", "supplier_id"], nulls_equal=True, maintain_order="left")
    return shipments, carried


def _moves(shipment_lines: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Goods of suppliers who ship themselves go from them to the customer; our own stock is left as it is."""
    return shipment_lines.filter(pl.col("supplier_id").is_not_null()).select(
        "product_id",
        "quantity",
        from_location_id=ledger.supplier_location_id,
        to_location_id=ledger.customer_location_id,
        done_at="shipped_at",
        reference=pl.format("shipment:{}", "shipment_id"),
        actor_id=ledger.actor_id,
    )


def _carrier_reports(orders: pl.DataFrame) -> pl.DataFrame:
    """What a carrier said of orders that were cancelled all the same: they have no shipment."""
    cancelled = orders.filter(pl.col("status") == Group.CANCELLED)
    reports = [
        cancelled.filter(pl.col(stamp).is_not_null()).select(order_id="id", code=pl.lit(code), occurred_at=stamp)
        for code, stamp in (("handed_over", "handed_over_at"), ("delivered", "delivered_at"))
    ]
    return pl.concat(reports).sort("order_id", "occurred_at")


def _cancellations(orders: pl.DataFrame, lines: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """A row per cancelled line, or one without a line for an order that has none."""
    cancelled = orders.filter(pl.col("status") == Group.CANCELLED).select(
        "previous_status", order_id="id", reason="cancel_reason", cancelled_at="last_at"
    )
    of_lines = lines.select("order_id", "quantity", "net", "gross", order_line_id="id")
    return cancelled.join(of_lines, on="order_id", how="left", maintain_order="left").with_columns(
        pl.col("net", "gross").fill_null(_NO_MONEY),
        previous_group="previous_status",
        time_estimated=pl.lit(value=True),
        actor_id=ledger.actor_id,
    )


def _events(cursor: Cursor, orders: pl.DataFrame, payments: pl.DataFrame, shipments: pl.DataFrame) -> pl.DataFrame:
    """Every event by order, in the order of the lifecycle, with its ``sequence``."""
    changes = status_changes(orders).with_columns(
        kind=pl.when(pl.col("rank") == 0).then(pl.lit("order.placed")).otherwise(pl.lit("order.status_changed"))
    )
    paid = payments.select(
        "order_id", rank=_RANK_PAYMENT, occurred_at="received_at", kind=pl.lit("payment.received"),
        payload=pl.format('{{"payment": {}, "gross": "{}"}}', "id", pl.col("gross").cast(pl.String)),
    )  # fmt: skip
    parcels = pl.col("id").cast(pl.String).str.join(", ")
    shipped = shipments.group_by("order_id", maintain_order=True).agg(
        pl.col("shipped_at").first().alias("occurred_at"), payload=pl.format('{{"shipments": [{}]}}', parcels)
    )
    is_done, is_cancelled = pl.col("status") == Group.DONE, pl.col("status") == Group.CANCELLED
    delivered = orders.filter(is_done & pl.col("delivered_at").is_not_null())
    cancelled = orders.filter(is_cancelled)
    parts = [
        changes,
        paid,
        shipped.with_columns(kind=pl.lit("order.shipped"), rank=_RANK_SHIPPED),
        delivered.select(order_id="id", rank=_RANK_LAST, occurred_at="delivered_at", kind=pl.lit("order.delivered")),
        cancelled.select(order_id="id", rank=_RANK_LAST, occurred_at="last_at", kind=pl.lit("order.cancelled")),
    ]
    events = pl.concat([part.cast({"rank": pl.Int8}) for part in parts], how="diagonal")
    events = events.sort("order_id", "rank", maintain_order=True)
    return events.with_columns(id=_ids(cursor, "order_events", events.height), sequence=_place_within("order_id"))


def _event_rows(events: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    placed = pl.lit(f'{{"import_batch": {ledger.batch_id}}}')
    payload = pl.when(pl.col("kind") == "order.placed").then(placed).otherwise("payload")
    return events.drop("rank").with_columns(payload=payload, actor_id=ledger.actor_id)


def _sums_by_order(lines: pl.DataFrame, payments: pl.DataFrame, events: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    return (
        lines.group_by("order_id").agg(pl.col("net", "tax", "gross").sum()),
        payments.group_by("order_id").agg(paid=pl.col("gross").sum()),
        events.group_by("order_id").agg(last_sequence=pl.len()),
    )


def _order_rows(orders: pl.DataFrame, numbers: range, sums: Iterable[pl.DataFrame], ledger: Ledger) -> pl.DataFrame:
    rows = orders.rename({"id": "order_id", "ref": "external_ref"})
    for each in sums:
        rows = rows.join(each, on="order_id", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("net", "tax", "gross", "paid").fill_null(_NO_MONEY))
    return rows.select(
        *("external_ref", "external_status", "customer_id", "warehouse_id", "status", "placed_at", "promised_at"),
        *("closed_at", "last_sequence", "net", "tax", "gross", "shipping", "paid", "comment", "ship_region", "ship_to"),
        id="order_id",
        number=pl.int_range(numbers.start, numbers.stop),
        channel_id=ledger.channel_id,
        currency=pl.lit(ledger.currency),
        rounding_rule=pl.lit(ledger.rounding_rule),
        first_promised_at="promised_at",
        total=pl.col("gross") + pl.col("shipping"),
        import_batch_id=ledger.batch_id,
    )
