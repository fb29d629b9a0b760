"""Replenishment: what to order today, from whom, how much and why; approved in two actions."""

from collections.abc import Sequence
from decimal import Decimal

import plotly.graph_objects as go
import streamlit as st

from dashboard import buying_actions, buying_reads, charts, display
from dashboard.buying_tables import show_on_order, show_proposals
from dashboard.buying_words import shown_terms, why
from dashboard.filters import in_address
from dashboard.layout import as_of, empty_state, page_header, section
from dashboard.shop import open_shop
from dashboard.translation import _, ngettext
from oms_core.purchasing.proposals import Proposal

CURRENCY = open_shop().settings.currency


def choose(key: str, label: str, codes: Sequence[str], everything: str) -> str:
    options = ["", *sorted(set(codes))]
    return st.selectbox(
        label, options, format_func=lambda code: code or everything, label_visibility="collapsed", width=190,
        **in_address(key, options, ""),
    ) or ""  # fmt: skip


def total(rows: Sequence[Proposal]) -> Decimal:
    return sum((row.value or Decimal(0) for row in rows), Decimal(0))


def show_tiles(rows: Sequence[Proposal]) -> None:
    today = min(row.as_of for row in rows).date()
    tiles = st.grid(4, min_column_width=150)
    tiles.metric(_("Suggestions"), display.number(len(rows)), border=True)
    tiles.metric(_("Suppliers"), display.number(len({row.supplier for row in rows})), border=True)
    tiles.metric(_("Order today"), display.number(sum(row.order_by <= today for row in rows)), border=True)
    tiles.metric(_("Value"), display.compact_money(total(rows), CURRENCY), border=True)


def show_bar(rows: Sequence[Proposal], selected: Sequence[Proposal]) -> None:
    due = [row for row in rows if row.order_by <= row.as_of.date()]
    chosen = selected or due or rows
    orders = len({(row.supplier, row.warehouse) for row in chosen})
    made = ngettext("{count} purchase order", "{count} purchase orders", orders).format(count=orders)
    words = _("Approve {count} → {orders}") if selected or not due else _("Approve {count} due today → {orders}")
    label = words.format(count=len(chosen), orders=made)
    ids = [row.id for row in chosen]
    st.button(
        label, key="approve", type="primary", icon=":material/check:", on_click=buying_actions.approve, args=(ids,)
    )
    if selected:
        with st.popover(_("Reject"), icon=":material/close:"):
            reason = st.text_input(_("Why"), key="reject_why")
            st.button(
                _("Reject {count}").format(count=len(selected)), key="reject", disabled=not reason.strip(),
                on_click=buying_actions.reject, args=(ids, reason),
            )  # fmt: skip
    st.caption(display.money(total(chosen), CURRENCY), width="content")


def show_explanation(row: Proposal) -> None:
    terms = shown_terms(row.explanation["terms"])
    with section(_("Why {quantity} of {sku}").format(quantity=display.quantity(row.quantity), sku=row.sku)):
        st.caption(f"{row.product} · {row.warehouse} · {row.supplier_name}")
        names = [*(name for name, _value in terms), _("To order")]
        figure = go.Figure(
            go.Waterfall(
                x=names, y=[*(float(value) for _name, value in terms), 0],
                measure=[*("relative" for _term in terms), "total"],
                text=[*(display.quantity(value) for _name, value in terms), display.quantity(row.quantity)],
                textposition="outside", cliponaxis=False, connector_line_color=charts.MUTED,
                increasing_marker_color=charts.ACCENT, decreasing_marker_color=charts.GOOD,
                totals_marker_color=charts.MUTED,
            )
        )  # fmt: skip
        said = ", ".join(f"{name} {display.quantity(value)}" for name, value in terms)
        charts.show(charts.dress(figure, height=300), key="explanation", alt=said)
        st.caption(why(row.explanation["context"]))
        st.page_link(
            "app_pages/demand_forecast.py", label=_("See its forecast"), icon=":material/trending_up:",
            query_params={"series": f"{row.sku}@{row.warehouse}"},
        )  # fmt: skip


actions = page_header(_("Replenishment"), hint=_("What to order today, from whom, how much and why."))
everything = buying_reads.proposals()
if everything:
    with actions:
        as_of(buying_reads.newest([row.as_of for row in everything]))
        warehouse = choose("warehouse", _("Warehouse"), [row.warehouse for row in everything], _("All warehouses"))
        supplier = choose("supplier", _("Supplier"), [row.supplier for row in everything], _("All suppliers"))
    shown = [row for row in everything if warehouse in ("", row.warehouse) and supplier in ("", row.supplier)]
    show_tiles(shown or everything)
    bar = st.container(horizontal=True, vertical_alignment="center", key="buying-bar")
    picked = show_proposals(shown)
    if shown:
        with bar:
            show_bar(shown, picked)
        show_explanation((picked or shown)[0])
else:
    empty_state("shopping_cart", _("Nothing to order"), _("The plan proposes purchases after `oms plan` has run."))

if coming := buying_reads.on_order():
    with section(_("On order")):
        chosen = show_on_order(coming)
        st.button(
            _("Receive {number}").format(number=chosen) if chosen else _("Receive"), key="receive",
            icon=":material/move_to_inbox:", disabled=chosen is None, on_click=buying_actions.receive, args=(chosen,),
            help=_("Select a line first; everything open of its purchase order is received."),
        )  # fmt: skip
