"""A forecast made part by part: on this machine one after the other, on a Dask cluster side by side.

The assortment is parted by products and by nothing else, so that the numbers do not depend on where they were made.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any
from zlib import crc32

import polars as pl
from joblib import Parallel, delayed, parallel_config

from forecasting.backtest import Backtest, backtest
from forecasting.boosting import QUICK
from forecasting.forecaster import Forecaster
from forecasting.panel import Covariates
from oms_core.errors import Busy
from pipelines.demand_history import FREQ
from pipelines.known_ahead import known_columns

LONGEST_HORIZON = 12
SEASON_LENGTH = 52
ORIGINS = 3
PART_SERIES = 10_000
"""No more series than these are trained on together."""

Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class PartForecast:
    """What was told of a part (as `Forecaster` hands it out) and how the same would have done before."""

    periods: pl.DataFrame
    sums: pl.DataFrame
    methods: pl.DataFrame
    trial: Backtest


def forecaster(horizon: int = LONGEST_HORIZON, *, seed: int = 0, known: Sequence[str] = ()) -> Forecaster:
    """What serves the shop: weekly, with the season of a year and the columns that are ``known`` ahead."""
    return Forecaster(
        horizon=horizon, season_length=SEASON_LENGTH, freq=FREQ, seed=seed, settings=QUICK,
        covariates=Covariates(known=known),
    )  # fmt: skip


def settings_of(horizon: int, known: Sequence[str]) -> dict[str, Any]:
    """What a run was made with, beside its seed."""
    return {
        "horizon": horizon, "season_length": SEASON_LENGTH, "scored_cutoffs": ORIGINS, "known_ahead": list(known),
        "boosting": asdict(QUICK),
    }  # fmt: skip


def forecast_by_parts(
    parts: Sequence[pl.DataFrame], *, last: date, horizon: int, seed: int, cluster: str | None, tell: Tell
) -> list[PartForecast]:
    """Score and forecast every part of a history, each as `forecast_part`; ``tell`` hears how far it came.

    ``cluster``: address of a Dask scheduler (``tcp://host:8786``) whose workers have this package. Equal input gives
    equal output with a cluster and without. Raises Busy where the scheduler or all its workers are away.
    """
    work = partial(forecast_part, last=last, horizon=horizon, seed=seed)
    if cluster:
        tell("forecasting on the cluster", 0.0)
        return _on_cluster(cluster, work, parts)
    step = 1 / len(parts)
    return [
        work(part, tell=partial(_within, tell, begins=number * step, step=step)) for number, part in enumerate(parts)
    ]


def forecast_part(
    rows: pl.DataFrame, *, last: date, horizon: int, seed: int, tell: Tell = lambda _stage, _share: None
) -> PartForecast:
    """Score what serves at past cutoffs, then fit it on everything.

    ``rows``: `forecasting.history.SCHEMA`, and what `known_ahead` adds; those after ``last`` hold nothing else.
    """
    known = known_columns(rows)
    history, ahead = rows.filter(pl.col("ds") <= last), rows.filter(pl.col("ds") > last)
    tell("scoring against seasonal naive", 0.0)
    serves = forecaster(horizon, seed=seed, known=known)
    trial = backtest(history, serves, origins=ORIGINS, step=max(1, horizon // 2))
    tell("fitting", 0.5)
    fitted = forecaster(horizon, seed=seed, known=known).fit(history, last, ahead.select("unique_id", "ds", *known))
    return PartForecast(fitted.predict(), fitted.predict_sums(), fitted.methods(), trial)


def parts_of(history: pl.DataFrame, most_series: int) -> list[pl.DataFrame]:
    """Part a history by products, so that the warehouses of a product stay together; a small one stays whole.

    A product's part follows from its name and from how many parts there are.
    """
    ids = history["unique_id"].unique()
    count = -(-len(ids) // most_series)
    if count <= 1:
        return [history]
    place = [crc32(name.rpartition("@")[0].encode()) % count for name in ids]
    placed = history.join(pl.DataFrame({"unique_id": ids, "part": place}), on="unique_id", maintain_order="left")
    return placed.partition_by("part", include_key=False)


def _within(tell: Tell, stage: str, share: float, *, begins: float, step: float) -> None:
    tell(stage, begins + share * step)


def _on_cluster(
    address: str, work: Callable[[pl.DataFrame], PartForecast], parts: Sequence[pl.DataFrame]
) -> list[PartForecast]:
    from distributed import Client  # an extra: only who has a cluster needs it

    try:
        client = Client(address, timeout="5s")  # type: ignore[no-untyped-call]
    except OSError as fault:
        raise Busy(
            f"The Dask scheduler at {address} does not answer: start it, or unset OMS_DASK_SCHEDULER.",
            code="cluster_away",
        ) from fault
    with client, parallel_config(backend="dask", client=client, wait_for_workers_timeout=30):
        made: list[PartForecast] = Parallel(n_jobs=-1, batch_size=1)(delayed(work)(part) for part in parts)
    return made
