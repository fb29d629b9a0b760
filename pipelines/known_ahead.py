"""What is known of the weeks ahead before they come: prices that are planned, laid beside the history they explain."""

from datetime import date, timedelta

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from forecasting.price_cuts import planned_cuts
from oms_core.access.permissions import Permission, requires

PRICE_CUT = "price_cut"
KNOWN_AHEAD = (PRICE_CUT,)
"""Columns that a history may carry for weeks to come as well."""

_LISTED = text("""
SELECT r.price_list_id, p.sku, (r.valid_from AT TIME ZONE c.time_zone)::date, r.unit_price::float
FROM prices r
JOIN products p ON p.id = r.product_id
JOIN (SELECT price_list_id, min(time_zone) AS time_zone FROM channels GROUP BY price_list_id) c USING (price_list_id)
WHERE r.min_quantity <= 1
ORDER BY r.valid_from, r.min_quantity
""")
_SCHEMA: dict[str, type[pl.DataType]] = {
    "price_list": pl.Int64, "sku": pl.String, "day": pl.Date, "price": pl.Float64,
}  # fmt: skip


@requires(Permission.PRODUCT_VIEW)
def listed_prices(session: Session) -> pl.DataFrame:
    """Prices of the lists that channels sell by, planned ones included: price_list, sku, day (its first), price."""
    rows = [tuple(row) for row in session.execute(_LISTED)]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


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
    rows = pl.concat([history, ahead], how="diagonal").with_columns(sku=pl.col("unique_id").str.replace(r"@[^@]*$", ""))
    joined = rows.join(cuts, on=["sku", "ds"], how="left", maintain_order="left").drop("sku")
    return joined.with_columns(pl.col(PRICE_CUT).fill_null(0.0)).sort("unique_id", "ds")


def known_columns(rows: pl.DataFrame) -> list[str]:
    """Those of `KNOWN_AHEAD` that the rows carry."""
    return [name for name in KNOWN_AHEAD if name in rows.columns]
