"""Buyers' own quantities scored after the fact, beside the suggested ones; frames in, frames out."""

from collections.abc import Sequence
from datetime import date

import polars as pl

QUANTITY, MONEY = pl.Decimal(14, 3), pl.Decimal(14, 2)
_QUANTITIES = ("suggested", "ordered")


def standing_changes(decided: pl.DataFrame) -> pl.DataFrame:
    """Keep the decisions that changed a suggested quantity and stood until the next review.

    ``decided``: one row per decision with unique_id, decided_at, review_period_days, suggested, ordered. What was not
    bought is suggested again by the next plan, so a decision followed by another on the same series within its review
    period is left to that one, whose suggestion knew of it.
    """
    following = pl.col("decided_at").shift(-1).over("unique_id", order_by="decided_at")
    reviewed = pl.col("decided_at") + pl.duration(days=pl.col("review_period_days"))
    stood = (following >= reviewed).fill_null(value=True)
    return decided.filter(stood, pl.col("suggested") != pl.col("ordered"))


def score_changes(changes: pl.DataFrame, demand: pl.DataFrame, *, known_until: date) -> pl.DataFrame:
    """Tell who was nearer to what was asked for over the protection interval: the suggestion or the buyer.

    ``changes``: a row per change with id, unique_id, starts_on, lead_time_days, review_period_days, available (stock
    for the interval without the order), suggested, ordered, unit_margin (null: unknown), service (the chance of no
    stockout that is asked for). ``demand``: unique_id, ds, demand, stocked_out, known of all days before
    ``known_until``. Nothing else is taken to have been ordered for the interval.

    Adds known_on, the first day on which all is known; demand, and was_empty: on some day the shelf was, so that more
    may have been wanted; of both quantities short_… and over_…, the units short and left at the interval's end, and
    cost_…; nearer ('ordered', 'suggested', 'equal') and saved, the cost of the suggestion less that of the change. All
    but known_on is null before that day, the money also where no margin is known. A unit short costs its margin; one
    left over (1 − service) / service of it, the weight at which that service is the best.
    """
    days = pl.col("lead_time_days") + pl.col("review_period_days")
    dated = changes.with_columns(known_on=pl.col("starts_on") + pl.duration(days=days))
    asked = (
        dated.filter(pl.col("known_on") <= known_until)
        .join(demand, on="unique_id", how="left")
        .group_by("id")
        .agg(
            demand=pl.col("demand").filter(_is_within()).sum().round(3).cast(QUANTITY),
            was_empty=pl.col("stocked_out").filter(_is_within()).any(),
        )
    )
    known = dated.join(asked, on="id", how="left", maintain_order="left")
    stock = {name: pl.col("available") + pl.col(name) - pl.col("demand") for name in _QUANTITIES}
    told = known.with_columns(
        *[(-left).clip(0).cast(QUANTITY).alias(f"short_{name}") for name, left in stock.items()],
        *[left.clip(0).cast(QUANTITY).alias(f"over_{name}") for name, left in stock.items()],
        nearer=_nearer(stock["suggested"].abs(), stock["ordered"].abs()),
    )
    costed = told.with_columns(_cost(name).alias(f"cost_{name}") for name in _QUANTITIES)
    return costed.with_columns(saved=(pl.col("cost_suggested") - pl.col("cost_ordered")).cast(MONEY))


def sum_changes(scored: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Add up scored changes by columns of theirs, those that matter most first.

    Adds changes (scored), pending (not known yet), nearer_ordered and nearer_suggested (how many), units short and over
    with both quantities, and saved (null where no change has a known cost; costed says how many have).
    """
    units = [f"{what}_{name}" for what in ("short", "over") for name in _QUANTITIES]
    costed = pl.col("saved").is_not_null().sum()
    return (
        scored.group_by(by)
        .agg(
            changes=pl.col("nearer").is_not_null().sum(),
            pending=pl.col("nearer").is_null().sum(),
            nearer_ordered=(pl.col("nearer") == "ordered").sum(),
            nearer_suggested=(pl.col("nearer") == "suggested").sum(),
            **{name: pl.col(name).sum() for name in units},
            costed=costed,
            saved=pl.when(costed > 0).then(pl.col("saved").sum()),
        )
        .sort(pl.col("saved").abs(), "changes", *by, descending=[True, True, *[False for _ in by]], nulls_last=True)
    )


def _is_within() -> pl.Expr:
    return pl.col("ds").is_between(pl.col("starts_on"), pl.col("known_on"), closed="left")


def _nearer(suggested: pl.Expr, ordered: pl.Expr) -> pl.Expr:
    return (
        pl.when(ordered < suggested)
        .then(pl.lit("ordered"))
        .when(suggested < ordered)
        .then(pl.lit("suggested"))
        .when(suggested == ordered)
        .then(pl.lit("equal"))
    )


def _cost(name: str) -> pl.Expr:
    weight = (1 - pl.col("service")) / pl.col("service")
    units = pl.col(f"short_{name}").cast(pl.Float64) + pl.col(f"over_{name}").cast(pl.Float64) * weight
    return (units * pl.col("unit_margin")).round(2).cast(MONEY)
