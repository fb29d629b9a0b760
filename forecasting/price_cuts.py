"""Weeks in which a product was sold below its usual price: promotions as the books show them; frames in and out."""

import polars as pl

USUAL = "91d"
LEAST_CUT, DEEPEST_CUT = 0.05, 0.75
_LEAST_DAYS = 3


def price_cuts(sold: pl.DataFrame) -> pl.DataFrame:
    """Tell the weeks with days on which a product cost less than usual: sku, ds (Monday), cut (share off, its largest).

    ``sold``: a row per line sold: sku, day, unit_price. The price of a day is the median of its lines, the usual one
    the median of such days in the 91 before, at least three. A cut of less than 5 % is no promotion, one of more than
    75 % a slip in a price; a price that stays low is marked until half of the days before know it.
    """
    daily = sold.group_by("sku", "day").agg(price=pl.col("unit_price").cast(pl.Float64).median()).sort("sku", "day")
    before = pl.col("price").rolling_median_by("day", USUAL, min_samples=_LEAST_DAYS, closed="left").over("sku")
    return (
        daily.with_columns(cut=1 - pl.col("price") / before)
        .filter(pl.col("cut").is_between(LEAST_CUT, DEEPEST_CUT))
        .group_by("sku", ds=pl.col("day").dt.truncate("1w"))
        .agg(pl.col("cut").max())
        .sort("sku", "ds")
    )
