"""The grids of buying: proposals to approve, and what is on its way."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.translation import _
from oms_core.purchasing.proposals import Proposal

ROW_HEIGHT = 34


def show_proposals(rows: Sequence[Proposal]) -> list[Proposal]:
    """Show proposals to be selected; returns the selected ones."""
    state: Any = st.dataframe(
        [
            {
                "sku": row.sku, "product": row.product, "warehouse": row.warehouse, "supplier": row.supplier_name,
                "order_by": row.order_by, "quantity": float(row.quantity), "value": float(row.value or 0),
                "expected_on": row.expected_on,
            }
            for row in rows
        ],
        key=f"proposals_{hash(tuple(row.id for row in rows))}",
        column_config={
            "sku": st.column_config.TextColumn(_("SKU"), pinned=True),
            "product": _("Product"),
            "warehouse": _("Warehouse"),
            "supplier": _("Supplier"),
            "order_by": st.column_config.DateColumn(_("Order by"), format="D MMM"),
            "quantity": st.column_config.NumberColumn(_("Quantity"), format="localized"),
            "value": st.column_config.NumberColumn(_("Value"), format="%.2f"),
            "expected_on": st.column_config.DateColumn(_("Expected"), format="D MMM"),
        },
        hide_index=True, row_height=ROW_HEIGHT, height=min(480, ROW_HEIGHT * (len(rows) + 1) + 2),
        on_select="rerun", selection_mode="multi-row", alt=_("Suggested purchases"),
    )  # fmt: skip
    return [rows[position] for position in state.selection.rows if position < len(rows)]


def show_on_order(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Show open lines of purchase orders; returns the number of the order whose line is selected."""
    state: Any = st.dataframe(
        [{**row, "open_quantity": float(row["open_quantity"])} for row in rows],
        key=f"on_order_{hash(tuple((row['number'], row['sku']) for row in rows))}",
        column_order=("number", "supplier", "warehouse", "sku", "open_quantity", "expected_on"),
        column_config={
            "number": st.column_config.TextColumn(_("Purchase order"), pinned=True),
            "supplier": _("Supplier"),
            "warehouse": _("Warehouse"),
            "sku": _("SKU"),
            "open_quantity": st.column_config.NumberColumn(_("Quantity"), format="localized"),
            "expected_on": st.column_config.DateColumn(_("Expected"), format="D MMM"),
        },
        hide_index=True, row_height=ROW_HEIGHT, height=min(340, ROW_HEIGHT * (len(rows) + 1) + 2),
        on_select="rerun", selection_mode="single-row", alt=_("Open lines of purchase orders"),
    )  # fmt: skip
    positions = state.selection.rows
    return str(rows[positions[0]]["number"]) if positions and positions[0] < len(rows) else None
