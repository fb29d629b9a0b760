"""What the page of sales reads: any of its figures by any cut, now and before."""

from datetime import date

import polars as pl
import streamlit as st

from dashboard import display, insight
from dashboard.identity import require
from dashboard.insight import Scope
from dashboard.looking_back import seen_store
from dashboard.reads import warehouses
from dashboard.translation import _, n_
from dashboard.words import category_name
from oms_core.access.permissions import Permission
from oms_core.errors import Invalid
from pipelines.cohorts import order_funnel, order_funnel_rows
from pipelines.diagnosis import explain_change
from pipelines.metrics import METRICS, Shape, Unit

FIGURES = (
    "net_revenue", "ordered_value", "orders_received", "units_shipped", "average_order_value", "units_per_order",
    "gross_profit", "gross_margin", "contribution", "returned_value", "shipping_charged",
)  # fmt: skip
CUTS = {
    "category": n_("Category"), "product": n_("Product"), "region": n_("Region"), "warehouse": n_("Warehouse"),
    "manager": n_("Manager"), "customer_kind": n_("Customer kind"), "carrier": n_("Carrier"),
    "supplier": n_("Supplier"),
}  # fmt: skip
_MINUTES = 600


def by_cut(scope: Scope, code: str, cut: str) -> pl.DataFrame:
    """The parts of a figure, the largest first: part, now, before, share, contribution; nothing where it has no cut.

    ``share`` is of the whole of a sum whose parts make it up, null otherwise; ``contribution`` is what the part added
    to the change since as many working days before.
    """
    try:
        now, before = _parts(scope, code, cut), _parts(insight.scope_before(scope), code, cut)
    except Invalid as refusal:
        if refusal.code != "unknown_cut":
            raise
        return pl.DataFrame()
    if now.is_empty():
        return now
    is_sum = METRICS[code].shape is Shape.SUM
    rows = explain_change(now, before, cut=cut, shape=METRICS[code].shape)
    now_of = now.select(part=cut, now="value")
    joined = rows.select("part", "before", "contribution").join(now_of, on="part", how="left", nulls_equal=True)
    whole = insight.measure(scope, code, lens=METRICS[code].home.value)["value"][0]
    adds_up = is_sum and whole and abs(float(now["value"].sum()) - float(whole)) < 1e-6 * abs(float(whole))
    share = pl.col("now") / float(whole) if adds_up else pl.lit(None, dtype=pl.Float64)
    return joined.with_columns(share=share).sort("now", descending=True, nulls_last=True)


def say_part(cut: str, part: str | None) -> str:
    """What a part is called."""
    if part is None:
        return _("Unknown")
    if cut == "category":
        return category_name(part)
    if cut == "warehouse":
        return {one.code: one.name for one in warehouses()}.get(part, part)
    return insight.people_names().get(part, part) if cut == "manager" else part


def moved_words(scope: Scope, code: str, value: float) -> str:
    """How much a part added to the change of the figure."""
    sign, unit = "+" if value > 0 else "", METRICS[code].unit
    if unit is Unit.SHARE:
        return _("{points} pp").format(points=sign + display.number(value * 100, 2))
    said = display.compact_money(value, scope.currency) if unit is Unit.MONEY else display.number(value, 1)
    return (sign + said).replace("-", "−")  # a hyphen would part from its number at the end of a line


def funnel(scope: Scope) -> pl.DataFrame:
    """How far the orders placed in the period have come, by channel."""
    require(Permission.ANALYTICS_VIEW)
    return _funnel(scope.version, scope.date_from, scope.date_to)


def funnel_rows(scope: Scope, channel: str) -> pl.DataFrame:
    """The orders of a channel that the funnel counts, the largest first."""
    require(Permission.ANALYTICS_VIEW)
    orders = order_funnel_rows(
        seen_store().lazy("order_facts"), date_from=scope.date_from, date_to=scope.date_to
    ).filter(pl.col("channel") == channel)
    return orders.sort("gross", descending=True).collect()


def _parts(scope: Scope, code: str, cut: str) -> pl.DataFrame:
    return insight.measure(scope, code, cut, lens=METRICS[code].home.value)


@st.cache_resource(ttl=_MINUTES, max_entries=16, show_spinner=False)
def _funnel(version: str, date_from: date, date_to: date) -> pl.DataFrame:  # noqa: ARG001 - the key of the cache
    return order_funnel(seen_store().lazy("order_facts"), date_from=date_from, date_to=date_to).collect()
