"""What was asked for, from the marts: all that a forecast learns from."""

from datetime import date, timedelta

import polars as pl

from forecasting.history import build_history
from forecasting.periods import Freq
from oms_core.errors import Conflict
from pipelines.store import Store

FREQ: Freq = "1w"
LEAST_WEEKS = 8
DIRECT = "DIRECT"


def series_id(product: pl.Expr, warehouse: pl.Expr) -> pl.Expr:
    """Name of the series of a product in a warehouse."""
    return pl.concat_str(product, warehouse, separator="@")


def sku_of(series: pl.Expr) -> pl.Expr:
    """Product of a series named by `series_id`; a name of anything else comes back as it is."""
    return series.str.replace(r"@[^@]*$", "")


def weekly_history(store: Store) -> pl.DataFrame:
    """What was asked for, week by week, of every series (`forecasting.history.SCHEMA`): all a forecast learns from.

    What could not be delivered counts, whether it was cancelled for it, reserved in part or never shipped; what the
    customer took back does not. A week says for how many of its days the shelf was empty, so that its demand is known
    to be a lower bound. Raises Conflict where nobody asked yet, or for less than eight weeks.
    """
    demand = daily_demand(store).collect()
    last, first = demand["ds"].max(), demand["ds"].min()
    if not isinstance(last, date) or not isinstance(first, date):
        raise Conflict(
            "There is no demand to forecast from: refresh the marts after the first orders.", code="no_demand"
        )
    if last - first < timedelta(weeks=LEAST_WEEKS):
        raise Conflict(f"A forecast needs at least {LEAST_WEEKS} weeks of orders.", code="history_too_short")
    return build_history(demand, until=last, freq=FREQ)


def daily_demand(store: Store) -> pl.LazyFrame:
    """Demand by series and day; a day on which the shelf was empty and nobody asked is a row as well."""
    stocked = store.scan("daily_stock").filter("stocked_out").select("sku", "warehouse", "day", "stocked_out")
    asked = store.scan("daily_demand").filter(pl.col("warehouse") != DIRECT)
    return (
        asked.select("sku", "warehouse", "day", pl.col("demand").cast(pl.Float64))
        .join(stocked, on=["sku", "warehouse", "day"], how="full", coalesce=True)
        .select(
            unique_id=series_id(pl.col("sku"), pl.col("warehouse")),
            ds=pl.col("day"),
            demand=pl.col("demand").fill_null(0.0),
            stocked_out=pl.col("stocked_out").fill_null(value=False),
        )
    )
