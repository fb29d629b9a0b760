"""Marts of a large shop, made month by month straight into a store: no database is needed for reading speed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from pipelines.marts import MARTS
from pipelines.marts.mart import Schema
from pipelines.store import Manifest, Published, Replacement, Store, Watermark

FIRST, AFTER = date(2023, 1, 1), date(2025, 1, 1)
AS_OF = datetime(2025, 1, 1, 3, tzinfo=UTC)
_LINES_OF_AN_ORDER = 2.5
_PRODUCTS, _CATEGORIES, _CUSTOMERS, _MANAGERS, _REGIONS = 33_000, 70, 900_000, 40, 27
_SECONDS_OF_DAY, _HOUR = 86_400, 3_600
_TAX = 0.2
_CHANNELS, _WAREHOUSES, _CARRIERS = ("desk", "shop", "market", "phone"), ("MAIN", "NORTH", "DIRECT"), "abcde"
MADE = ("order_facts", "order_lines", "revenue")


def fill_marts(store: Store, *, lines: int, seed: int = 7) -> dict[str, int]:
    """Publish orders of two years with about so many lines and what was shipped of them; return the rows of each."""
    chance, months = np.random.default_rng(seed), list(_months())
    per_month = round(lines / _LINES_OF_AN_ORDER / len(months))
    published: dict[str, Published] = {}
    for place, (first, after) in enumerate(months):
        facts = _orders(chance, first, after, per_month, place * per_month)
        rows = _lines(chance, facts)
        days = [first + timedelta(days=one) for one in range((after - first).days)]
        for name, frame in zip(MADE, (_with_sums(facts, rows), rows, _revenue(rows)), strict=True):
            replacing = Replacement("placed_day", days=days) if place else None
            mart = MARTS[name]
            shaped = mart.shaped(_completed(frame, mart.schema).lazy()).collect()
            published[name] = store.publish(
                name, shaped, check=mart.check, replacing=replacing, partition_by=mart.partition_by
            )
    dimensions = MARTS["dimensions"]
    published["dimensions"] = store.publish(
        "dimensions", pl.DataFrame(schema=dimensions.schema), check=dimensions.check
    )
    watermark = Watermark(database="bench", horizon=1, fresh_to=AS_OF, read_at=AS_OF)
    store.commit(Manifest(marts=published, watermark=watermark))
    return {name: made.rows for name, made in published.items()}


def _months() -> Iterator[tuple[date, date]]:
    first = FIRST
    while first < AFTER:
        after = (first + timedelta(days=32)).replace(day=1)
        yield first, after
        first = after


def _orders(chance: np.random.Generator, first: date, after: date, count: int, earlier: int) -> pl.DataFrame:
    """Orders of a month: one in 25 cancelled, the rest delivered once their time has come."""
    begin = datetime(first.year, first.month, 1, tzinfo=UTC)
    placed = np.sort(chance.integers(0, (after - first).days * _SECONDS_OF_DAY, count))
    took = (chance.lognormal(4.2, 0.6, count) * _HOUR).astype(np.int64)
    ids = np.arange(earlier + 1, earlier + count + 1)
    frame = pl.DataFrame({
        "order_id": ids, "customer_id": chance.integers(1, _CUSTOMERS, count),
        "placed_at": pl.Series(placed).cast(pl.Int64), "took": took, "dice": chance.random(count),
        **{name: _picked(chance, values, count) for name, values in (
            ("channel", _CHANNELS), ("warehouse", _WAREHOUSES), ("carrier", _CARRIERS),
            ("taken_by", [f"manager{one}" for one in range(_MANAGERS)]),
            ("region", [f"R{one}" for one in range(_REGIONS)]), ("customer_kind", ("person", "company")),
        )},
    })  # fmt: skip
    moment = pl.lit(begin) + pl.duration(seconds="placed_at")
    delivered = pl.col("placed_at") + pl.duration(seconds="took")
    is_cancelled, has_come = pl.col("dice") < 0.04, delivered < AS_OF
    group = pl.when(is_cancelled).then(pl.lit("cancelled")).when(has_come).then(pl.lit("done"))
    return frame.with_columns(placed_at=moment.cast(pl.Datetime("us", "UTC"))).with_columns(
        number=pl.format("{}", "order_id"), manager="taken_by", owner="taken_by", currency=pl.lit("EUR"),
        type=pl.lit("standard"), is_counted=pl.col("dice") < 0.99, placed_day=pl.col("placed_at").dt.date(),
        month=pl.col("placed_at").dt.strftime("%Y-%m"), status_group=group.otherwise(pl.lit("deliver")),
        delivered_at=pl.when(~is_cancelled & has_come).then(delivered),
        shipped_at=pl.when(~is_cancelled & has_come).then(pl.col("placed_at") + pl.duration(hours=20)),
    )  # fmt: skip


def _picked(chance: np.random.Generator, values: tuple[str, ...] | list[str] | str, count: int) -> pl.Series:
    return pl.Series(list(values)).gather(chance.integers(0, len(values), count))


def _lines(chance: np.random.Generator, orders: pl.DataFrame) -> pl.DataFrame:
    counts = chance.choice([1, 2, 3, 4], size=orders.height, p=[0.2, 0.3, 0.3, 0.2])
    rows = orders.select(pl.all().repeat_by(pl.Series(counts)).explode())
    rows = rows.with_columns(position=pl.int_range(1, pl.len() + 1).over("order_id"))
    product = chance.zipf(1.3, rows.height) % _PRODUCTS
    drawn = {"product_id": product, "price": np.round(chance.lognormal(3, 0.8, rows.height), 2),
             "quantity": chance.integers(1, 4, rows.height)}  # fmt: skip
    net = (pl.col("price") * pl.col("quantity")).round(2).cast(pl.Decimal(14, 2))
    tax = (pl.col("price") * pl.col("quantity") * _TAX).round(2).cast(pl.Decimal(14, 2))
    return rows.with_columns(**{name: pl.Series(values) for name, values in drawn.items()}).with_columns(
        sku=pl.format("SKU-{}", "product_id"), category=pl.format("C{}", pl.col("product_id") % _CATEGORIES),
        unit_price=pl.col("price"), net=net, tax=tax, gross=(net + tax).cast(pl.Decimal(14, 2)),
        is_open=pl.col("status_group") == "deliver", is_direct=pl.col("warehouse") == "DIRECT",
        quantity_shipped=pl.when(pl.col("status_group") == "done").then("quantity").otherwise(0),
        quantity_cancelled=pl.when(pl.col("status_group") == "cancelled").then("quantity").otherwise(0),
        quantity_unwanted=pl.lit(0), quantity_returned=pl.lit(0), quantity_allocated=pl.col("quantity"),
    )  # fmt: skip


def _with_sums(orders: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    sums = lines.group_by("order_id").agg(
        pl.col("net", "tax", "gross").sum(), lines=pl.len(), units=pl.col("quantity").sum(),
        units_shipped=pl.col("quantity_shipped").sum(), units_cancelled=pl.col("quantity_cancelled").sum(),
    )  # fmt: skip
    promised = pl.col("placed_day").dt.offset_by("5d")
    wall = (pl.col("delivered_at") - pl.col("placed_at")).dt.total_seconds()
    group = pl.col("status_group")
    return orders.join(sums, on="order_id").with_columns(
        status=group, is_open=group == "deliver", is_cancelled=group == "cancelled", is_delivered=group == "done",
        is_delivered_in_full=group == "done", is_test=pl.lit(value=False), is_duplicate=pl.lit(value=False),
        delivered_day=pl.col("delivered_at").dt.date(), shipped_day=pl.col("shipped_at").dt.date(),
        first_promised_day=promised, promised_day=promised, cycle_wall_seconds=wall,
        cycle_business_seconds=wall // 3, last_event_at=pl.coalesce("delivered_at", "placed_at"),
        units_returned=pl.lit(0), shipping=pl.lit(0), total=pl.col("gross"), paid=pl.col("gross"), refunded=pl.lit(0),
        touches=pl.lit(4), corrections=pl.lit(0),
    )  # fmt: skip


def _revenue(lines: pl.DataFrame) -> pl.DataFrame:
    shipped = lines.filter(pl.col("quantity_shipped") > 0)
    day = pl.col("shipped_at").dt.date()
    return shipped.with_columns(kind=pl.lit("shipped"), document_id=pl.col("order_id"), day=day)


def _completed(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Leave unknown what the shop does not say."""
    return frame.with_columns(pl.lit(None).cast(kind).alias(name) for name, kind in schema.items() if name not in frame)
