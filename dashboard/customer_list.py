"""The list of customers: a grid on a desk, cards on a phone, and the pages of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display
from dashboard.customer_words import KINDS
from dashboard.navigation import go
from dashboard.order_list import GRID_HEIGHT, ROW_HEIGHT
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.customers.views import CustomerPage, CustomerRow

PAGE = "app_pages/customer.py"
OPENED_KEY, _PAGES_KEY = "opened_customer", "_customers_pages"


def cursor_of(question: Mapping[str, Any]) -> str | None:
    """Where the page that is looked at begins; another question starts over."""
    return _cursors(question)[-1]


def show_rows(rows: Sequence[CustomerRow]) -> None:
    """Show the rows and open the one that is asked for."""
    if display.on_phone():
        _show_cards(rows)
        return
    opened: Any = st.session_state.get(OPENED_KEY)
    if opened and opened["label"].lstrip("№").isdigit():
        go(PAGE, id=opened["label"].lstrip("№"))
    st.dataframe(
        _frame(rows),
        key=f"customers_{hash(tuple(row.id for row in rows))}",
        column_config=_columns(),
        column_order=[name for name in _columns() if name != "manager" or any(row.manager_name for row in rows)],
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=min(GRID_HEIGHT, ROW_HEIGHT * (len(rows) + 1) + 2),
        alt=_("Customers with contacts, orders and value"),
    )


def show_pager(question: Mapping[str, Any], page: CustomerPage) -> None:
    """Offer the pages before and after, where there are any."""
    cursors = _cursors(question)
    if len(cursors) == 1 and page.next_cursor is None:
        return
    with st.container(horizontal=True, horizontal_alignment="right", key="pager"):
        st.button(_("Previous"), key="page_back", icon=":material/chevron_left:", disabled=len(cursors) == 1,
                  on_click=_turn_back, args=(cursors,))  # fmt: skip
        st.button(_("Next"), key="page_on", icon=":material/chevron_right:", icon_position="right",
                  disabled=page.next_cursor is None, on_click=cursors.append,
                  args=(page.next_cursor,))  # fmt: skip


def _turn_back(cursors: list[str | None]) -> None:
    cursors.pop()


def _cursors(question: Mapping[str, Any]) -> list[str | None]:
    asked, cursors = st.session_state.get(_PAGES_KEY, (None, []))
    if asked != question:
        cursors = [None]
        st.session_state[_PAGES_KEY] = (dict(question), cursors)
    found: list[str | None] = cursors
    return found


def _show_cards(rows: Sequence[CustomerRow]) -> None:
    for row in rows:
        card = st.container(border=True, key=f"card_customer_{row.id}", gap="xsmall")
        head = card.container(horizontal=True, vertical_alignment="center")
        head.page_link(PAGE, label=f"**{display.plain(row.name)}**", query_params={"id": str(row.id)}, width="stretch")
        head.markdown(f"**{_value(row)}**", width="content")
        foot = card.container(horizontal=True, vertical_alignment="center", gap="xsmall")
        for tag in row.tags:
            foot.badge(display.plain(tag), color="blue")
        said = [display.plain(row.phone or row.email or ""), display.orders(row.orders), display.day(row.last_order_at)]
        foot.caption(" · ".join(one for one in said if one), width="content")


def _value(row: CustomerRow) -> str:
    return display.money(row.value, row.currency) if row.currency else display.NOTHING


def _frame(rows: Sequence[CustomerRow]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [f"№{row.id}" for row in rows],
            "name": [row.name for row in rows],
            "kind": [_(KINDS[row.kind]) for row in rows],
            "phone": [row.phone or display.NOTHING for row in rows],
            "email": [row.email or display.NOTHING for row in rows],
            "tags": [list(row.tags) for row in rows],
            "orders": [row.orders for row in rows],
            "value": [_value(row) for row in rows],
            "last": [display.day(row.last_order_at) for row in rows],
            "open": [row.open_orders for row in rows],
            "region": [row.region or display.NOTHING for row in rows],
            "manager": [person_name(row.manager_name or display.NOTHING) for row in rows],
        },
        schema_overrides={"tags": pl.List(pl.String)},
    )


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "id": column.ButtonColumn(_("Customer"), type="tertiary", alignment="left", key=OPENED_KEY, pinned=True),
        "name": column.TextColumn(_("Name"), width=220),
        "kind": column.TextColumn(_("Kind"), width=90),
        "phone": column.TextColumn(_("Phone")),
        "email": column.TextColumn(_("E-mail")),
        "tags": column.MultiselectColumn(_("Tags"), color="blue"),
        "orders": column.NumberColumn(_("Orders"), width=70),
        "value": column.TextColumn(_("Value"), alignment="right"),
        "last": column.TextColumn(_("Last order")),
        "open": column.NumberColumn(_("Open"), width=70),
        "region": column.TextColumn(_("Region"), width=90),
        "manager": column.TextColumn(_("Owner")),
    }
