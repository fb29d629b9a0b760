"""Health of the stock: how long it lasts, when it runs out, what is too much and what nobody wants; frames in and out.

The stock is projected by the mean forecast, spread evenly over the days of its period; goods on the way come on the day
they are expected, those overdue today (where the forecast begins tomorrow, then). What lies beyond the forecast's
horizon is not told.
"""

from datetime import date, timedelta

import polars as pl

HEALTH = ("out", "short", "dead", "excess", "sound", "unforeseen", "absent")
"""Out: nothing is free though it is wanted. Short: it runs out before goods ordered today would be here. Dead: nobody
asked for it lately. Excess: with what is on the way it outlasts the forecast's horizon. Without a forecast nothing can
be said of what is to come: unforeseen where something lies there, absent where nothing does. The first that holds.
"""


def project_stock(free: pl.DataFrame, ahead: pl.DataFrame, coming: pl.DataFrame, *, today: date) -> pl.DataFrame:
    """Expected free stock at the end of each day: unique_id, day, demand, came, left, left_without.

    ``free``: unique_id, free (units, below zero what is owed). ``ahead``: unique_id, ds (first day of a period of a
    week), mean. ``coming``: unique_id, expected_on (null: unknown, left out), quantity. ``left_without`` leaves out
    what is on the way. Grain: series and day, from today to the end of the horizon; a series without forecast has no
    rows.
    """
    days = (
        ahead.select("unique_id", "ds", demand=pl.col("mean") / 7)
        .with_columns(day=pl.date_ranges("ds", pl.col("ds") + timedelta(days=6)))
        .explode("day")
        .filter(pl.col("day") >= today)
        .select("unique_id", "day", "demand")
    )
    begins = days.group_by("unique_id").agg(begins=pl.col("day").min())
    due = coming.drop_nulls("expected_on").join(begins, on="unique_id")
    due = due.select("unique_id", "quantity", day=pl.max_horizontal("expected_on", "begins"))
    arrivals = due.group_by("unique_id", "day").agg(came=pl.col("quantity").cast(pl.Float64).sum())
    return (
        days.join(arrivals, on=["unique_id", "day"], how="left")
        .join(free.select("unique_id", pl.col("free").cast(pl.Float64)), on="unique_id")
        .sort("unique_id", "day")
        .with_columns(pl.col("came").fill_null(0.0))
        .with_columns(left_without=pl.col("free") - pl.col("demand").cum_sum().over("unique_id"))
        .with_columns(left=pl.col("left_without") + pl.col("came").cum_sum().over("unique_id"))
        .select("unique_id", "day", "demand", "came", "left", "left_without")
    )


def judge_stock(positions: pl.DataFrame, projected: pl.DataFrame, *, today: date) -> pl.DataFrame:
    """Tell of every position how it stands.

    ``positions``: unique_id, on_hand, free, on_order, lead_time_days, recent (units asked for lately). Adds daily
    (expected units a day, null without forecast), cover_days (null where nothing is expected), runs_out_on and
    runs_out_without (null: not within the horizon), excess (units beyond the horizon's demand), dead (units nobody
    asked for lately, of what has a forecast) and health, one of ``HEALTH``.
    """
    told = projected.group_by("unique_id").agg(
        daily=pl.col("demand").mean(), wanted=pl.col("demand").sum(),
        runs_out_on=pl.col("day").filter(pl.col("left") < 0).min(),
        runs_out_without=pl.col("day").filter(pl.col("left_without") < 0).min(),
    )  # fmt: skip
    units = pl.col("on_hand", "free", "on_order", "recent").cast(pl.Float64)
    beyond = pl.min_horizontal(pl.col("free") + pl.col("on_order") - pl.col("wanted"), "on_hand").clip(0)
    arrives = pl.lit(today) + pl.duration(days=pl.col("lead_time_days"))
    is_foretold = pl.col("daily").is_not_null()
    is_dead = is_foretold & (pl.col("on_hand") > 0) & (pl.col("recent") <= 0)
    is_wanted = (pl.col("daily") > 0) | (~is_foretold & ((pl.col("recent") > 0) | (pl.col("free") < 0)))
    return (
        positions.with_columns(units)
        .join(told, on="unique_id", how="left", maintain_order="left")
        .with_columns(
            cover_days=pl.when(pl.col("daily") > 0).then(pl.col("free").clip(0) / pl.col("daily")),
            dead=pl.when(is_dead).then("on_hand").otherwise(0.0),
            excess=pl.when(~is_dead & is_foretold).then(beyond).otherwise(0.0).fill_null(0.0),
        )
        .with_columns(
            health=pl.when((pl.col("free") <= 0) & is_wanted).then(pl.lit("out"))
            .when(~is_foretold & (pl.col("on_hand") > 0)).then(pl.lit("unforeseen"))
            .when(~is_foretold).then(pl.lit("absent"))
            .when(pl.col("runs_out_on") < arrives).then(pl.lit("short"))
            .when(pl.col("dead") > 0).then(pl.lit("dead"))
            .when(pl.col("excess") > 0).then(pl.lit("excess")).otherwise(pl.lit("sound"))
        )
        .drop("wanted")
    )  # fmt: skip
