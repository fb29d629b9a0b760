"""Writes purchase orders, what the suppliers delivered of them, and their journal."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.bulk import Cursor, copy_frame, reserve_ids
from pipelines.simulation.clock import HOUR
from pipelines.simulation.columns import instant, money
from pipelines.simulation.demand import STOCK_DAY_STARTS
from pipelines.simulation.keys import Shop, ids_of
from pipelines.simulation.stages import WAREHOUSES
from pipelines.simulation.story import Story
from pipelines.simulation.team import BUYER, WAREHOUSE_STAFF

_ORDERED_AFTER = STOCK_DAY_STARTS + 8 * HOUR
_LATER_DAYS = 4


@dataclass(frozen=True)
class _Bought:
    """Purchase orders, their lines, receipts and the units of each; ``head`` is an order's place."""

    heads: pl.DataFrame
    lines: pl.DataFrame
    receipts: pl.DataFrame
    received: pl.DataFrame


def write_purchases(cursor: Cursor, story: Story, shop: Shop) -> pl.DataFrame:
    """Write everything bought; return the received units with the id of their receipt."""
    heads, lines, received = _heads(cursor, story), _lines(cursor, story), _received(story)
    receipts = received.select("head", "moment").unique(maintain_order=True)
    receipts = receipts.with_columns(pl.Series("receipt", ids_of(cursor, "receipts", receipts.height)))
    received = received.join(receipts, on=["head", "moment"], maintain_order="left").with_columns(
        pl.Series("line_id", lines["id"].to_numpy()[received["bought_line"].to_numpy()])
    )
    units = received.group_by("bought_line").agg(pl.col("quantity").sum())
    got = np.zeros(lines.height, dtype=np.int64)
    got[units["bought_line"].to_numpy()] = units["quantity"].to_numpy()
    lines = lines.with_columns(pl.Series("received", got))
    heads = _with_states(story, heads, lines)
    _write_heads(cursor, shop, heads)
    _write_lines(cursor, story, shop, heads, lines)
    bought = _Bought(heads, lines, receipts, received)
    _write_receipts(cursor, shop, bought)
    _write_events(cursor, shop, bought)
    return received


def _heads(cursor: Cursor, story: Story) -> pl.DataFrame:
    columns = ("supplier", "warehouse", "day", "arrival_day", "is_failed")
    heads = pl.DataFrame(
        story.history.purchases.orders, orient="row",
        schema={name: pl.Boolean if name == "is_failed" else pl.Int64 for name in columns},
    )  # fmt: skip
    numbers = reserve_ids(cursor, "purchase_orders", heads.height, sequence="purchase_order_numbers")
    placed = story.horizon.midnight(heads["day"].to_numpy()) + _ORDERED_AFTER + np.arange(heads.height) % 1_200
    return heads.with_columns(
        pl.Series("id", ids_of(cursor, "purchase_orders", heads.height)), pl.Series("ordered_at", placed),
        pl.Series("number", [f"PO{number}" for number in numbers], dtype=pl.String),
        pl.Series("failed_at", story.horizon.midnight(heads["arrival_day"].to_numpy()) + STOCK_DAY_STARTS + 7_200),
    )  # fmt: skip


def _lines(cursor: Cursor, story: Story) -> pl.DataFrame:
    lines = pl.DataFrame(
        story.history.purchases.lines, orient="row",
        schema=dict.fromkeys(("head", "cell", "quantity", "expected_day"), pl.Int64),
    )  # fmt: skip
    position = pl.int_range(1, pl.len() + 1).over("head").alias("position")
    return lines.with_columns(pl.Series("id", ids_of(cursor, "purchase_order_lines", lines.height)), position)


def _received(story: Story) -> pl.DataFrame:
    schema = dict.fromkeys(("bought_line", "quantity", "moment"), pl.Int64)
    received = pl.DataFrame(story.history.received, orient="row", schema=schema)
    lines = story.history.purchases.lines
    heads = [lines[line].order for line in received["bought_line"]]
    cells = [lines[line].cell for line in received["bought_line"]]
    return received.with_columns(
        pl.Series("head", heads, dtype=pl.Int64), pl.Series("cell", cells, dtype=pl.Int64)
    ).sort("moment", "bought_line")


def _with_states(story: Story, heads: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    complete = lines.group_by("head").agg((pl.col("received") >= pl.col("quantity")).all().alias("is_complete"))
    is_complete = np.zeros(heads.height, dtype=np.bool_)
    is_complete[complete["head"].to_numpy()] = complete["is_complete"].to_numpy()
    has_failed = pl.col("is_failed") & (pl.col("failed_at") < story.horizon.end)
    state = (
        pl.when(has_failed).then(pl.lit("cancelled")).when(pl.Series(is_complete)).then(pl.lit("closed"))
        .otherwise(pl.lit("ordered")).alias("state")
    )  # fmt: skip
    return heads.with_columns(state)


def _write_heads(cursor: Cursor, shop: Shop, heads: pl.DataFrame) -> None:
    copy_frame(cursor, "purchase_orders", heads.select(
        "id", "number", pl.Series("supplier_id", shop.suppliers[heads["supplier"].to_numpy()]),
        pl.Series("warehouse_id", shop.warehouses[heads["warehouse"].to_numpy()]), "state",
        pl.lit(shop.currency).alias("currency"), instant("ordered_at").alias("created_at"), instant("ordered_at"),
        pl.lit(shop.users[BUYER]).alias("actor_id"),
    ))  # fmt: skip


def _write_lines(cursor: Cursor, story: Story, shop: Shop, heads: pl.DataFrame, lines: pl.DataFrame) -> None:
    """What is overdue at the end is expected some days later; the first expectation stays."""
    is_overdue = (heads["state"].gather(lines["head"]) == "ordered") & (lines["received"] < lines["quantity"])
    is_overdue &= lines["expected_day"] < story.horizon.days
    product = lines["cell"].to_numpy() // WAREHOUSES
    first = pl.lit(story.horizon.first_day)
    overdue = pl.lit(story.horizon.days + _LATER_DAYS)
    expected = pl.when(is_overdue).then(overdue).otherwise("expected_day")
    copy_frame(cursor, "purchase_order_lines", lines.select(
        "id", pl.Series("purchase_order_id", heads["id"].to_numpy()[lines["head"].to_numpy()]), "position",
        pl.Series("product_id", shop.products[product]), "quantity", "received",
        pl.Series("unit_cost", story.goods.cost_cents[product]),
        (first + pl.duration(days=expected)).alias("expected_on"),
        (first + pl.duration(days="expected_day")).alias("first_expected_on"),
    ).with_columns(money("unit_cost")))  # fmt: skip


def _write_receipts(cursor: Cursor, shop: Shop, bought: _Bought) -> None:
    heads, receipts = bought.heads, bought.receipts
    order_ids = pl.Series("purchase_order_id", heads["id"].to_numpy()[receipts["head"].to_numpy()])
    copy_frame(cursor, "receipts", receipts.select(
        pl.col("receipt").alias("id"), order_ids, instant("moment").alias("received_at"),
        pl.concat_str(pl.lit("WZ/"), "receipt").alias("reference"),
        pl.Series("actor_id", _dock_staff(shop, heads, receipts)),
    ))  # fmt: skip
    copy_frame(cursor, "receipt_lines", bought.received.select(
        pl.col("receipt").alias("receipt_id"), pl.col("line_id").alias("purchase_order_line_id"), "quantity"
    ))  # fmt: skip


def _dock_staff(shop: Shop, heads: pl.DataFrame, rows: pl.DataFrame) -> list[int]:
    warehouse = heads["warehouse"].to_numpy()[rows["head"].to_numpy()]
    return [shop.users[WAREHOUSE_STAFF[place]] for place in warehouse]


def _write_events(cursor: Cursor, shop: Shop, bought: _Bought) -> None:
    buyer = pl.lit(shop.users[BUYER], dtype=pl.Int64).alias("actor_id")
    heads = bought.heads.with_columns(pl.int_range(pl.len()).alias("head"))
    ordered = bought.lines.group_by("head").agg(pl.len()).join(heads, on="head").select(
        "head", pl.lit("purchase_order.ordered").alias("kind"), pl.col("ordered_at").alias("moment"),
        pl.concat_str(pl.lit('{"lines": '), "len", pl.lit("}")).alias("payload"), buyer,
    )  # fmt: skip
    failed = heads.filter(pl.col("state") == "cancelled").select(
        "head", pl.lit("purchase_order.cancelled").alias("kind"), pl.col("failed_at").alias("moment"),
        pl.lit('{"reason": "supplier_failed"}').alias("payload"), buyer,
    )  # fmt: skip
    told = pl.concat([ordered, _received_events(shop, bought), failed]).sort("head", "moment", maintain_order=True)
    sequence = pl.int_range(1, pl.len() + 1).over("head").alias("sequence")
    told = told.with_columns(sequence).sort("moment", "head", "sequence")
    copy_frame(cursor, "purchase_order_events", told.select(
        pl.Series("purchase_order_id", heads["id"].to_numpy()[told["head"].to_numpy()]), "sequence", "kind",
        instant("moment").alias("occurred_at"), "actor_id", "payload",
    ))  # fmt: skip


def _received_events(shop: Shop, bought: _Bought) -> pl.DataFrame:
    counted = bought.received.group_by("receipt").agg(pl.len())
    staff = pl.Series("actor_id", _dock_staff(shop, bought.heads, bought.receipts), dtype=pl.Int64)
    return bought.receipts.with_columns(staff).join(counted, on="receipt").select(
        "head", pl.lit("purchase_order.received").alias("kind"), "moment",
        pl.concat_str(pl.lit('{"receipt": '), "receipt", pl.lit(', "lines": '), "len", pl.lit("}")).alias("payload"),
        "actor_id",
    )  # fmt: skip
