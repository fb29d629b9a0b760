"""Which parts of which cuts explain a change: every cut that divides the number, the parts that moved it first."""

from collections.abc import Callable, Iterable

import polars as pl

from pipelines.diagnosis.contributions import explain_change
from pipelines.metrics import Lens, Metric, Shape

CHANGE_CUTS = ("region", "customer_kind", "category", "warehouse", "manager")
Measured = Callable[..., pl.DataFrame]
"""Measures the number of a period by the cuts that are named."""
_NOTABLE = 0.05  # of the part that explains most
_CLOSE = 1e-6


def is_comparable(metric: Metric) -> bool:
    """What stands now had no period before this one, and a median is no sum of parts."""
    return metric.shape in {Shape.SUM, Shape.RATIO} and metric.home is not Lens.NOW


def explain_by_cuts(
    now: Measured, before: Measured, *, shape: Shape, cuts: Iterable[str] = CHANGE_CUTS, most: int = 8
) -> pl.DataFrame:
    """List the parts of all cuts that divide the number, those that explain most first: a cut and its explanation."""
    pieces = []
    whole = now()
    for cut in cuts:
        parts, earlier = now(cut), before(cut)
        if earlier.height and _divides(whole, parts) and parts[cut].n_unique() > 1:
            pieces.append(explain_change(parts, earlier, cut=cut, shape=shape).with_columns(cut=pl.lit(cut)))
    if not pieces:
        return pl.DataFrame()
    unexpected = pl.col("unexpected").abs()
    together = pl.concat(pieces).filter(unexpected > _CLOSE, unexpected >= _NOTABLE * unexpected.max())
    return together.sort(unexpected, descending=True, maintain_order=True).head(most)


def _divides(whole: pl.DataFrame, parts: pl.DataFrame) -> bool:
    """Whether the parts add up to the whole: an order of several categories is in each of them."""
    told, added = (float(frame["numerator"].sum() or 0) for frame in (whole, parts))
    return abs(added - told) <= _CLOSE * max(1.0, abs(told))
