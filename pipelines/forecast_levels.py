"""Demand of categories and of the whole shop, forecast and reconciled with the places of products."""

from dataclasses import dataclass

import polars as pl

from forecasting.backtest import SERVED
from forecasting.metrics import quantile_columns
from forecasting.reconciliation import GROUP, evened, learn_trust, reconcile
from pipelines.demand_history import sku_of
from pipelines.known_ahead import known_columns
from pipelines.store import Store

UNGROUPED = "—"
_CATEGORY, _SHOP = "category:", "shop:"


@dataclass(frozen=True)
class Reconciled:
    """Forecasts whose means add up. ``levels``: level (``category`` or ``shop``), node, ds, mean, q…."""

    periods: pl.DataFrame
    sums: pl.DataFrame
    trials: pl.DataFrame
    levels: pl.DataFrame


def categories(store: Store) -> pl.DataFrame:
    """Of every product that was asked for: sku, group."""
    sold = store.scan("daily_demand").select("sku", group=pl.col("category").fill_null(UNGROUPED))
    return sold.unique("sku", keep="last", maintain_order=True).collect()


def upper_history(history: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Sum a history (`forecasting.history.SCHEMA`) by group and over all: series ``category:…`` and ``shop:``.

    What is known ahead is averaged, weighed by what a series usually asks for.
    """
    known, usual = known_columns(history), pl.col("usual")
    placed = by_group(history, groups).with_columns(usual=pl.col("demand").mean().over("unique_id"))
    summed = [pl.col("demand").sum(), *[(pl.col(name) * usual).sum() / usual.sum() for name in known]]
    grouped = placed.group_by(GROUP, "ds").agg(summed).with_columns(unique_id=pl.format(f"{_CATEGORY}{{}}", GROUP))
    whole = placed.group_by("ds").agg(summed).with_columns(unique_id=pl.lit(_SHOP))
    both = [frame.select("unique_id", "ds", "demand", *known, censored_share=pl.lit(0.0)) for frame in (grouped, whole)]
    return pl.concat(both).sort("unique_id", "ds")


def reconciled(
    periods: pl.DataFrame, sums: pl.DataFrame, methods: pl.DataFrame, trials: pl.DataFrame, *, upper: pl.DataFrame,
    upper_trials: pl.DataFrame, groups: pl.DataFrame,
) -> Reconciled:  # fmt: skip
    """Make the means of places, categories and the shop add up; quantiles of places stand as they were told.

    The weights are learnt from the trials, which are reconciled by them as well: they are scored as they would have
    served. ``methods``: unique_id, series_class. ``upper`` and ``upper_trials``: periods and trials of `upper_history`.
    """
    served = by_group(evened(trials.filter(model=SERVED), trials.filter(model=SERVED)), groups)
    told = upper_trials.filter(model=SERVED)
    trust = learn_trust(served, _of_groups(told), _of_shop(told))
    tried = reconcile(served, _of_groups(told), _of_shop(told), trust)
    even = evened(periods.join(methods, on="unique_id", how="left", maintain_order="left"), trials.filter(model=SERVED))
    ahead = reconcile(by_group(even, groups), _of_groups(upper), _of_shop(upper), trust)
    return Reconciled(
        ahead.select(periods.columns),
        _with_means(sums, ahead),
        pl.concat([tried.select(trials.columns), trials.filter(pl.col("model") != SERVED)]),
        _levels(ahead, upper),
    )


def by_group(frame: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Add the group of each series, as `categories` tells it by product."""
    named = frame.with_columns(sku=sku_of(pl.col("unique_id")))
    joined = named.join(groups, on="sku", how="left", maintain_order="left").drop("sku")
    return joined.with_columns(pl.col(GROUP).fill_null(UNGROUPED))


def _of_groups(upper: pl.DataFrame) -> pl.DataFrame:
    of_groups = upper.filter(pl.col("unique_id").str.starts_with(_CATEGORY))
    return of_groups.with_columns(pl.col("unique_id").str.strip_prefix(_CATEGORY).alias(GROUP))


def _of_shop(upper: pl.DataFrame) -> pl.DataFrame:
    return upper.filter(unique_id=_SHOP).with_columns(pl.lit("").alias(GROUP))


def _with_means(sums: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    running = periods.sort("unique_id", "ds").select(
        "unique_id",
        horizon=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("unique_id"),
        summed=pl.col("mean").cum_sum().over("unique_id"),
    )
    joined = sums.join(running, on=["unique_id", "horizon"], how="left", maintain_order="left")
    return joined.with_columns(mean=pl.col("summed")).drop("summed")


def _levels(ahead: pl.DataFrame, upper: pl.DataFrame) -> pl.DataFrame:
    whole = ahead.with_columns(pl.lit("").alias(GROUP))
    return pl.concat([_level("category", ahead, _of_groups(upper)), _level("shop", whole, _of_shop(upper))])


def _level(level: str, under: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """What lies under each node, summed, with the node's own quantiles drawn to it."""
    summed = under.group_by(GROUP, "ds", maintain_order=True).agg(total=pl.col("mean").sum())
    drawn = pl.when(pl.col("mean") > 0).then(pl.col("total") / pl.col("mean")).otherwise(1.0)
    quantiles = {name: pl.col(name) * drawn for name in quantile_columns(own)}
    return summed.join(own, on=(GROUP, "ds")).select(
        level=pl.lit(level), node=GROUP, ds="ds", mean="total", **quantiles
    )
