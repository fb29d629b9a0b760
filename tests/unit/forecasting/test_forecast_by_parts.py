"""A forecast by parts: the same numbers on one machine and on a cluster of two."""

import polars as pl
import pytest
from distributed import LocalCluster
from forecast_series import history, poisson, weeks
from polars.testing import assert_frame_equal

from oms_core.errors import Busy
from pipelines.forecast_parts import PartForecast, forecast_by_parts, parts_of

PART_SERIES = 30
LAST = weeks(40)[-1]


def places(products: int) -> pl.DataFrame:
    """Two warehouses a product."""
    table = history(poisson(series=2 * products, periods=40))
    number = pl.col("unique_id").str.slice(1).cast(pl.Int64)
    return table.with_columns(unique_id=pl.format("P{}@W{}", number // 2, number % 2))


def made(table: pl.DataFrame, cluster: str | None) -> list[PartForecast]:
    parts = parts_of(table, PART_SERIES)
    return forecast_by_parts(parts, last=LAST, horizon=3, seed=0, cluster=cluster, tell=lambda _stage, _share: None)


def test_parts_hold_every_series_once_and_no_product_is_parted():
    table = places(200)

    parts = parts_of(table, 100)

    assert sum(part.height for part in parts) == table.height
    assert pl.concat(parts).sort("unique_id", "ds").equals(table.sort("unique_id", "ds"))
    products = [set(part["unique_id"].str.head(-3)) for part in parts]
    assert len(set.union(*products)) == sum(len(each) for each in products)
    assert len(parts_of(table, 400)) == 1


@pytest.mark.full
def test_a_cluster_of_two_tells_what_one_machine_tells():
    table = places(40)
    here = made(table, None)

    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        there = made(table, cluster.scheduler_address)

    assert len(here) > 2
    for one, other in zip(here, there, strict=True):
        for name in ("periods", "sums", "methods"):
            assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
        keys = ["model", "unique_id", "cutoff", "ds"]
        assert_frame_equal(one.trial.forecasts.sort(keys), other.trial.forecasts.sort(keys), check_exact=True)


def test_a_scheduler_that_is_away_is_said_kindly():
    with pytest.raises(Busy, match="OMS_DASK_SCHEDULER"):
        made(places(10), "tcp://127.0.0.1:1")


def test_how_far_it_came_is_told_by_parts():
    told: list[tuple[str, float]] = []

    parts = parts_of(places(10), 10)
    forecast_by_parts(
        parts, last=LAST, horizon=3, seed=0, cluster=None, tell=lambda stage, share: told.append((stage, share))
    )

    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert 0.5 < shares[-1] < 1.0
