"""Health of the stock of this moment: positions and goods on the way beside the published forecast and the marts."""

from datetime import date, timedelta
from typing import Any

import polars as pl
from sqlalchemy.orm import Session

from forecasting.stock_health import judge_stock, project_stock
from oms_core.access.permissions import Permission, requires
from oms_core.purchasing.positions import list_on_order
from pipelines.demand_history import series_id
from pipelines.plan_inputs import read_inputs
from pipelines.store import Store

LOOK_BACK_DAYS = 90
"""What was asked for in them tells dead stock, and the service that was given."""
_COMING: dict[str, Any] = {"unique_id": pl.String, "expected_on": pl.Date, "quantity": pl.Float64}
_TOLD = (
    "unique_id", "sku", "warehouse", "supplier", "abc", "xyz", "on_hand", "free", "on_order", "unit_cost",
    "lead_time_days", "daily", "cover_days", "runs_out_on", "runs_out_without", "excess", "dead", "health",
    "asked", "served", "level", "measure",
)  # fmt: skip


@requires(Permission.PURCHASE_VIEW)
def read_health(session: Session, *, store: Store, today: date) -> pl.DataFrame:
    """Tell of every product and warehouse that can be bought for how its stock stands, worst first.

    Columns of `forecasting.stock_health.judge_stock`, and sku, warehouse, supplier, abc, xyz, unit_cost; asked and
    served: units ordered in ``LOOK_BACK_DAYS`` and reserved at once; level: the service that is wanted, by measure.
    """
    rows = read_inputs(session, store, today=today).rows.with_columns(
        free=pl.col("on_hand") - pl.col("reserved") - pl.col("backordered")
    )
    positions = rows.join(_asked_lately(store, today), on="unique_id", how="left").with_columns(
        pl.col("recent", "asked", "served").fill_null(0.0)
    )
    projected = project_stock(positions, _ahead(store), _coming(session), today=today)
    judged = judge_stock(positions, projected, today=today)
    return judged.select(_TOLD).sort("runs_out_on", "unique_id", nulls_last=True)


@requires(Permission.PURCHASE_VIEW)
def read_projection(session: Session, *, store: Store, unique_id: str, today: date) -> pl.DataFrame:
    """The expected stock of one product in one warehouse, day by day, with and without what is on the way."""
    rows = read_inputs(session, store, today=today).rows.filter(pl.col("unique_id") == unique_id)
    free = rows.select("unique_id", free=pl.col("on_hand") - pl.col("reserved") - pl.col("backordered"))
    return project_stock(free, _ahead(store), _coming(session), today=today)


def _ahead(store: Store) -> pl.DataFrame:
    return store.frame("forecasts").select("unique_id", "ds", "mean")


def _coming(session: Session) -> pl.DataFrame:
    found = [
        (f"{line['sku']}@{line['warehouse']}", line["expected_on"], float(line["open_quantity"]))
        for line in list_on_order(session)
    ]
    return pl.DataFrame(found, schema=_COMING, orient="row")


def _asked_lately(store: Store, today: date) -> pl.DataFrame:
    """Units asked for by series, those of orders whose reservation is on record, and what was reserved at once."""
    since = pl.col("placed_day") >= today - timedelta(days=LOOK_BACK_DAYS)
    lines = store.lazy("order_lines").filter("is_counted", ~pl.col("is_direct"), since)
    wanted = (pl.col("quantity") - pl.col("quantity_unwanted")).cast(pl.Float64)
    is_known = pl.col("quantity_allocated").is_not_null()
    at_once = pl.min_horizontal(pl.col("quantity_allocated").cast(pl.Float64), wanted)
    return (
        lines.group_by(unique_id=series_id(pl.col("sku"), pl.col("warehouse")))
        .agg(recent=wanted.sum(), asked=wanted.filter(is_known).sum(), served=at_once.filter(is_known).sum())
        .collect()
    )
