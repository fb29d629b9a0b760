"""Metrics of what cancelling costs: lines out of orders that live, customers who never came back, early losses."""

import polars as pl

from pipelines.metrics.definition import Direction, Lens, Metric, Shape, Tables, Unit

RETURN_DAYS = 60
"""Who does not order again within so many days of a cancellation is lost."""
EARLY_DAYS = 14
"""Every order is given so many days, so that a younger period does not look better for its age."""
_BOUGHT_BEFORE = 2
_COUNTED = pl.col("is_counted")
_EITHER_DAY = {Lens.COHORT: "placed_day", Lens.FLOW: "cancelled_day"}
_LOST_DAY = {Lens.COHORT: "placed_day", Lens.FLOW: "lost_day"}
_ENDS = frozenset({"reason", "fault", "derived_cause"})
_IS_OLD_ENOUGH = pl.col("as_of_at") - pl.col("placed_at") >= pl.duration(days=EARLY_DAYS)
_IS_EARLY = pl.col("cancelled_at") - pl.col("placed_at") <= pl.duration(days=EARLY_DAYS)
_IS_LOST = (pl.col("return_until") <= pl.col("as_of_at")) & (
    pl.col("next_placed_at").is_null() | (pl.col("next_placed_at") > pl.col("return_until"))
)
_LOST = (
    "whose order was cancelled, after at least two orders that were not, and who ordered nothing in any channel "
    "in the 60 days after that; cancelled duplicates are out. Flow: by the day on which the 60 days were over"
)


def _last_orders(tables: Tables) -> pl.LazyFrame:
    """Cancelled orders of repeat customers: what these had ordered before, and when they ordered next."""
    orders = tables("order_facts").filter(_COUNTED, pl.col("customer_id").is_not_null())
    bought = (~pl.col("is_cancelled")).cast(pl.Int64)
    worth = pl.when("is_cancelled").then(0).otherwise("gross")
    return (
        orders.sort("customer_id", "placed_at", "order_id")
        .with_columns(
            orders_before=(bought.cum_sum() - bought).over("customer_id"),
            value_before=(worth.cum_sum() - worth).over("customer_id", "currency"),
            next_placed_at=pl.col("placed_at").shift(-1).over("customer_id"),
        )
        .filter(
            "is_cancelled",
            pl.col("orders_before") >= _BOUGHT_BEFORE,
            pl.any_horizontal(pl.col("reason", "derived_cause") == "duplicate").fill_null(value=False).not_(),
        )
        .with_columns(
            return_until=pl.col("cancelled_at") + pl.duration(days=RETURN_DAYS),
            lost_day=pl.col("cancelled_day").dt.offset_by(f"{RETURN_DAYS}d"),
        )
    )


def _losses_beside_orders(tables: Tables) -> pl.LazyFrame:
    """Orders as placed, one each, and beside them every avoidable loss out of them, with its own cause."""
    orders = tables("order_facts").filter(_COUNTED).drop("margin", strict=False)
    nothing = pl.lit(0).cast(pl.Decimal(14, 2))
    placed = orders.with_columns(was_placed=pl.lit(1), margin=nothing)
    losses = tables("cancellations").select("order_id", "margin", "is_avoidable", "cancelled_at", *_ENDS)
    lost = (
        orders.drop("cancelled_at", *_ENDS)
        .join(losses.filter("is_avoidable", pl.col("margin").is_not_null()), on="order_id")
        .filter(_IS_EARLY)
        .with_columns(was_placed=pl.lit(0))
    )
    return pl.concat([placed, lost.select(placed.collect_schema().names())])


CANCELLING = (
    Metric(
        "partial_cancelled_value", "Cancelled out of living orders", Unit.MONEY, Direction.DOWN,
        "Net value of lines cancelled out of orders that were not cancelled as a whole. Flow: by the day cancelled.",
        mart="cancellations", numerator=pl.col("net"), where=_COUNTED & ~pl.col("is_whole_order"), days=_EITHER_DAY,
    ),
    Metric(
        "partial_cancelled_units", "Units cancelled out of living orders", Unit.QUANTITY, Direction.DOWN,
        "Units of lines cancelled out of orders that were not cancelled as a whole. Flow: by the day cancelled.",
        mart="cancellations", numerator=pl.col("quantity"),
        where=_COUNTED & ~pl.col("is_whole_order") & pl.col("quantity").is_not_null(), days=_EITHER_DAY,
    ),
    Metric(
        "repeat_customers_lost", "Repeat customers lost", Unit.COUNT, Direction.DOWN,
        f"Customers {_LOST}.",
        mart="order_facts", prepare=_last_orders, numerator=pl.lit(1), where=_IS_LOST,
        days=_LOST_DAY, matures_days=30 + RETURN_DAYS, home=Lens.FLOW,
    ),
    Metric(
        "repeat_value_lost", "Past value of customers lost", Unit.MONEY, Direction.DOWN,
        f"Gross value of all earlier orders, cancelled ones left out, of the customers {_LOST}.",
        mart="order_facts", prepare=_last_orders, numerator=pl.col("value_before"), where=_IS_LOST,
        days=_LOST_DAY, matures_days=30 + RETURN_DAYS, home=Lens.FLOW,
    ),
    Metric(
        "early_cancel_rate", "Cancelled within 14 days", Unit.SHARE, Direction.DOWN,
        "Of the orders placed in the period and at least 14 days old, the share cancelled within 14 days: every order "
        "was given as long.",
        mart="order_facts", shape=Shape.RATIO, denominator=pl.lit(1),
        numerator=(pl.col("is_cancelled") & _IS_EARLY).fill_null(value=False).cast(pl.Int64),
        where=_COUNTED & _IS_OLD_ENOUGH, outcome_cuts=_ENDS, days={Lens.COHORT: "placed_day"},
    ),
    Metric(
        "early_avoidable_margin", "Avoidable margin lost per order", Unit.MONEY, Direction.DOWN,
        "Margin of what was cancelled, within 14 days of placing the order, for a derived cause that the shop could "
        "have kept from happening, divided by the orders placed in the period that are at least 14 days old.",
        mart="order_facts", prepare=_losses_beside_orders, shape=Shape.RATIO, numerator=pl.col("margin"),
        denominator=pl.col("was_placed"), where=_IS_OLD_ENOUGH, outcome_cuts=_ENDS, shows_cost=True,
        days={Lens.COHORT: "placed_day"},
    ),
)  # fmt: skip
