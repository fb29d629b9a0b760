"""Lists of customers on the insight page: who they are, what they are worth, and the way to their cards."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, customer_actions, display, looking_back
from dashboard.customer_words import RFM
from dashboard.exporting import Ask, Listing, offer_export
from dashboard.identity import may
from dashboard.navigation import go
from dashboard.reads import ask
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.customers.directory import name_customers

SHOWN = 200
_COLUMNS = ("customer_id", "orders", "last_order_at", "silent_days", "rhythm_days", "year_value")


def show_list(rows: pl.DataFrame, *, key: str) -> None:
    """Show customers, the most valuable first; one that is selected opens where the person may see customers."""
    listed, order = rows.select(_COLUMNS).head(SHOWN).with_columns(pl.col("year_value").round(0)), list(_COLUMNS)
    if may(Permission.CUSTOMER_VIEW):
        listed, order = _named(listed, ask), ["name", *_COLUMNS[1:], "customer_id"]
    state: Any = st.dataframe(
        listed, key=key, hide_index=True, row_height=34, height=360, column_config=_headings(), column_order=order,
        placeholder=display.NOTHING,
        on_select="rerun", selection_mode="single-row", alt=_("Customers, the most valuable first"),
    )  # fmt: skip
    if rows.height > SHOWN:
        st.caption(_("Only the first {count} are shown.").format(count=SHOWN))
    row = charts.newly(key, state.selection.rows[0] if state.selection.rows else None)
    if row is not None and row < listed.height and may(Permission.CUSTOMER_VIEW):
        go("app_pages/customer.py", id=str(listed["customer_id"][row]))


def offer_list(rows: pl.DataFrame, *, code: str, name: str) -> None:
    """Offer the whole list as a file."""
    offer_export(customers_listing(rows, code=code, name=name, has_names=may(Permission.CUSTOMER_VIEW)))


def customers_listing(rows: pl.DataFrame, *, code: str, name: str, has_names: bool) -> Listing:
    """The whole list for a file, with names as whoever exports may see them."""
    wanted = ("customer_id", *(("name",) if has_names else ()), *_COLUMNS[1:])
    told = _headings()
    headings = {column: str(told[column]["label"]) for column in wanted}
    listed = rows.select(_COLUMNS)

    def read(ask: Ask) -> tuple[pl.DataFrame, bool]:
        return (_named(listed, ask) if has_names else listed), True

    return Listing(code, name, headings, read, looking_back.facts_of_file())


def _named(rows: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    names = ask(name_customers, ids=rows["customer_id"].to_list())
    said = pl.Series("name", [names.get(one, "") for one in rows["customer_id"]], dtype=pl.String)
    return rows.with_columns(said).select("customer_id", "name", *rows.columns[1:])


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
        "customer_id": number(_("Number"), format="%d"),
        "name": st.column_config.TextColumn(_("Customer"), pinned=True),
        "orders": number(_("Orders"), format="localized"),
        "last_order_at": st.column_config.DatetimeColumn(_("Last order"), format="D MMM YYYY"),
        "silent_days": number(_("Silent, days"), format="%.0f"),
        "rhythm_days": number(_("Own rhythm, days"), format="%.0f"),
        "year_value": number(_("Value of their last year"), format="localized"),
    }
