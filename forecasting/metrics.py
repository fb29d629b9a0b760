"""Scores of forecasts: frame in, frame out, one row per group; lower is better but for coverage and bias."""

from collections.abc import Sequence

import polars as pl

KEYS = ["unique_id", "cutoff"]


def quantile_columns(frame: pl.DataFrame) -> dict[str, float]:
    """The quantile columns of a frame and their levels."""
    return {name: float(name[1:]) for name in frame.columns if name.startswith("q0.")}


def naive_scales(history: pl.DataFrame, cutoffs: pl.Series) -> pl.DataFrame:
    """Mean absolute and squared one-step change of each series up to each cutoff: naive_mae, naive_mse.

    What MASE and RMSSE (Hyndman and Koehler 2006) and the scaled pinball loss divide by.
    """
    change = pl.col("demand").diff()
    seen = history.join_where(cutoffs.unique().to_frame("cutoff"), pl.col("ds") <= pl.col("cutoff"))
    return (
        seen.sort(*KEYS, "ds")
        .group_by(KEYS, maintain_order=True)
        .agg(naive_mae=change.abs().mean(), naive_mse=(change**2).mean())
    )


def period_scores(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Score forecasts of periods by group.

    `rows`: unique_id, cutoff, demand, mean, q…, naive_mae, naive_mse and the columns of `by`. Returns
    series, periods, wape, bias (above 0: forecast too high), mase, rmsse, scaled_pinball_loss (mean over
    quantiles), coverage_80 (share of demand within q0.1 … q0.9). Scaled ones are averages over series
    and cutoffs, null where no series ever changed; wape and bias are null without demand.
    """
    error = pl.col("mean") - pl.col("demand")
    loss = pl.mean_horizontal([_pinball(name, level) for name, level in quantile_columns(rows).items()])
    scored = rows.with_columns(error=error, loss=loss)
    each = (
        scored.group_by(*by, *[key for key in KEYS if key not in by])
        .agg(
            mase=_scaled(pl.col("error").abs().mean(), pl.col("naive_mae").first()),
            rmsse=_scaled((pl.col("error") ** 2).mean(), pl.col("naive_mse").first()).sqrt(),
            scaled_pinball_loss=_scaled(pl.col("loss").mean(), pl.col("naive_mae").first()),
        )
        .group_by(by)
        .agg(pl.col("mase", "rmsse", "scaled_pinball_loss").mean())
    )
    total = pl.col("demand").sum()
    within = pl.col("demand").is_between(pl.col("q0.1"), pl.col("q0.9"))
    return (
        scored.group_by(by)
        .agg(
            series=pl.col("unique_id").n_unique(),
            periods=pl.len(),
            wape=_scaled(pl.col("error").abs().sum(), total),
            bias=_scaled(pl.col("error").sum(), total),
            coverage_80=within.mean(),
        )
        .join(each, on=list(by))
        .sort(by)
    )


def sum_scores(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Score quantiles of summed demand by group: pinball_0.9 … over demand, and cover_0.9 … beside nominal.

    `rows`: demand summed over the horizon, q… and the columns of `by`.
    """
    total = pl.col("demand").sum()
    upper = {name: level for name, level in quantile_columns(rows).items() if level > 0.5}
    losses = [
        _scaled(2 * _pinball(name, level).sum(), total).alias(f"pinball_{level:g}") for name, level in upper.items()
    ]
    covers = [(pl.col("demand") <= pl.col(name)).mean().alias(f"cover_{level:g}") for name, level in upper.items()]
    return rows.group_by(by).agg(*losses, *covers).sort(by)


def _pinball(name: str, level: float) -> pl.Expr:
    miss = pl.col("demand") - pl.col(name)
    return pl.max_horizontal(level * miss, (level - 1) * miss)


def _scaled(value: pl.Expr, scale: pl.Expr) -> pl.Expr:
    return pl.when(scale > 0).then(value / scale)
