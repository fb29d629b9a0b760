"""Past orders of one's own: entered with their journal in one transaction; stock stays untouched."""

import polars as pl
from sqlalchemy import Engine

from oms_core.money import line_total
from oms_core.workflow.models import Group
from pipelines.bulk import Cursor, bulk_transaction, guarded_load, read_frame
from pipelines.imports import order_registers, past_orders
from pipelines.imports.batches import take_turn
from pipelines.imports.making import note_loaded
from pipelines.imports.order_intake import Ground, OrderIntake
from pipelines.imports.order_registers import as_place, customer_key, put_customers, put_products
from pipelines.imports.order_rows import orders_of
from pipelines.imports.past_orders import MONEY, Ledger, PastOrders, write_past_orders
from pipelines.imports.registers import ChannelFacts, find_location
from pipelines.imports.timeline import are_out_of_order

_TABLES = (*order_registers.TABLES, *past_orders.TABLES, "import_rows")
_OF_ORDER = (
    "customer_ref", "customer_name", "phone", "email", "address", "region", "comment", "status", "external_status",
    "promised_at", "shipped_at", "delivered_at", "warehouse", "shipping",
)  # fmt: skip
_RATE = pl.Decimal(7, 4)


def enter_past_orders(engine: Engine, intake: OrderIntake, *, keep: bool) -> None:
    """Enter the orders that are new, all or none; with ``keep=False`` it is a rehearsal."""
    with bulk_transaction(engine, keep=keep) as cursor:
        take_turn(cursor)
        with guarded_load(cursor, _TABLES):
            ground = intake.find_ground(cursor)
            if not ground.rows.is_empty():
                _enter(cursor, intake, ground)
            intake.record(cursor)
        if intake.created["orders"] and intake.batch_id is not None:
            note_loaded(cursor, intake.batch_id)


def _enter(cursor: Cursor, intake: OrderIntake, ground: Ground) -> None:
    orders, differing = orders_of(ground.rows, _OF_ORDER)
    intake.warnings.add("rows_differ", differing)
    products, created_products = put_products(cursor, ground.rows, ground.products)
    customers, created_customers = put_customers(cursor, orders, ground.channel)
    past = PastOrders(
        _orders(orders, customers, ground),
        _lines(cursor, ground.rows, products, ground.channel),
        pl.DataFrame(schema={"ref": pl.String, "gross": MONEY}),
    )
    written = write_past_orders(cursor, past, _ledger(cursor, intake, ground.channel), lambda _what, _part: None)
    intake.created = {**written, "products": created_products, "customers": created_customers}
    intake.warnings.add("stamps_out_of_order", past.orders.filter(are_out_of_order())["ref"])
    untimed = (pl.col("status") == Group.DONE) & pl.col("delivered_at").is_null()
    intake.warnings.add("delivered_without_time", past.orders.filter(untimed)["ref"])


def _orders(orders: pl.DataFrame, customers: pl.DataFrame, ground: Ground) -> pl.DataFrame:
    """Put together each order's head; what says nothing of its state is done, and left when it was placed."""
    status = pl.col("status").fill_null(Group.DONE.value)
    heads = orders.with_columns(key=customer_key()).join(
        customers.rename({"id": "customer_id"}), on="key", maintain_order="left"
    )
    heads = heads.join(
        ground.warehouses.rename({"id": "warehouse_id"}), left_on="warehouse", right_on="key", how="left",
        maintain_order="left",
    )  # fmt: skip
    left = status.is_in([Group.DELIVER, Group.DONE])
    return heads.select(
        "customer_id", "placed_at", "delivered_at", "promised_at", "external_status",
        ref="external_ref",
        warehouse_id=pl.col("warehouse_id").fill_null(ground.channel.warehouse_id),
        status=status,
        confirmed_at=pl.lit(None, pl.Datetime("us", "UTC")),
        handed_over_at=pl.when(left & pl.col("shipped_at").is_null()).then("placed_at").otherwise("shipped_at"),
        cancel_reason=pl.when(status == Group.CANCELLED).then(pl.lit("unknown")),
        shipping=pl.col("shipping").fill_null(pl.lit(0, MONEY)),
        ship_region="region",
        ship_to=as_place("address"),
        comment=pl.col("comment").fill_null(""),
    )  # fmt: skip


def _lines(cursor: Cursor, rows: pl.DataFrame, products: pl.DataFrame, channel: ChannelFacts) -> pl.DataFrame:
    rates = read_frame(cursor, "SELECT id, tax_rate FROM products", {"product_id": pl.Int64, "tax_rate": _RATE})
    lines = rows.join(products.rename({"id": "product_id"}), left_on="sku", right_on="key", maintain_order="left")
    lines = lines.join(rates, on="product_id", maintain_order="left").with_columns(
        pl.col("discount").fill_null(pl.lit(0, MONEY))
    )
    sums = _line_sums(lines.select(_PRICED).unique(), channel)
    return lines.join(sums, on=_PRICED, maintain_order="left").select(
        "product_id", "quantity", "unit_price", "discount", "tax_rate", "net", "tax", "gross",
        ref="external_ref",
        supplier_id=pl.lit(None, pl.Int64),
    )  # fmt: skip


_PRICED = ["quantity", "unit_price", "discount", "tax_rate"]


def _line_sums(priced: pl.DataFrame, channel: ChannelFacts) -> pl.DataFrame:
    """Work out each different line once, by the one rule of ``money``."""
    totals = [
        line_total(
            quantity=quantity, unit_price=unit_price, discount=discount, tax_rate=tax_rate,
            prices_include_tax=channel.prices_include_tax, rule=channel.rounding_rule,
        )
        for quantity, unit_price, discount, tax_rate in priced.iter_rows()
    ]  # fmt: skip
    return priced.with_columns(
        pl.Series(part, [getattr(total, part) for total in totals], dtype=MONEY) for part in ("net", "tax", "gross")
    )


def _ledger(cursor: Cursor, intake: OrderIntake, channel: ChannelFacts) -> Ledger:
    if intake.batch_id is None:
        raise RuntimeError("orders are entered under a batch")
    return Ledger(
        batch_id=intake.batch_id,
        actor_id=intake.actor.id,
        channel_id=channel.id,
        provider=channel.code,
        currency=intake.mapping.currency or channel.currency,
        rounding_rule=channel.rounding_rule,
        calendar=channel.calendar,
        supplier_location_id=find_location(cursor, "SUPPLIERS"),
        customer_location_id=find_location(cursor, "CUSTOMERS"),
    )
