"""Lists of customers on the insight page: who they are, what they are worth, and the way to their cards."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import customer_actions
from dashboard.customer_words import RFM
from dashboard.exporting import Listing, offer_export
from dashboard.identity import may
from dashboard.navigation import go
from dashboard.translation import _
from oms_core.access.permissions import Permission

SHOWN = 200
_COLUMNS = ("customer_id", "orders", "last_order_at", "silent_days", "rhythm_days", "year_value")


def show_list(rows: pl.DataFrame, *, key: str) -> None:
    """Show customers, the most valuable first; one that is selected opens where the person may see customers."""
    listed = rows.select(_COLUMNS)
    state: Any = st.dataframe(
        listed.head(SHOWN), key=key, hide_index=True, row_height=34, height=360, column_config=_headings(),
        on_select="rerun", selection_mode="single-row", alt=_("Customers, the most valuable first"),
    )  # fmt: skip
    if listed.height > SHOWN:
        st.caption(_("Only the first {count} are shown.").format(count=SHOWN))
    row = state.selection.rows[0] if state.selection.rows else None
    if row is not None and row < listed.height and may(Permission.CUSTOMER_VIEW):
        go("app_pages/customer.py", id=str(listed["customer_id"][row]))


def offer_list(rows: pl.DataFrame, *, code: str, name: str) -> None:
    """Offer the whole list as a file."""
    headings = {column: str(told["label"]) for column, told in _headings().items()}
    listed = rows.select(_COLUMNS)
    offer_export(Listing(code, name, headings, lambda _ask: (listed, True)))


def offer_segment(habit: str) -> None:
    """Offer to keep everybody of a class as a segment, which goes on to follow who buys how."""
    if not may(Permission.CUSTOMER_EDIT):
        return
    conditions = [{"field": "rfm", "op": "is", "value": [habit]}]
    st.button(
        _("Save as a segment"), key=f"keep_{habit}", icon=":material/bookmark_add:",
        on_click=_keep, args=(_(RFM[habit]), conditions),
    )  # fmt: skip


def _keep(name: str, conditions: list[dict[str, Any]]) -> None:
    customer_actions.keep_segment(name, conditions)


def _headings() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "customer_id": number(_("Customer"), format="%d", pinned=True),
        "orders": number(_("Orders"), format="localized"),
        "last_order_at": st.column_config.DatetimeColumn(_("Last order"), format="D MMM YYYY"),
        "silent_days": number(_("Silent, days"), format="%.0f"),
        "rhythm_days": number(_("Own rhythm, days"), format="%.0f"),
        "year_value": number(_("Value of their last year"), format="localized"),
    }
