"""Metrics of goods: what was asked for, what was there, what it is worth and how long it lasts."""

import polars as pl

from pipelines.metrics.definition import Direction, Lens, Metric, Shape, Tables, Unit

_DAYS = {Lens.COHORT: "day", Lens.FLOW: "day"}
_LEVEL = {**_DAYS, Lens.NOW: None}
_LOOK_BACK = 90
_PAIR = ("warehouse", "product_id")


def _weighted_days(tables: Tables) -> pl.LazyFrame:
    """Product-days of each channel that sells the product there, weighted by what it asks for per day on average."""
    stock, pair = tables("daily_stock"), ["warehouse", "product_id"]
    days = stock.group_by(pair).agg(days=pl.len())
    demand = tables("daily_demand").group_by("channel", *pair).agg(pl.col("demand").cast(pl.Float64).sum())
    weights = demand.join(days, on=pair).select("channel", *pair, weight=pl.col("demand") / pl.col("days"))
    return stock.join(weights, on=pair, how="inner")


def _valued(tables: Tables) -> pl.LazyFrame:
    """Stock by day with what a unit costs at the preferred supplier now; unknown where none is asked for a price."""
    costs = tables("dimensions").filter(pl.col("kind") == "cost")
    costs = costs.select(product_id=pl.col("id").cast(pl.Int64), unit_cost=pl.col("label").cast(pl.Decimal(14, 4)))
    return tables("daily_stock").join(costs, on="product_id", how="left")


def _with_pace(tables: Tables) -> pl.LazyFrame:
    """Stock by day with the demand of the days up to it, all channels together, in ``recent``."""
    asked = tables("daily_demand").group_by(*_PAIR, "day").agg(pl.col("demand").cast(pl.Float64).sum())
    days = _valued(tables).join(asked, on=[*_PAIR, "day"], how="left").sort(*_PAIR, "day")
    recent = pl.col("demand").fill_null(0).rolling_sum_by("day", window_size=f"{_LOOK_BACK}d").over(_PAIR)
    return days.with_columns(recent=recent)


def _worth(quantity: str) -> pl.Expr:
    return pl.col(quantity).cast(pl.Float64) * pl.col("unit_cost").cast(pl.Float64)


STOCK = (
    Metric(
        "in_stock_rate", "In-stock rate", Unit.SHARE, Direction.UP,
        "Share of product-days, in each warehouse that keeps the product, on which something was available at the end "
        "of the day; each weighted by the product's average daily demand there.",
        mart="daily_stock", shape=Shape.RATIO, prepare=_weighted_days, denominator=pl.col("weight"),
        numerator=pl.when("stocked_out").then(0.0).otherwise("weight"), where=pl.col("weight") > 0,
        days={Lens.COHORT: "day", Lens.FLOW: "day"},
    ),
    Metric(
        "demand", "Demand", Unit.QUANTITY, Direction.UP,
        "Units asked for on the day the order was placed, shipped or not, without what customers took back.",
        mart="daily_demand", numerator=pl.col("demand"), days={Lens.COHORT: "day", Lens.FLOW: "day"},
    ),
    Metric(
        "stock_value", "Stock value", Unit.MONEY, Direction.NEITHER,
        "Units on hand at the end of the period, each at what the preferred supplier asks for it now; products without "
        "a known cost are out.",
        mart="daily_stock", prepare=_valued, numerator=_worth("on_hand"), where=pl.col("unit_cost").is_not_null(),
        is_level=True, standing=pl.lit(value=True), home=Lens.NOW, days=_LEVEL, shows_cost=True,
    ),
    Metric(
        "dead_stock", "Dead stock", Unit.MONEY, Direction.DOWN,
        "Stock value, at the end of the period, of products that nobody asked for in the 90 days before, in the "
        "warehouse that has them.",
        mart="daily_stock", prepare=_with_pace, numerator=_worth("on_hand"), is_level=True,
        where=pl.col("unit_cost").is_not_null() & (pl.col("recent") <= 0) & (pl.col("on_hand") > 0),
        standing=pl.lit(value=True), home=Lens.NOW, days=_LEVEL, shows_cost=True,
    ),
    Metric(
        "stock_cover", "Stock cover", Unit.DAYS, Direction.NEITHER,
        "Units on hand at the end of the period divided by the daily demand of the 90 days before: how many days they "
        "last.",
        mart="daily_stock", prepare=_with_pace, shape=Shape.RATIO, numerator=pl.col("on_hand").cast(pl.Float64),
        denominator=pl.col("recent") / _LOOK_BACK, where=pl.col("recent") > 0, is_level=True,
        standing=pl.lit(value=True), home=Lens.NOW, days=_LEVEL,
    ),
    Metric(
        "stock_turn", "Stock turn", Unit.COUNT, Direction.UP,
        "Cost of the goods shipped, as for a whole year, divided by the average value of the stock: how many times a "
        "year it is sold.",
        mart="daily_stock", prepare=_valued, shape=Shape.RATIO, numerator=_worth("shipped") * 365,
        denominator=_worth("on_hand"), where=pl.col("unit_cost").is_not_null(), home=Lens.FLOW, days=_DAYS,
        shows_cost=True,
    ),
)  # fmt: skip
