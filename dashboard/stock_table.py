"""The table of stock: a grid on a desk, cards on a phone."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display
from dashboard.display import Color
from dashboard.order_list import GRID_HEIGHT, ROW_HEIGHT
from dashboard.translation import _
from oms_core.inventory.availability import StockRow


def show_grid(rows: Sequence[StockRow]) -> None:
    """Show a row per product and warehouse."""
    st.dataframe(
        _frame(rows),
        key="stock_grid",
        column_config=_columns(),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=min(GRID_HEIGHT, ROW_HEIGHT * (len(rows) + 1) + 2),
        alt=_("Stock by product and warehouse"),
    )


def show_cards(rows: Sequence[StockRow]) -> None:
    """Show the rows as cards, for a phone."""
    for row in rows[:50]:
        card = st.container(border=True, gap="xsmall", key=f"stock_{row.warehouse}_{row.sku}")
        card.markdown(f"**{row.sku}** · {row.name}")
        foot = card.container(horizontal=True, gap="xsmall", vertical_alignment="center")
        word, color = condition(row)
        foot.badge(word, color=color)
        told = _("{on_hand} on hand · {reserved} reserved · {place}")
        foot.caption(
            told.format(
                on_hand=display.quantity(row.on_hand), reserved=display.quantity(row.reserved), place=row.warehouse
            ),
            width="content",
        )


def condition(row: StockRow) -> tuple[str, Color]:
    """Say in words whether there is something to sell, with its colour."""
    if row.available > 0:
        return _("{quantity} available").format(quantity=display.quantity(row.available)), "green"
    if row.on_order > 0:
        return _("On its way"), "blue"
    return (_("All reserved"), "orange") if row.on_hand > 0 else (_("Sold out"), "red")


def _frame(rows: Sequence[StockRow]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "sku": [row.sku for row in rows],
            "name": [row.name for row in rows],
            "warehouse": [row.warehouse for row in rows],
            "condition": [_condition_word(row) for row in rows],
            "on_hand": [display.quantity(row.on_hand) for row in rows],
            "reserved": [display.quantity(row.reserved) for row in rows],
            "available": [display.quantity(row.available) for row in rows],
            "on_order": [display.quantity(row.on_order) for row in rows],
        }
    )


def _condition_word(row: StockRow) -> list[str]:
    return [_("Available")] if row.available > 0 else [condition(row)[0]]


def _columns() -> dict[str, Any]:
    column = st.column_config
    marks = {_("Available"): "green", _("On its way"): "blue", _("All reserved"): "orange", _("Sold out"): "red"}
    return {
        "sku": column.TextColumn(_("SKU"), pinned=True),
        "name": column.TextColumn(_("Product"), width=360),
        "warehouse": column.TextColumn(_("Warehouse")),
        "condition": column.MultiselectColumn(_("State"), options=list(marks), color=list(marks.values())),
        "on_hand": column.TextColumn(_("On hand"), alignment="right"),
        "reserved": column.TextColumn(_("Reserved"), alignment="right"),
        "available": column.TextColumn(_("Free to sell"), alignment="right"),
        "on_order": column.TextColumn(_("On order"), alignment="right"),
    }
