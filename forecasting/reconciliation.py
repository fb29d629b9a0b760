"""Forecasts that add up: places of products, groups of products and the whole tell one truth.

A level's own forecast and the sum from below are averaged by how well either was told before, from the bottom up; what
the whole then says is shared out in proportion from the top down. It is least squares on the tree with variances in
proportion to the forecasts (Hyndman, Lee and Wang 2016), but for the weights, which are measured: sums of careful means
are biased low, and structural weights take no account of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import polars as pl

GROUP = "group"
_MOST, _LEAST_ROWS = 2.0, 400
_WHEN = ("cutoff", "ds")


@dataclass(frozen=True)
class Trust:
    """How much of a level's own forecast is taken beside the sum from below, 0 to 1."""

    groups: float
    whole: float


def evened(told: pl.DataFrame, trials: pl.DataFrame) -> pl.DataFrame:
    """Scale the means of ``told`` so that each kind of series asks on average for what it asked for in the trials.

    ``trials``: series_class, mean, demand; ``told`` has series_class and mean. Means that are trained to be near run
    low where demand is lumpy, and a sum of them with it. A kind tried on few rows takes the factor of all; none is
    scaled beyond half or twice.
    """
    factor = (pl.col("demand").sum() / pl.col("mean").sum()).clip(1 / _MOST, _MOST)
    of_all = trials.drop_nulls("demand").select(factor).item()
    known = trials.drop_nulls("demand").group_by("series_class").agg(factor.alias("factor"), rows=pl.len())
    scaled = told.join(
        known.filter(pl.col("rows") >= _LEAST_ROWS), on="series_class", how="left", maintain_order="left"
    )
    whole = of_all if of_all is not None and isfinite(of_all) else 1.0
    return scaled.with_columns(mean=pl.col("mean") * pl.col("factor").fill_nan(None).fill_null(whole)).drop(
        "factor", "rows"
    )


def learn_trust(leaves: pl.DataFrame, groups: pl.DataFrame, whole: pl.DataFrame) -> Trust:
    """Weigh by squared errors at past cutoffs.

    ``leaves``: group, cutoff, ds, mean; ``groups``: group, cutoff, ds, mean, demand; ``whole``: the same without group.
    A half each where nothing is known.
    """
    below = _summed(leaves, (GROUP, *_WHEN))
    of_groups = _share(groups, below, (GROUP, *_WHEN))
    mixed = _mixed(groups, below, of_groups, (GROUP, *_WHEN))
    return Trust(of_groups, _share(whole, _summed(mixed, _WHEN), _WHEN))


def reconcile(leaves: pl.DataFrame, groups: pl.DataFrame, whole: pl.DataFrame, trust: Trust) -> pl.DataFrame:
    """Return ``leaves`` with means that sum to one truth for groups and for the whole; other columns pass.

    Columns as for `learn_trust`, without demand. A group that has no forecast of its own is what lies under it; under
    leaves that all expect nothing nothing is put.
    """
    below = _summed(leaves, (GROUP, *_WHEN))
    mixed = _mixed(groups, below, trust.groups, (GROUP, *_WHEN))
    total = _mixed(whole, _summed(mixed, _WHEN), trust.whole, _WHEN)
    ratios = (
        mixed.join(total, on=_WHEN, suffix="_total")
        .join(_summed(mixed, _WHEN), on=_WHEN, suffix="_mixed")
        .join(below, on=(GROUP, *_WHEN), suffix="_below")
        .select(
            GROUP, *_WHEN,
            ratio=_over(pl.col("mean"), pl.col("mean_below")) * _over(pl.col("mean_total"), pl.col("mean_mixed")),
        )
    )  # fmt: skip
    return (
        leaves.join(ratios, on=(GROUP, *_WHEN), how="left", maintain_order="left")
        .with_columns(mean=pl.col("mean") * pl.col("ratio"))
        .drop("ratio")
    )


def _summed(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    return frame.group_by(keys, maintain_order=True).agg(pl.col("mean").sum())


def _mixed(own: pl.DataFrame, below: pl.DataFrame, share: float, keys: Sequence[str]) -> pl.DataFrame:
    beside = below.join(own.select(*keys, own="mean"), on=keys, how="left", maintain_order="left")
    known = pl.col("own").fill_null(pl.col("mean"))
    return beside.select(*keys, mean=share * known + (1 - share) * pl.col("mean"))


def _share(own: pl.DataFrame, below: pl.DataFrame, keys: Sequence[str]) -> float:
    beside = own.join(below, on=keys, suffix="_below").drop_nulls("demand")
    errors = beside.select(
        own=((pl.col("mean") - pl.col("demand")) ** 2).mean(),
        below=((pl.col("mean_below") - pl.col("demand")) ** 2).mean(),
    ).row(0, named=True)
    whole = (errors["own"] or 0.0) + (errors["below"] or 0.0)
    return float(errors["below"] / whole) if whole > 0 else 0.5


def _over(value: pl.Expr, of: pl.Expr) -> pl.Expr:
    return pl.when(of > 0).then(value / of).otherwise(1.0)
