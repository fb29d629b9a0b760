"""Metrics of keeping one's word: time, promises, cancellations."""

import polars as pl

from pipelines.metrics.definition import Direction, Lens, Metric, Shape, Tables, Unit

_COUNTED = pl.col("is_counted")
_ENDS = frozenset({"reason", "fault", "derived_cause"})
_ON_TIME = (
    "Orders delivered in full on or before the {} by the calendar of the channel, divided by the orders, not "
    "cancelled, whose {} fell due in the period. Undelivered ones count as late; a promise is due once its day has "
    "passed."
)


def _on_time(code: str, label: str, promise: str, words: str) -> Metric:
    due = pl.col(promise).is_not_null() & (pl.col(promise) < pl.col("as_of_day"))
    return Metric(
        code, label, Unit.SHARE, Direction.UP, _ON_TIME.format(words, words),
        mart="order_facts", shape=Shape.RATIO, denominator=pl.lit(1),
        numerator=(pl.col("is_delivered_in_full") & (pl.col("delivered_day") <= pl.col(promise)))
        .fill_null(value=False).cast(pl.Int64),
        where=_COUNTED & ~pl.col("is_cancelled") & due, days={Lens.COHORT: promise, Lens.FLOW: promise},
    )  # fmt: skip


def _cancelled_beside_received(tables: Tables) -> pl.LazyFrame:
    """Orders twice: as received on the day placed, and, where cancelled, as cancelled on that day."""
    orders = tables("order_facts").filter(_COUNTED)
    received = orders.with_columns(
        day=pl.col("placed_day"), manager=pl.col("taken_by"), was_cancelled=pl.lit(0), was_received=pl.lit(1)
    )
    cancelled = orders.filter("is_cancelled").with_columns(
        day=pl.col("cancelled_day"), was_cancelled=pl.lit(1), was_received=pl.lit(0)
    )
    return pl.concat([received, cancelled])


KEEPING = (
    Metric(
        "cycle_time", "Cycle time", Unit.HOURS, Direction.DOWN,
        "From placing an order to its delivery: median, 90th percentile by nearest rank and mean, in wall hours; the "
        "business value counts the channel's working hours. Cancelled orders and those delivered at an unknown time "
        "are out. Flow: by the day of delivery.",
        mart="order_facts", shape=Shape.DURATION, numerator=pl.col("cycle_wall_seconds"),
        denominator=pl.col("cycle_business_seconds"),
        where=_COUNTED & pl.col("is_delivered") & pl.col("cycle_wall_seconds").is_not_null(),
        days={Lens.COHORT: "placed_day", Lens.FLOW: "delivered_day"}, matures_days=30,
    ),
    Metric(
        "stage_time", "Time in stage", Unit.HOURS, Direction.DOWN,
        "Length of each finished stay of an order in a stage, every visit counted, in wall and business hours; cut it "
        "by status_group. Flow: by the day the stage was left.",
        mart="status_intervals", shape=Shape.DURATION, numerator=pl.col("wall_seconds"),
        denominator=pl.col("business_seconds"), where=_COUNTED & pl.col("left_at").is_not_null(),
        days={Lens.COHORT: "placed_day", Lens.FLOW: "left_day"},
    ),
    Metric(
        "throughput", "Stage exits", Unit.COUNT, Direction.UP,
        "Stages finished, credited to whoever held the order at that moment. Cohort: of the orders placed in the "
        "period.",
        mart="status_intervals", numerator=pl.lit(1), where=_COUNTED & pl.col("left_at").is_not_null(),
        home=Lens.FLOW, days={Lens.COHORT: "placed_day", Lens.FLOW: "left_day"},
    ),
    _on_time("on_time_rate", "On time (first promise)", "first_promised_day", "first promised day"),
    _on_time("on_time_rate_current", "On time (last promise)", "promised_day", "last promised day"),
    Metric(
        "cancel_rate", "Cancel rate", Unit.SHARE, Direction.DOWN,
        "Of the orders placed in the period, the share cancelled by now. By reason: each reason's share of the whole "
        "cohort.",
        mart="order_facts", shape=Shape.RATIO, numerator=pl.col("is_cancelled").cast(pl.Int64),
        denominator=pl.lit(1), where=_COUNTED, outcome_cuts=_ENDS,
        days={Lens.COHORT: "placed_day"}, matures_days=30,
    ),
    Metric(
        "cancel_rate_flow", "Cancel rate (by cancel date)", Unit.SHARE, Direction.DOWN,
        "Orders cancelled in the period, whenever placed, divided by the orders received in it.",
        mart="order_facts", shape=Shape.RATIO, numerator=pl.col("was_cancelled"), denominator=pl.col("was_received"),
        outcome_cuts=_ENDS, prepare=_cancelled_beside_received, home=Lens.FLOW,
        days={Lens.COHORT: "day", Lens.FLOW: "day"},
    ),
    Metric(
        "cancelled_value", "Cancelled value", Unit.MONEY, Direction.DOWN,
        "Net value of what was cancelled, single lines included. Flow: by the day it was cancelled.",
        mart="cancellations", numerator=pl.col("net"), where=_COUNTED,
        days={Lens.COHORT: "placed_day", Lens.FLOW: "cancelled_day"},
    ),
    Metric(
        "cancelled_margin", "Cancelled margin", Unit.MONEY, Direction.DOWN,
        "Margin that went with what was cancelled; lines without a known cost are out.",
        mart="cancellations", numerator=pl.col("margin"), where=_COUNTED & pl.col("margin").is_not_null(),
        shows_cost=True,
        days={Lens.COHORT: "placed_day", Lens.FLOW: "cancelled_day"},
    ),
    Metric(
        "avoidable_margin", "Avoidable margin lost", Unit.MONEY, Direction.DOWN,
        "Margin of what was cancelled for a derived cause that the shop could have kept from happening.",
        mart="cancellations", numerator=pl.col("margin"), shows_cost=True,
        where=_COUNTED & pl.col("margin").is_not_null() & pl.col("is_avoidable").fill_null(value=False),
        days={Lens.COHORT: "placed_day", Lens.FLOW: "cancelled_day"},
    ),
    Metric(
        "avoidable_share", "Avoidable share", Unit.SHARE, Direction.DOWN,
        "Net value cancelled for a derived cause that the shop could have kept from happening, divided by all net "
        "value cancelled for a known cause.",
        mart="cancellations", shape=Shape.RATIO, denominator=pl.col("net"),
        numerator=pl.when("is_avoidable").then("net").otherwise(0),
        where=_COUNTED & pl.col("derived_cause").is_not_null(),
        days={Lens.COHORT: "placed_day", Lens.FLOW: "cancelled_day"},
    ),
    Metric(
        "misstated_share", "Stated otherwise", Unit.SHARE, Direction.DOWN,
        "Cancellations whose stated reason names something else than the cause told from the record, divided by those "
        "with such a cause.",
        mart="cancellations", shape=Shape.RATIO, numerator=pl.col("is_misstated").cast(pl.Int64),
        denominator=pl.lit(1), where=_COUNTED & pl.col("derived_cause").is_not_null(),
        days={Lens.COHORT: "placed_day", Lens.FLOW: "cancelled_day"},
    ),
    Metric(
        "time_to_cancel", "Time to cancel", Unit.HOURS, Direction.DOWN,
        "From placing an order to each cancellation of a line or of the order, in wall hours; estimated times are out.",
        mart="cancellations", shape=Shape.DURATION, numerator=pl.col("wall_seconds"),
        denominator=pl.lit(None, dtype=pl.Int64), where=_COUNTED & ~pl.col("time_estimated"),
        days={Lens.COHORT: "placed_day", Lens.FLOW: "cancelled_day"},
    ),
)  # fmt: skip
