"""What cancelling costs beside whole orders: lines out of orders that live, and repeat customers lost."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import cancellation_reads, charts, display, insight, metric_tiles
from dashboard.cancellation_words import cause_name
from dashboard.identity import may
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.navigation import go
from dashboard.reads import ask, cancel_reasons
from dashboard.translation import _
from dashboard.words import said
from oms_core.access.permissions import Permission
from oms_core.customers.directory import name_customers

PARTIAL = ("partial_cancelled_value", "partial_cancelled_units")
LOST = ("repeat_customers_lost", "repeat_value_lost")
SHOWN = 200


def show_partial(scope: Scope, lens: str) -> None:
    """Show what was cancelled out of orders that live, by stated reason; a row opens its lines."""
    hint = _("Lines cancelled while the rest of the order went on. Select a reason to open its lines.")
    with section(_("Lines out of living orders"), hint=hint, key="partial"):
        metric_tiles.show_tiles(scope, PARTIAL, columns=2, lenses=dict.fromkeys(PARTIAL, lens))
        value = insight.measure(scope, PARTIAL[0], "reason", lens=lens).select("reason", "n", value="value")
        if value.is_empty():
            st.caption(_("No line was cancelled out of an order that lives."))
            return
        units = insight.measure(scope, PARTIAL[1], "reason", lens=lens).select("reason", units="value")
        rows = value.join(units, on="reason", how="left").sort("value", "reason", descending=[True, False])
        labels = {reason.code: said(reason.label, reason.translations, "label") for reason in cancel_reasons()}
        state: Any = st.dataframe(
            [
                {"reason": labels.get(row["reason"], row["reason"]), "lines": row["n"], "units": row["units"],
                 "value": display.compact_money(row["value"], scope.currency)}
                for row in rows.iter_rows(named=True)
            ],
            key="partial_reasons", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-row",
            column_config={
                "reason": st.column_config.TextColumn(_("Reason"), pinned=True),
                "lines": st.column_config.NumberColumn(_("Lines"), format="localized"),
                "units": st.column_config.NumberColumn(_("Units"), format="localized"), "value": _("Value lost"),
            },
            alt=_("Lines cancelled out of living orders, by reason"),
        )  # fmt: skip
        place = charts.newly("partial_reasons", next(iter(state.selection.rows), None))
        if place is not None and place < rows.height:
            metric_tiles.open_rows(scope, PARTIAL[0], lens=lens, filters_={"reason": rows["reason"][place]})


def show_lost_customers(scope: Scope) -> None:
    """Show the repeat customers whose last order was cancelled; one that is selected opens."""
    hint = _("Bought at least twice, then an order was cancelled, and nothing was ordered in the 60 days after it.")
    with section(_("Repeat customers lost"), hint=hint, key="lost"):
        st.caption(_("Who was lost in the period: the 60 days after their cancelled order were over in it."))
        metric_tiles.show_tiles(scope, LOST, columns=2)
        rows = cancellation_reads.lost_customers(scope)
        if rows.is_empty():
            st.caption(_("Nobody was lost in the period."))
            return
        _list_lost(scope, rows)


def _list_lost(scope: Scope, rows: pl.DataFrame) -> None:
    listed, sees_names = rows.head(SHOWN), may(Permission.CUSTOMER_VIEW)
    names = ask(name_customers, ids=listed["customer_id"].to_list()) if sees_names else {}
    state: Any = st.dataframe(
        [
            {"name": names.get(row["customer_id"]) or str(row["customer_id"]), "orders": row["orders_before"],
             "value": display.compact_money(row["value_before"], scope.currency), "number": row["number"],
             "cause": cause_name(row["derived_cause"]), "day": row["cancelled_day"]}
            for row in listed.iter_rows(named=True)
        ],
        key="lost_customers", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-row",
        column_config={
            "name": st.column_config.TextColumn(_("Customer"), pinned=True),
            "orders": st.column_config.NumberColumn(_("Earlier orders"), format="localized"),
            "value": _("Their value"), "number": _("Cancelled order"), "cause": _("Cause found"),
            "day": st.column_config.DateColumn(_("Cancelled"), format="D MMM YYYY"),
        },
        alt=_("Repeat customers lost, the most valuable first"),
    )  # fmt: skip
    if rows.height > SHOWN:
        st.caption(_("Only the first {count} are shown.").format(count=SHOWN))
    place = charts.newly("lost_customers", next(iter(state.selection.rows), None))
    if place is not None and place < listed.height:
        if sees_names:
            go("app_pages/customer.py", id=str(listed["customer_id"][place]))
        go("app_pages/order.py", number=listed["number"][place])
