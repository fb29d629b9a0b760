"""Mart revenue: one row per order line and hand-over or return; lives on the day the order was placed."""

import polars as pl

from pipelines.marts.business_days import business_day
from pipelines.marts.headers import HEADER, manager_at
from pipelines.marts.mart import MONEY, QUANTITY, Mart, Schema
from pipelines.marts.order_lines import LINE, cost_of, lines_with_headers
from pipelines.marts.sources import Sources

GRAIN = ("order_id", "position", "kind", "document_id")
SCHEMA: Schema = {
    "order_id": pl.Int64, "position": pl.Int64, "kind": pl.String, "document_id": pl.Int64, "number": pl.String,
    **HEADER, **LINE, "status_group": pl.String,
    "day": pl.Date, "quantity": QUANTITY, "net": MONEY, "cost": MONEY, "margin": MONEY,
    "carrier_cost": MONEY,
}  # fmt: skip
IDENTITIES = {
    "shipped is income, returned its reversal": pl.when(pl.col("kind") == "shipped")
    .then((pl.col("quantity") > 0) & (pl.col("net") >= 0))
    .otherwise((pl.col("quantity") < 0) & (pl.col("net") <= 0)),
    "margin = net − cost": (pl.col("margin") == pl.col("net") - pl.col("cost")) | pl.col("cost").is_null(),
}
MART = Mart("revenue", "placed_day", GRAIN, SCHEMA, IDENTITIES)


def build(sources: Sources) -> pl.LazyFrame:
    """Build the mart: shipped lines by the day they were shipped, returned ones, negative, by the day of receipt.

    The parts of a line shipped in several turns sum exactly to its net. ``manager`` is who held the order at the time.
    ``carrier_cost`` is the line's part, by quantity, of what the carrier charged for the shipment, where on record.
    """
    zones = sources["orders"]["time_zone"].unique().to_list()
    lines = lines_with_headers(sources).rename({"quantity": "line_quantity", "net": "line_net"})
    # An order without any assignment on record has had one owner.
    lines = lines.with_columns(manager="owner").rename({"carrier": "first_carrier"})
    entries = pl.concat([_shipped(sources), _returned(sources)], how="diagonal")
    frame = (
        manager_at(entries.join(lines, on="line_id", how="inner"), sources)
        .sort("line_id", "kind", "at", "document_id")
        .with_columns(
            net=pl.when(pl.col("kind") == "shipped")
            .then(_share("line_net", "line_quantity", "line_id"))
            .otherwise("net"),
            carrier=pl.coalesce("carrier", "first_carrier"),
        )
        .with_columns(day=business_day("at", zones), cost=cost_of("quantity"))
        .with_columns(sign=pl.when(pl.col("kind") == "shipped").then(1).otherwise(-1))
        .with_columns(pl.col("quantity", "net", "cost") * pl.col("sign"))
        .with_columns(margin=pl.col("net") - pl.col("cost"))
    )
    return MART.shaped(frame)


def _shipped(sources: Sources) -> pl.LazyFrame:
    return (
        sources["shipments"]
        .lazy()
        .filter(pl.col("line_id").is_not_null())
        .sort("shipment_id", "line_id")
        .with_columns(kind=pl.lit("shipped"), sent=pl.col("quantity").sum().over("shipment_id"))
        .with_columns(carrier_cost=_share("cost", "sent", "shipment_id"))
        .select("line_id", "quantity", "kind", "carrier", "carrier_cost", document_id="shipment_id", at="shipped_at")
    )


def _returned(sources: Sources) -> pl.LazyFrame:
    return (
        sources["returns"]
        .lazy()
        .select("line_id", "quantity", "net", kind=pl.lit("returned"), document_id="return_id", at="received_at")
    )


def _share(money: str, whole: str, of: str) -> pl.Expr:
    """Share of the money by cumulated quantity within ``of``, each cumulated share half-up to the cent."""
    reached = pl.col("quantity").cum_sum().over(of, "kind").cast(QUANTITY)
    before = (reached - pl.col("quantity")).cast(QUANTITY)
    return ((_part(reached, money, whole) - _part(before, money, whole)).cast(MONEY)) / 100


def _part(quantity: pl.Expr, money: str, whole: str) -> pl.Expr:
    cents, of = pl.col(money).cast(MONEY).to_physical(), pl.col(whole).cast(QUANTITY).to_physical()
    return (2 * cents * quantity.to_physical() + of) // (2 * of)
