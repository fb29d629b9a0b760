"""The grids of buying: proposals to approve, and what is on its way."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from dashboard import display
from dashboard.translation import _
from oms_core.purchasing.ordering import Override
from oms_core.purchasing.proposals import Proposal

ROW_HEIGHT = 34


def show_proposals(rows: Sequence[Proposal], changes: Mapping[int, Override], *, sees_cost: bool) -> list[Proposal]:
    """Show proposals to be selected, with a buyer's own quantities; returns the selected ones."""
    money = ("value", "margin_at_risk") if sees_cost else ()
    state: Any = st.dataframe(
        [
            {
                "sku": row.sku, "product": row.product, "warehouse": row.warehouse, "supplier": row.supplier_name,
                "order_by": row.order_by, "quantity": float(quantity_of(row, changes)),
                "value": float(value_of(row, changes)),
                "margin_at_risk": None if row.margin_at_risk is None else float(row.margin_at_risk),
                "expected_on": row.expected_on,
            }
            for row in rows
        ],
        key=f"proposals_{hash(tuple(row.id for row in rows))}",
        column_order=("sku", "product", "warehouse", "supplier", "order_by", "quantity", *money, "expected_on"),
        column_config={
            "sku": st.column_config.TextColumn(_("SKU"), pinned=True),
            "product": _("Product"),
            "warehouse": _("Warehouse"),
            "supplier": _("Supplier"),
            "order_by": st.column_config.DateColumn(_("Order by"), format="D MMM"),
            "quantity": st.column_config.NumberColumn(_("Quantity"), format="localized"),
            "value": st.column_config.NumberColumn(_("Value"), format="%.2f"),
            "margin_at_risk": st.column_config.NumberColumn(_("Margin at risk"), format="%.2f"),
            "expected_on": st.column_config.DateColumn(_("Expected"), format="D MMM"),
        },
        placeholder=display.NOTHING, hide_index=True, row_height=ROW_HEIGHT,
        height=min(480, ROW_HEIGHT * (len(rows) + 1) + 2),
        on_select="rerun", selection_mode="multi-row", alt=_("Suggested purchases"),
    )  # fmt: skip
    return [rows[position] for position in state.selection.rows if position < len(rows)]


def quantity_of(row: Proposal, changes: Mapping[int, Override]) -> Decimal:
    """What will be ordered: the buyer's own quantity, else the suggested one."""
    return changes[row.id].quantity if row.id in changes else row.quantity


def value_of(row: Proposal, changes: Mapping[int, Override]) -> Decimal:
    """What it will cost; nothing is known to who may not see costs."""
    return quantity_of(row, changes) * (row.unit_cost or Decimal(0))


def show_transfers(rows: Sequence[Mapping[str, Any]]) -> None:
    """Show what to move between warehouses before buying."""
    st.dataframe(
        [{**row, "quantity": float(row["quantity"])} for row in rows], key="plan_transfers",
        column_order=("sku", "from", "to", "quantity"),
        column_config={
            "sku": st.column_config.TextColumn(_("SKU"), pinned=True),
            "from": _("From"),
            "to": _("To"),
            "quantity": st.column_config.NumberColumn(_("Quantity"), format="localized"),
        },
        hide_index=True, row_height=ROW_HEIGHT, height=min(240, ROW_HEIGHT * (len(rows) + 1) + 2),
        alt=_("Move before buying"),
    )  # fmt: skip


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
