"""How long suppliers really take: a distribution per supplier and product, learnt from what was received.

Days are looked at as a share of the stated ones, on a logarithmic scale, so that suppliers near and far teach one
another. A product leans on its supplier, a supplier on all of them, each the more the less it has shown itself.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from datetime import date
from statistics import NormalDist

import numpy as np
import polars as pl

from forecasting.panel import FloatArray

CASES = 5
"""How many equally likely days stand for the distribution."""
LEAST_ORDERS = 3
LEAST_DAYS = 0.5

_SUPPLIER_LEANS = 5.0  # orders that the word of all suppliers weighs as much as
_PRODUCT_LEANS = 10.0
_USUAL_SPREAD = 0.2
_USUAL_WEIGHT = 4.0
_ENDS = 0.002
_EDGES = np.array([NormalDist().inv_cdf(part / CASES) for part in range(1, CASES)])
_TENTH = NormalDist().inv_cdf(0.9)
_KEY = ("supplier_id", "product_id")


def learnt_lead_times(
    receipts: pl.DataFrame, stated: pl.DataFrame, closures: Mapping[int, Sequence[tuple[date, date]]] | None = None
) -> pl.DataFrame:
    """Tell the lead time of every row of ``stated`` (supplier_id, product_id, stated_days), in its order.

    ``receipts``: one row per line of a purchase order that came: supplier_id, product_id, order (lines of one order
    come together and are one witness of the supplier), ordered_on, received_on, days. Days on which the supplier was
    closed (``closures``, both ends included) are taken off what was seen: who plans adds those that lie ahead.

    Adds mean_days, sd_days, q0.1, q0.5, q0.9 and ``days`` (five equally likely ones with the same mean), orders and
    own_orders (of the supplier, of the product from it) and source: ``product``, ``supplier``, or ``stated`` while
    fewer than three orders of the supplier came; then all quantiles are the stated days.
    """
    terms = stated.select(*_KEY, pl.col("stated_days").cast(pl.Float64).clip(1.0))
    seen = _shares(receipts, terms, closures or {})
    suppliers, middle, variance = _suppliers(seen)
    own = _moments(seen.select(*_KEY, "share"), _KEY)
    rows = (
        terms.join(suppliers, on="supplier_id", how="left", maintain_order="left")
        .join(own, on=_KEY, how="left", maintain_order="left")
        .with_columns(
            pl.col("orders", "count").fill_null(0),
            pl.col("mean", "squares").fill_null(0.0),
            pl.col("prior_mean").fill_null(middle),
            pl.col("prior_variance").fill_null(variance),
        )
    )
    return _told(rows.with_columns(**_leaning(_PRODUCT_LEANS)))


def chance_by_day(mean_days: float, sd_days: float) -> pl.DataFrame:
    """Spread a lead time over whole days: day, chance (share that comes on it, its fractions rounded to the nearest).

    Lognormal, as it is learnt; two in a thousand are left out at the far end. A spread of 0 is one day.
    """
    if sd_days <= 0:
        return pl.DataFrame({"day": [round(mean_days)], "chance": [1.0]})
    width = math.sqrt(math.log1p((sd_days / mean_days) ** 2))
    known = NormalDist(math.log(mean_days) - width**2 / 2, width)
    first, last = (round(math.exp(known.inv_cdf(level))) for level in (_ENDS, 1 - _ENDS))
    until = [known.cdf(math.log(day + 0.5)) for day in range(first, last + 1)]
    chances = [until[0], *(later - sooner for sooner, later in itertools.pairwise(until))]
    return pl.DataFrame({"day": list(range(first, last + 1)), "chance": chances})


def _shares(
    receipts: pl.DataFrame, terms: pl.DataFrame, closures: Mapping[int, Sequence[tuple[date, date]]]
) -> pl.DataFrame:
    """What each order took for each product, as the logarithm of a share of the stated days."""
    closed = pl.DataFrame(
        [(supplier, first, last) for supplier, spans in closures.items() for first, last in spans],
        schema={"supplier_id": pl.Int64, "first": pl.Date, "last": pl.Date}, orient="row",
    )  # fmt: skip
    each = closed.select("supplier_id", day=pl.date_ranges("first", "last")).explode("day").unique()
    numbered = receipts.with_columns(pl.col("supplier_id", "product_id").cast(pl.Int64)).with_row_index("line")
    waited = (
        numbered.select("line", "supplier_id", "ordered_on", "received_on")
        .join(each, on="supplier_id")
        .filter((pl.col("ordered_on") < pl.col("day")) & (pl.col("day") <= pl.col("received_on")))
        .group_by("line")
        .agg(waited=pl.len())
    )
    days = pl.col("days") - pl.col("waited").fill_null(0)
    return (
        numbered.join(waited, on="line", how="left")
        .join(terms, on=_KEY)
        .filter(pl.col("days").is_finite())
        .with_columns(share=(days.clip(LEAST_DAYS) / pl.col("stated_days")).log())
        .group_by(*_KEY, "order")
        .agg(pl.col("share").mean())
        .sort(*_KEY, "order")
    )


def _moments(values: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    share = pl.col("share")
    return values.group_by(keys).agg(count=pl.len(), mean=share.mean(), squares=((share - share.mean()) ** 2).sum())


def _suppliers(seen: pl.DataFrame) -> tuple[pl.DataFrame, float, float]:
    """What each supplier's products lean on, and what is believed of a supplier nobody has seen."""
    by_order = seen.group_by("supplier_id", "order").agg(pl.col("share").mean()).sort("supplier_id", "order")
    made = _moments(by_order, ["supplier_id"])
    freedom = float(made["count"].sum() - made.height)
    spread = float(made["squares"].sum()) + _USUAL_WEIGHT * _USUAL_SPREAD**2
    variance = spread / (freedom + _USUAL_WEIGHT)
    mean = made["mean"].mean() if made.height else None
    middle = float(mean) if isinstance(mean, float) else 0.0
    prior = made.with_columns(prior_mean=pl.lit(middle), prior_variance=pl.lit(variance))
    learnt = prior.select("supplier_id", orders="count", **_leaning(_SUPPLIER_LEANS))
    return learnt.rename({"centre": "prior_mean", "variance": "prior_variance"}), middle, variance


def _leaning(weight: float) -> dict[str, pl.Expr]:
    """Centre and variance after ``count`` witnesses, where the belief before them weighs as ``weight`` more."""
    count = pl.col("count").cast(pl.Float64)
    whole = count + weight
    apart = pl.col("mean") - pl.col("prior_mean")
    spread = weight * pl.col("prior_variance") + pl.col("squares") + weight * count / whole * apart**2
    return {"centre": pl.col("prior_mean") + count / whole * apart, "variance": spread / whole}


def _told(rows: pl.DataFrame) -> pl.DataFrame:
    is_learnt = (rows["orders"] >= LEAST_ORDERS).to_numpy()
    own = pl.col("count")
    # The centre itself is uncertain, and so is the next delivery: less, the more was seen.
    known = (pl.col("orders") + _SUPPLIER_LEANS).cast(pl.Float64)
    wide = rows.with_columns(width=(pl.col("variance") * (1 + 1 / known)).sqrt())
    days = wide["stated_days"].to_numpy()
    centre = np.where(is_learnt, wide["centre"].to_numpy(), 0.0)
    width = np.where(is_learnt, wide["width"].to_numpy(), 0.0)
    mean = days * np.exp(centre + width**2 / 2)
    quantiles = {
        f"q{level}": days * np.exp(centre + score * width)
        for level, score in ((0.1, -_TENTH), (0.5, 0.0), (0.9, _TENTH))
    }
    source = (
        pl.when(pl.col("orders") < LEAST_ORDERS)
        .then(pl.lit("stated"))
        .when(own >= LEAST_ORDERS)
        .then(pl.lit("product"))
        .otherwise(pl.lit("supplier"))
    )
    return wide.select(
        *_KEY, "stated_days",
        mean_days=pl.Series(mean), sd_days=pl.Series(mean * np.sqrt(np.expm1(width**2))),
        **{name: pl.Series(values) for name, values in quantiles.items()},
        days=pl.Series(_cases(mean, width).tolist(), dtype=pl.List(pl.Float64)),
        orders="orders", own_orders=own, source=source,
    )  # fmt: skip


def _cases(mean: FloatArray, width: FloatArray) -> FloatArray:
    """The mean of each fifth of a lognormal distribution: equally likely, and together of the same mean."""
    normal = np.vectorize(NormalDist().cdf, otypes=[float])
    below = normal(_EDGES[None, :] - width[:, None]) if len(width) else np.zeros((0, CASES - 1))
    shares = np.diff(np.pad(below, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1))), axis=1)
    cases: FloatArray = mean[:, None] * CASES * shares
    return cases
