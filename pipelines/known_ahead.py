"""What is known of the weeks ahead before they come: prices that are planned, laid beside the history they explain."""

from datetime import date, timedelta

import polars as pl
from sqlalchemy.orm import Session

from forecasting.price_cuts import planned_cuts
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.promotions import LISTS
from pipelines.demand_history import sku_of
from pipelines.journal_feed import Schema, copy_frame

PRICE_CUT = "price_cut"
KNOWN_AHEAD = (PRICE_CUT,)
"""Columns that a history may carry for weeks to come as well."""

_LISTED = f"""
WITH {LISTS}
SELECT r.price_list_id AS price_list, p.sku, (r.valid_from AT TIME ZONE l.time_zone)::date AS day,
       r.unit_price::float AS price
FROM prices r JOIN lists l USING (price_list_id) JOIN products p ON p.id = r.product_id
WHERE r.min_quantity <= 1
ORDER BY r.valid_from, r.min_quantity
"""
_SCHEMA: Schema = {
    "price_list": pl.Int64, "sku": pl.String, "day": pl.Date, "price": pl.Float64,
}  # fmt: skip


@requires(Permission.PRODUCT_VIEW)
def listed_prices(session: Session) -> pl.DataFrame:
    """Prices of the lists that channels sell by, planned ones included: price_list, sku, day (its first), price."""
    return copy_frame(session.connection(), _LISTED, _SCHEMA)


def with_known_ahead(history: pl.DataFrame, prices: pl.DataFrame | None, horizon: int) -> pl.DataFrame:
    """Add what the prices say (`planned_cuts`) to a weekly history of products, and the ``horizon`` weeks after it.

    Weeks ahead have no demand. Where no price was ever cut nothing is known, and the history comes back as it is.
    """
    last = history["ds"].max()
    if prices is None or not isinstance(last, date):
        return history
    cuts = planned_cuts(prices, until=last + timedelta(weeks=horizon, days=6))
    if cuts.is_empty():
        return history
    weeks = pl.DataFrame({"ds": [last + timedelta(weeks=step) for step in range(1, horizon + 1)]})
    ahead = history.select("unique_id").unique(maintain_order=True).join(weeks, how="cross")
    rows = pl.concat([history, ahead], how="diagonal").with_columns(sku=sku_of(pl.col("unique_id")))
    joined = rows.join(cuts, on=["sku", "ds"], how="left", maintain_order="left").drop("sku")
    return joined.with_columns(pl.col(PRICE_CUT).fill_null(0.0)).sort("unique_id", "ds")


def known_columns(rows: pl.DataFrame) -> list[str]:
    """Those of `KNOWN_AHEAD` that the rows carry."""
    return [name for name in KNOWN_AHEAD if name in rows.columns]
