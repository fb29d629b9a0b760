"""Metrics of waiting: time until something happens, told with those who still wait."""

import polars as pl

from pipelines.metrics.definition import Direction, Lens, Metric, Shape, Unit

_COUNTED = pl.col("is_counted")
_FIRST, _LAST, _DELIVERED = pl.col("first_promised_day"), pl.col("promised_day"), pl.col("delivered_day")
_NO_BUSINESS_TIME = pl.lit(None, dtype=pl.Int64)

WAITING = (
    Metric(
        "cycle_time_km", "Cycle time with open orders", Unit.HOURS, Direction.DOWN,
        "Median and 90th percentile of the time from placing to delivery by Kaplan and Meier: orders still open count "
        "as having lasted at least until now, so that stuck ones never make it look better. Cancelled orders are out; "
        "unknown until half of the orders are expected to be delivered.",
        mart="order_facts", shape=Shape.SURVIVAL, denominator=pl.col("is_delivered").cast(pl.Int64),
        numerator=pl.when("is_delivered").then("cycle_wall_seconds")
        .otherwise((pl.col("as_of_at") - pl.col("placed_at")).dt.total_seconds()),
        where=_COUNTED & (pl.col("is_open") | (pl.col("is_delivered") & pl.col("cycle_wall_seconds").is_not_null())),
        days={Lens.COHORT: "placed_day"},
    ),
    Metric(
        "time_to_ship", "Time to ship", Unit.HOURS, Direction.DOWN,
        "From placing an order to its first shipment: median, 90th percentile and mean, in wall hours. Flow: by the "
        "day of that shipment.",
        mart="order_facts", shape=Shape.DURATION, numerator=pl.col("ship_wall_seconds"),
        denominator=_NO_BUSINESS_TIME, where=_COUNTED & pl.col("ship_wall_seconds").is_not_null(),
        days={Lens.COHORT: "placed_day", Lens.FLOW: "shipped_day"}, matures_days=14,
    ),
    Metric(
        "refund_time", "Time to refund", Unit.HOURS, Direction.DOWN,
        "From the first goods that came back, or else from the cancellation, to the last money given back: median, "
        "90th percentile and mean, in wall hours.",
        mart="order_facts", shape=Shape.DURATION, numerator=pl.col("refund_wall_seconds"),
        denominator=_NO_BUSINESS_TIME, where=_COUNTED & pl.col("refund_wall_seconds").is_not_null(), home=Lens.FLOW,
        days={Lens.COHORT: "placed_day", Lens.FLOW: "refunded_day"}, matures_days=60,
    ),
    Metric(
        "promise_inflation", "Promise inflation", Unit.SHARE, Direction.DOWN,
        "Of the orders, not cancelled, whose first promise fell due in the period, the share that missed it and looks "
        "punctual by a later promise only.",
        mart="order_facts", shape=Shape.RATIO, denominator=pl.lit(1),
        numerator=((_DELIVERED.is_null() | (_DELIVERED > _FIRST)) & (_LAST > _FIRST)
                   & pl.coalesce(_DELIVERED <= _LAST, pl.col("as_of_day") <= _LAST))
        .fill_null(value=False).cast(pl.Int64),
        where=_COUNTED & ~pl.col("is_cancelled") & _FIRST.is_not_null() & (pl.col("as_of_day") > _FIRST),
        days={Lens.COHORT: "first_promised_day", Lens.FLOW: "first_promised_day"},
    ),
    Metric(
        "reentry_rate", "Re-entries", Unit.SHARE, Direction.DOWN,
        "Of the stays in a stage that ended, the share that were not the order's first in it. Flow: by the day the "
        "stage was left.",
        mart="status_intervals", shape=Shape.RATIO, numerator=pl.col("is_reentry").cast(pl.Int64),
        denominator=pl.lit(1), where=_COUNTED & pl.col("left_at").is_not_null(), home=Lens.FLOW,
        days={Lens.COHORT: "placed_day", Lens.FLOW: "left_day"},
    ),
    Metric(
        "stage_reached", "Orders that reached a stage", Unit.ORDERS, Direction.NEITHER,
        "Orders that came into a stage, once each however often they came; cut it by status_group. Cohort: of the "
        "orders placed in the period, whenever they came. Flow: by the day they first came.",
        mart="status_intervals", numerator=pl.lit(1), where=_COUNTED & ~pl.col("is_reentry"), credit="taken_by",
        days={Lens.COHORT: "placed_day", Lens.FLOW: "entered_day"},
    ),
    Metric(
        "preventable_share", "Preventable cancellations", Unit.SHARE, Direction.DOWN,
        "Of the net value that was cancelled, the share whose reason we could have prevented.",
        mart="cancellations", shape=Shape.RATIO, denominator=pl.col("net"),
        numerator=pl.when("is_preventable").then("net").otherwise(0), where=_COUNTED,
        days={Lens.COHORT: "placed_day", Lens.FLOW: "cancelled_day"},
    ),
)  # fmt: skip
