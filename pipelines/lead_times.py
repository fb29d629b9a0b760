"""Reads what suppliers promised and when their goods came, and tells the lead times learnt from it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from forecasting.lead_times import learnt_lead_times
from oms_core.access.permissions import Permission, requires
from oms_core.purchasing.plan_settings import read_plan_settings
from oms_core.purchasing.positions import list_positions

_REMEMBERED = timedelta(days=730)
_RECEIPTS = text("""
    SELECT bought.supplier_id, line.product_id, bought.id AS "order", bought.ordered_at::date AS ordered_on,
           min(receipt.received_at)::date AS received_on,
           extract(epoch FROM min(receipt.received_at) - bought.ordered_at)::float / 86400 AS days
    FROM purchase_orders bought
    JOIN purchase_order_lines line ON line.purchase_order_id = bought.id
    JOIN receipt_lines entry ON entry.purchase_order_line_id = line.id
    JOIN receipts receipt ON receipt.id = entry.receipt_id
    WHERE bought.ordered_at >= :since AND receipt.received_at < :until
    GROUP BY bought.id, line.id
""")
_STATED = text("SELECT supplier_id, product_id, coalesce(lead_time_days, 7)::float AS stated_days FROM supply_terms")
_RECEIPT_SCHEMA: dict[str, Any] = {
    "supplier_id": pl.Int64, "product_id": pl.Int64, "order": pl.Int64, "ordered_on": pl.Date,
    "received_on": pl.Date, "days": pl.Float64,
}  # fmt: skip
_STATED_SCHEMA: dict[str, Any] = {"supplier_id": pl.Int64, "product_id": pl.Int64, "stated_days": pl.Float64}


def read_lead_times(
    session: Session, *, today: date, closures: Mapping[int, Sequence[tuple[date, date]]] | None = None
) -> pl.DataFrame:
    """Tell how long each supplier takes for each product it has terms for, by the receipts of two years.

    A line counts with its first receipt. Columns as of `forecasting.lead_times.learnt_lead_times`; where no lead time
    is stated, seven days stand for it, as they do in the positions of the plan.
    """
    known = {"since": today - _REMEMBERED, "until": today + timedelta(days=1)}
    receipts = [tuple(row) for row in session.execute(_RECEIPTS, known)]
    stated = [tuple(row) for row in session.execute(_STATED)]
    return learnt_lead_times(
        pl.DataFrame(receipts, schema=_RECEIPT_SCHEMA, orient="row"),
        pl.DataFrame(stated, schema=_STATED_SCHEMA, orient="row"),
        closures,
    )


@requires(Permission.PURCHASE_VIEW)
def read_lead_time(session: Session, *, sku: str, today: date) -> dict[str, Any] | None:
    """Tell how long the product's preferred supplier takes, in open days; None where nobody of ours supplies it.

    ``supplier`` (name) and the columns of `forecasting.lead_times.learnt_lead_times`.
    """
    bought = next((row for row in list_positions(session) if row["sku"] == sku), None)
    if bought is None:
        return None
    suppliers = read_plan_settings(session).suppliers
    closures = {key: one.closures for key, one in suppliers.items()}
    learnt = read_lead_times(session, today=today, closures=closures)
    row = learnt.row(by_predicate=(pl.col("supplier_id") == bought["supplier_id"])
                     & (pl.col("product_id") == bought["product_id"]), named=True)  # fmt: skip
    return {"supplier": suppliers[bought["supplier_id"]].name, **row}


@requires(Permission.PURCHASE_VIEW)
def read_delivery_times(session: Session, *, today: date) -> dict[str, dict[str, Any]]:
    """Tell of every supplier of ours, by its code, how long it takes on average over its products, in open days.

    ``stated`` and ``learnt`` days, ``orders`` that were learnt from, ``is_learnt``: there were enough of them.
    """
    suppliers = read_plan_settings(session).suppliers
    learnt = read_lead_times(session, today=today, closures={key: one.closures for key, one in suppliers.items()})
    each = learnt.group_by("supplier_id").agg(
        stated=pl.col("stated_days").mean(), learnt=pl.col("mean_days").mean(), orders=pl.col("orders").max(),
        is_learnt=(pl.col("source") != "stated").any(),
    )  # fmt: skip
    rows = {row.pop("supplier_id"): row for row in each.to_dicts()}
    return {one.code: rows[key] for key, one in suppliers.items() if key in rows}
