"""Products sold below their usual price: in weeks that were, told from the books; in weeks to come, from the plan."""

from datetime import date, timedelta

import polars as pl

_USUAL_DAYS = 91
LEAST_CUT, DEEPEST_CUT = 0.05, 0.75
_LEAST_DAYS = 3
_WEEK = 7


def price_cuts(sold: pl.DataFrame) -> pl.DataFrame:
    """Tell the weeks with days on which a product cost less than usual: sku, ds (Monday), cut (share off, its largest).

    ``sold``: a row per line sold: sku, day, unit_price. The price of a day is the median of its lines, the usual one
    the median of such days in the 91 before, at least three. A cut of less than 5 % is no promotion, one of more than
    75 % a slip in a price; a price that stays low is marked until half of the days before know it.
    """
    daily = sold.group_by("sku", "day").agg(price=pl.col("unit_price").cast(pl.Float64).median()).sort("sku", "day")
    usual = f"{_USUAL_DAYS}d"
    before = pl.col("price").rolling_median_by("day", usual, min_samples=_LEAST_DAYS, closed="left").over("sku")
    return (
        daily.with_columns(cut=1 - pl.col("price") / before)
        .filter(pl.col("cut").is_between(LEAST_CUT, DEEPEST_CUT))
        .group_by("sku", ds=pl.col("day").dt.truncate("1w"))
        .agg(pl.col("cut").max())
        .sort("sku", "ds")
    )


def planned_cuts(listed: pl.DataFrame, *, until: date) -> pl.DataFrame:
    """Tell how far each week's price lies below the usual one: sku, ds (Monday), price_cut (share off, mean of 7 days).

    ``listed``: price_list, sku, day, price: the price from that day until the next row's; days to come are planned.
    Usual is what held longest in the 91 days before a price began; after half as many days a price that stays low is
    the usual one itself. Bounds as in `price_cuts`; of several lists the deepest cut counts. Weeks without a cut
    are left out, and so are days after ``until``.
    """
    keys = ["price_list", "sku"]
    day_after = until + timedelta(days=1)
    steps = (
        listed.sort("day", maintain_order=True).unique([*keys, "day"], keep="last", maintain_order=True)
        .with_columns(end=pl.col("day").shift(-1).over(keys).fill_null(day_after))
        .filter(pl.col("price") > 0)
    )  # fmt: skip
    days_before = pl.min_horizontal("end", "day_now") - pl.max_horizontal(
        "day", pl.col("day_now") - timedelta(days=_USUAL_DAYS)
    )
    usual = (
        steps.join(steps.select(*keys, day_now="day"), on=keys)
        .with_columns(held=days_before.dt.total_days())
        .filter(pl.col("day") < pl.col("day_now"), pl.col("held") > 0)
        .group_by(*keys, "price", day="day_now").agg(pl.col("held").sum())
        .group_by(*keys, "day").agg(usual=pl.col("price").sort_by("held", "price").last())
    )  # fmt: skip
    cut = steps.join(usual, on=[*keys, "day"]).with_columns(
        cut=1 - pl.col("price") / pl.col("usual"),
        end=pl.min_horizontal("end", pl.col("day") + timedelta(days=_USUAL_DAYS // 2 + 1), pl.lit(day_after)),
    )
    return (
        cut.filter(pl.col("cut").is_between(LEAST_CUT, DEEPEST_CUT), pl.col("day") < pl.col("end"))
        .select(*keys, "cut", each=pl.date_ranges("day", "end", closed="left")).explode("each")
        .group_by(*keys, ds=pl.col("each").dt.truncate("1w")).agg(price_cut=pl.col("cut").sum() / _WEEK)
        .group_by("sku", "ds").agg(pl.col("price_cut").max())
        .sort("sku", "ds")
    )  # fmt: skip
