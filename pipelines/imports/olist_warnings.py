"""What is untidy in the Olist orders: taken in as it is, and said."""

import polars as pl

from oms_core.workflow.models import Group
from pipelines.imports.olist_files import STATUSES, OlistRows
from pipelines.imports.report import Warnings
from pipelines.imports.timeline import are_out_of_order

_A_CENT = pl.lit("0.01").cast(pl.Decimal(14, 2))


def warn(warnings: Warnings, rows: OlistRows) -> None:
    """Add a warning for every order of ``rows`` that is untidy, by the source's order id."""
    group = pl.col("order_status").replace_strict(STATUSES, return_dtype=pl.String)
    is_cancelled = group == Group.CANCELLED
    was_handed_over = pl.col("handed_over_at").is_not_null() | pl.col("delivered_at").is_not_null()
    conditions = {
        "delivered_without_time": (group == Group.DONE) & pl.col("delivered_at").is_null(),
        "cancelled_but_delivered": is_cancelled & pl.col("delivered_at").is_not_null(),
        "cancelled_after_handover": is_cancelled & was_handed_over,
        "carrier_before_approval": pl.col("handed_over_at") < pl.col("confirmed_at"),
        "delivered_before_carrier": pl.col("delivered_at") < pl.col("handed_over_at"),
        "stamps_out_of_order": are_out_of_order(),
    }
    for code, condition in conditions.items():
        warnings.add(code, rows.orders.filter(condition)["order_id"])
    _warn_of_money(warnings, rows)
    warnings.add(
        "order_incomplete", rows.orders.filter(pl.col("order_id").is_in(rows.incomplete.implode()))["order_id"]
    )


def _warn_of_money(warnings: Warnings, rows: OlistRows) -> None:
    asked = rows.items.group_by("order_id").agg(asked=pl.col("price").sum() + pl.col("freight_value").sum())
    paid = rows.payments.group_by("order_id").agg(paid=pl.col("payment_value").sum())
    warnings.add("order_without_items", rows.orders.join(asked, on="order_id", how="anti")["order_id"])
    warnings.add("order_without_payment", rows.orders.join(paid, on="order_id", how="anti")["order_id"])
    both = rows.orders.join(asked, on="order_id").join(paid, on="order_id")
    warnings.add("payment_differs", both.filter((pl.col("asked") - pl.col("paid")).abs() > _A_CENT)["order_id"])
