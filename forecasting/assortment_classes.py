"""Classes of an assortment: by what products earn (ABC) and by how steadily they are asked for (XYZ)."""

import polars as pl

A_SHARE, B_SHARE = 0.80, 0.95
X_VARIATION, Y_VARIATION = 0.5, 1.0


def classify(weekly: pl.DataFrame) -> pl.DataFrame:
    """Class every product: product_id, abc, xyz.

    `weekly`: product_id, demand, revenue, one row per product and week, weeks without demand as zeros. A: the products
    that earn the first 80 % of the revenue, B: up to 95 %. X: weekly demand varies by at most half its mean (standard
    deviation over mean), Y: by its mean; a product without demand is CZ.
    """
    of_product = weekly.group_by("product_id").agg(
        revenue=pl.col("revenue").cast(pl.Float64).sum(),
        variation=pl.col("demand").cast(pl.Float64).std(ddof=0) / pl.col("demand").cast(pl.Float64).mean(),
    )
    ranked = of_product.sort("revenue", "product_id", descending=[True, False])
    before = (pl.col("revenue").cum_sum() - pl.col("revenue")) / pl.col("revenue").sum()
    variation = pl.col("variation").fill_nan(None)
    return ranked.select(
        "product_id",
        abc=pl.when((pl.col("revenue") > 0) & (before < A_SHARE)).then(pl.lit("A"))
        .when((pl.col("revenue") > 0) & (before < B_SHARE)).then(pl.lit("B")).otherwise(pl.lit("C")),
        xyz=pl.when(variation <= X_VARIATION).then(pl.lit("X"))
        .when(variation <= Y_VARIATION).then(pl.lit("Y")).otherwise(pl.lit("Z")),
    )  # fmt: skip
