"""ABC and XYZ: which products carry the value, and how evenly they are asked for."""

import polars as pl

A_SHARE, B_SHARE = 0.80, 0.95
X_VARIATION, Y_VARIATION = 0.5, 1.0
FEWEST_WEEKS = 4


def classify_products(lines: pl.LazyFrame, *, weeks: int) -> pl.LazyFrame:
    """Class products by their ``gross`` and by their units per week: sku, category, order_id, week (0 …), quantity.

    A: the products that carry the first 80 % of the value, the largest first; B up to 95 %, C the rest: a product
    belongs where the value before it ends. X: units per week vary by at most half their mean (coefficient of
    variation, weeks without demand counted), Y by at most once, Z by more. ``xyz`` is null below four weeks.
    Columns: sku, category, gross, share, orders, units, variation, abc, xyz; shares add up to one.
    """
    products = lines.group_by("sku").agg(
        pl.col("category").first(), pl.col("gross").sum(), orders=pl.col("order_id").n_unique(),
        units=pl.col("quantity").sum(),
    )  # fmt: skip
    weekly = lines.group_by("sku", "week").agg(units=pl.col("quantity").sum().cast(pl.Float64))
    moments = weekly.group_by("sku").agg(total=pl.col("units").sum(), squares=pl.col("units").pow(2).sum())
    mean = pl.col("total") / weeks
    deviation = (pl.col("squares") / weeks - mean.pow(2)).clip(0).sqrt()
    variation = pl.when(mean > 0).then(deviation / mean)
    value = pl.col("gross").cast(pl.Float64)
    ranked = (
        products.join(moments.select("sku", variation=variation), on="sku", how="left")
        .sort("gross", "sku", descending=[True, False])
        .with_columns(share=pl.when(value.sum() > 0).then(value / value.sum()))
        .with_columns(before=(pl.col("share").cum_sum() - pl.col("share")).fill_null(1.0))
    )
    return ranked.with_columns(
        abc=pl.when(pl.col("before") < A_SHARE - 1e-9).then(pl.lit("A"))
        .when(pl.col("before") < B_SHARE - 1e-9).then(pl.lit("B")).otherwise(pl.lit("C")),
        xyz=pl.when(pl.lit(weeks) < FEWEST_WEEKS).then(None)
        .when(pl.col("variation") <= X_VARIATION).then(pl.lit("X"))
        .when(pl.col("variation") <= Y_VARIATION).then(pl.lit("Y")).otherwise(pl.lit("Z")),
    ).drop("before")  # fmt: skip
