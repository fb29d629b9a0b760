"""Customers: who is new and who comes back, how they buy, and whom we lost."""

import polars as pl
import streamlit as st

from dashboard import charts, display, filters, insight, metric_tiles
from dashboard.customer_words import RFM, RFM_MEANINGS
from dashboard.customers_insight_lists import offer_list, offer_segment, show_list
from dashboard.customers_insight_reads import judged
from dashboard.customers_retention import show_retention
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.translation import _

TILES = ("new_customers", "repeat_rate", "orders_received", "average_order_value")


def show_new_and_repeat(scope: Scope) -> None:
    with section(_("Orders of new and returning customers"), hint=_("Returning: had ordered before, in any channel.")):
        rows = insight.course(scope, "repeat_rate", scope.grain)
        again = rows["numerator"].to_list()
        first = (rows["denominator"] - rows["numerator"]).to_list()
        figure = charts.lines(rows[scope.grain].to_list(), {_("New"): first, _("Returning"): again})
        charts.show(figure, key="new-repeat", alt=_("Orders of new and returning customers"))


def show_habits(scope: Scope) -> None:
    hint = _("By the last order (30, 90, 180, 365 days) and orders of the last year (2, 3, 6, 12), in all channels.")
    with section(_("How customers buy"), hint=hint, key="habits"):
        rows = judged(scope)
        sums = rows.group_by("class").agg(count=pl.len(), value=pl.col("year_value").sum())
        counts = {row["class"]: row for row in sums.iter_rows(named=True)}
        known = [name for name in RFM if name in counts]
        if not known:
            st.caption(_("Nobody has ordered yet."))
            return
        names = {name: f"{_(RFM[name])} · {display.number(counts[name]['count'])}" for name in known}
        figure = charts.bars([_(RFM[name]) for name in known], [counts[name]["count"] for name in known])
        charts.show(figure, key="habit-chart", alt=_("How customers buy"))
        habit = st.selectbox(
            _("Buying habit"), known, format_func=names.__getitem__, width=260, label_visibility="collapsed",
            **filters.in_address("habit", known, known[0]),
        )  # fmt: skip
        chosen = rows.filter(pl.col("class") == habit)
        value = display.compact_money(counts[habit]["value"], scope.currency)
        st.caption(_(RFM_MEANINGS[habit]))
        st.caption(f"{_('Value of their last year')}: {value}".replace("$", r"\$"))
        show_list(chosen, key=f"habit_{habit}")
        with st.container(horizontal=True, key="habit-acts"):
            offer_segment(habit)
            offer_list(chosen, code=f"customers-{habit}", name=_(RFM[habit]))


def show_lost(scope: Scope) -> None:
    hint = _("Silent for longer than 95 % of the gaps between their own orders; three orders are needed to know.")
    with section(_("Customers we lost"), hint=hint, key="lost-customers"):
        rows = judged(scope).filter("is_lost")
        if rows.is_empty():
            st.caption(_("Everybody with a rhythm of their own is still in it."))
            return
        told = _("{count} customers; {value} a year at risk")
        value = display.compact_money(rows["year_value"].sum(), scope.currency)
        st.markdown(f"**{told.format(count=display.number(rows.height), value=value)}**".replace("$", r"\$"))
        show_list(rows, key="lost")
        offer_list(rows, code="customers-lost", name=_("Customers we lost"))


chosen_scope = insight.open_page(
    _("Customers"), hint=_("Who is new, who comes back, and whom we lost."), looks_back=True
)
metric_tiles.show_tiles(chosen_scope, TILES)
show_lost(chosen_scope)
left, right = st.columns(2)
with left:
    show_new_and_repeat(chosen_scope)
with right:
    show_retention(chosen_scope)
show_habits(chosen_scope)
