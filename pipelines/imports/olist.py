"""The Olist orders (a Brazilian marketplace, 2016–2018) taken in as channel ``olist``: past facts, none lost."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission
from pipelines.bulk import Cursor, bulk_transaction, guarded_load
from pipelines.imports import olist_registers, past_orders
from pipelines.imports.batches import (
    FILE_ALREADY_IMPORTED,
    BatchKind,
    find_imported,
    open_batch,
    record_rows,
    take_turn,
)
from pipelines.imports.making import note_loaded, note_terms
from pipelines.imports.olist_files import STATUSES, OlistRows, check_rows, read_folder
from pipelines.imports.olist_registers import PLACE, Registers, as_address, put_channel, put_registers
from pipelines.imports.olist_warnings import warn
from pipelines.imports.past_orders import MONEY, QUANTITY, Ledger, PastOrders, write_past_orders
from pipelines.imports.registers import ChannelFacts, find_location, known_ids
from pipelines.imports.report import ImportReport, Rejections, Warnings
from pipelines.imports.source import SourceFile

Progress = Callable[[str, float], None]
_REASONS = {"unavailable": "out_of_stock", "canceled": "unknown"}
_TABLES = ("import_rows", *olist_registers.TABLES, *past_orders.TABLES)


def import_olist(engine: Engine, folder: Path, *, actor: Actor, progress: Progress | None = None) -> ImportReport:
    """Take in the folder's set in one transaction: new orders go in, known ones stay as they are.

    Raises ``Invalid`` where a file is missing or lacks a column, ``Busy`` where another import runs.
    """
    refuse_unless(actor, Permission.IMPORT_RUN)
    tell = progress or _say_nothing
    tell("reading", 0.0)
    rejections, warnings = Rejections(), Warnings()
    files = read_folder(folder, rejections)
    with bulk_transaction(engine) as cursor:
        take_turn(cursor)
        with guarded_load(cursor, _TABLES):
            done = _take_in(cursor, files, rejections, warnings, actor=actor, tell=tell)
            tell("indexes and guards", 0.8)
        tell("committing", 0.98)
    tell("done", 1.0)
    return done


def _take_in(
    cursor: Cursor,
    files: dict[str, SourceFile],
    rejections: Rejections,
    warnings: Warnings,
    *,
    actor: Actor,
    tell: Progress,
) -> ImportReport:
    channel = put_channel(cursor)
    kind = BatchKind("olist", channel.id)
    imported = find_imported(cursor, kind, files.values())
    warnings.add(FILE_ALREADY_IMPORTED, list(imported))
    products, sellers = known_ids(cursor, "products", "sku"), known_ids(cursor, "suppliers", "code")
    tell("checking", 0.05)
    rows = check_rows(files, rejections, known_products=products["key"], known_sellers=sellers["key"])
    known = known_ids(cursor, "orders", "external_ref", "channel_id = %s", (channel.id,))
    new = _without(rows, known["key"])
    batch_id = max(imported.values(), default=None)
    created = {"orders": 0}
    if not new.orders.is_empty() or len(imported) < len(files):
        batch_id = open_batch(cursor, kind, list(files.values()), actor)
        tell("customers and products", 0.15)
        registers = put_registers(cursor, new, channel, products=products, sellers=sellers)
        ledger = _ledger(cursor, channel, batch_id, actor)
        past = _past_orders(new, registers, channel)
        written = write_past_orders(cursor, past, ledger, lambda what, part: tell(what, 0.2 + 0.6 * part))
        created = written | registers.created
        warn(warnings, new)
        record_rows(cursor, batch_id, rejections, warnings)
        note_loaded(cursor, batch_id)
        note_terms(cursor, batch_id)
    return ImportReport(
        batch=batch_id,
        files={file.name: file.row_count for file in files.values()},
        created=created,
        unchanged=rows.orders.height - new.orders.height,
        rejected=rejections.frame(),
        warnings=warnings,
    )


def _without(rows: OlistRows, known: pl.Series) -> OlistRows:
    """Leave only the orders that are not known yet, with their items and payments."""
    orders = rows.orders.filter(~pl.col("order_id").is_in(known.implode()))
    if orders.height == rows.orders.height:
        return rows
    keys = orders.select("order_id")
    return replace(
        rows,
        orders=orders,
        items=rows.items.join(keys, on="order_id", how="semi", maintain_order="left"),
        payments=rows.payments.join(keys, on="order_id", how="semi", maintain_order="left"),
    )


def _ledger(cursor: Cursor, channel: ChannelFacts, batch_id: int, actor: Actor) -> Ledger:
    return Ledger(
        batch_id=batch_id,
        actor_id=actor.id,
        channel_id=channel.id,
        provider=channel.code,
        currency=channel.currency,
        rounding_rule=channel.rounding_rule,
        calendar=channel.calendar,
        supplier_location_id=find_location(cursor, "SUPPLIERS"),
        customer_location_id=find_location(cursor, "CUSTOMERS"),
    )


def _past_orders(rows: OlistRows, registers: Registers, channel: ChannelFacts) -> PastOrders:
    return PastOrders(_orders(rows, registers, channel), _lines(rows, registers), _payments(rows))


def _orders(rows: OlistRows, registers: Registers, channel: ChannelFacts) -> pl.DataFrame:
    """Put together each order's head: whose it is, and its shipping charge, which the source states per item."""
    people = rows.customers.join(registers.customers, left_on="customer_unique_id", right_on="key").select(
        "customer_id", order_customer_id="id", ship_region="customer_state", ship_to=as_address(**PLACE)
    )
    shipping = rows.items.group_by("order_id").agg(shipping=pl.col("freight_value").sum().cast(MONEY))
    heads = rows.orders.join(people, on="customer_id", maintain_order="left")
    heads = heads.join(shipping, on="order_id", how="left", maintain_order="left")
    return heads.select(
        "placed_at", "confirmed_at", "handed_over_at", "delivered_at", "promised_at", "ship_region", "ship_to",
        ref="order_id",
        customer_id="order_customer_id",
        warehouse_id=pl.lit(channel.warehouse_id),
        external_status="order_status",
        status=pl.col("order_status").replace_strict(STATUSES, return_dtype=pl.String),
        cancel_reason=pl.col("order_status").replace_strict(_REASONS, default=None, return_dtype=pl.String),
        shipping=pl.col("shipping").fill_null(pl.lit(0, MONEY)),
        comment=pl.lit(""),
    )  # fmt: skip


def _lines(rows: OlistRows, registers: Registers) -> pl.DataFrame:
    """Join equal items (product, seller and price) of an order into one line with their number as quantity."""
    same = ["order_id", "product_id", "seller_id", "price"]
    lines = rows.items.sort("order_id", "order_item_id").group_by(same, maintain_order=True).agg(count=pl.len())
    lines = lines.join(registers.products, left_on="product_id", right_on="key", maintain_order="left")
    lines = lines.join(
        registers.suppliers, left_on="seller_id", right_on="key", maintain_order="left", suffix="_seller"
    )
    gross = (pl.col("price") * pl.col("count")).cast(MONEY)
    return lines.select(
        ref="order_id",
        product_id="id",
        supplier_id="id_seller",
        quantity=pl.col("count").cast(QUANTITY),
        unit_price="price",
        net=gross,
        tax=pl.lit(0, MONEY),
        gross=gross,
    )


def _payments(rows: OlistRows) -> pl.DataFrame:
    return rows.payments.select(
        ref="order_id",
        provider_ref=pl.format("{}-{}", "order_id", "payment_sequential"),
        method=pl.col("payment_type").fill_null("not_defined"),
        instalments="payment_installments",
        gross="payment_value",
    )


def _say_nothing(stage: str, part: float) -> None:
    """Take the place of a progress bar where nobody watches."""
