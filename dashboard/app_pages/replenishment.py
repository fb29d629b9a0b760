"""Replenishment: what to order today, from whom, how much and why; approved in two actions."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import streamlit as st

from dashboard import buying_actions, buying_reads, display, navigation
from dashboard.buying_decisions import own_quantities, show_decisions
from dashboard.buying_night import show_night
from dashboard.buying_settings import ask_settings, show_curve
from dashboard.buying_suppliers import ask_suppliers_terms
from dashboard.buying_tables import show_on_order, show_proposals, show_transfers
from dashboard.buying_why import show_why
from dashboard.filters import in_address
from dashboard.identity import may
from dashboard.layout import as_of, empty_state, page_header, section
from dashboard.shop import open_shop
from dashboard.translation import _, n_
from oms_core.access.permissions import Permission
from oms_core.purchasing.proposals import Proposal

CURRENCY = open_shop().settings.currency
URGENCIES = {
    "": (n_("Any urgency"), 10_000), "today": (n_("Order today"), 0), "week": (n_("Order within a week"), 7),
}  # fmt: skip
ORDERS = {"": n_("By urgency"), "risk": n_("By margin at risk"), "supplier": n_("By supplier")}


def choose(key: str, label: str, codes: Sequence[str], everything: str) -> str:
    options = ["", *sorted(set(codes))]
    return st.selectbox(
        label, options, format_func=lambda code: code or everything, label_visibility="collapsed", width=190,
        **in_address(key, options, ""),
    ) or ""  # fmt: skip


def total(values: Iterable[Decimal | None]) -> Decimal:
    return sum((value or Decimal(0) for value in values), Decimal(0))


def show_tiles(rows: Sequence[Proposal]) -> None:
    today = min(row.as_of for row in rows).date()
    tiles = st.grid(5, min_column_width=150)
    tiles.metric(_("Suggestions"), display.number(len(rows)), border=True)
    tiles.metric(_("Suppliers"), display.number(len({row.supplier for row in rows})), border=True)
    tiles.metric(_("Order today"), display.number(sum(row.order_by <= today for row in rows)), border=True)
    if may(Permission.COST_VIEW):
        tiles.metric(_("Value"), display.compact_money(total(row.value for row in rows), CURRENCY), border=True)
        risk = total(row.margin_at_risk for row in rows)
        tiles.metric(_("Margin at risk"), display.compact_money(risk, CURRENCY), border=True)


def is_wanted(row: Proposal, warehouse: str, supplier: str, urgency: str) -> bool:
    days = (row.order_by - row.as_of.date()).days
    return warehouse in ("", row.warehouse) and supplier in ("", row.supplier) and days <= URGENCIES[urgency][1]


def show_plan(everything: Sequence[Proposal]) -> None:
    with st.container(horizontal=True):
        warehouse = choose("warehouse", _("Warehouse"), [row.warehouse for row in everything], _("All warehouses"))
        supplier = choose("supplier", _("Supplier"), [row.supplier for row in everything], _("All suppliers"))
        urgency = st.selectbox(
            _("Urgency"), list(URGENCIES), format_func=lambda code: _(URGENCIES[code][0]), width=170,
            label_visibility="collapsed", **in_address("urgency", list(URGENCIES), ""),
        ) or ""  # fmt: skip
        order = st.selectbox(
            _("Sort"), list(ORDERS), format_func=lambda code: _(ORDERS[code]), width=170,
            label_visibility="collapsed", **in_address("sort", list(ORDERS), ""),
        ) or ""  # fmt: skip
    shown = [row for row in everything if is_wanted(row, warehouse, supplier, urgency)]
    if order == "risk":
        shown.sort(key=lambda row: -(row.margin_at_risk or Decimal(0)))
    if order == "supplier":
        shown.sort(key=lambda row: (row.supplier, row.warehouse, row.order_by))
    show_tiles(shown or everything)
    bar = st.container(horizontal=True, vertical_alignment="center", key="buying-bar")
    picked = show_proposals(shown, own_quantities(shown), sees_cost=may(Permission.COST_VIEW))
    if shown:
        with bar:
            show_decisions(shown, picked)
        first = (picked or shown)[0]
        show_why(first, own_quantities([first]).get(first.id))


actions = page_header(_("What to order today"), hint=_("What to order today, from whom, how much and why."))
is_renewed = False
if navigation.is_just_opened():
    with st.spinner(_("Looking whether the plan still holds …")):
        is_renewed = buying_actions.renew_plan()
suggested = buying_reads.proposals()
if may(Permission.PURCHASE_ORDER):
    with actions:
        st.button(_("Plan anew"), key="plan_anew", icon=":material/refresh:", on_click=buying_actions.plan_anew)
        if st.button(_("What is asked"), key="plan_asked", icon=":material/tune:"):
            ask_settings()
        if st.button(_("Suppliers"), key="plan_terms", icon=":material/local_shipping:"):
            ask_suppliers_terms()
if is_renewed:
    st.caption(_("Stock, orders or terms had moved since the last plan: these suggestions were made just now."))
show_night(buying_reads.newest([row.as_of for row in suggested]))
if suggested:
    with actions:
        as_of(buying_reads.newest([row.as_of for row in suggested]))
    show_plan(suggested)
else:
    empty_state("shopping_cart", _("Nothing to order"), _("The plan proposes purchases after `oms plan` has run."))
if moves := buying_reads.transfers():
    with section(
        _("Move before buying"), hint=_("Stock that other warehouses can spare; the plan buys only the rest.")
    ):
        show_transfers(moves)
if may(Permission.COST_VIEW):
    show_curve()

if coming := buying_reads.on_order():
    with section(_("On order")):
        chosen = show_on_order(coming)
        st.button(
            _("Receive {number}").format(number=chosen) if chosen else _("Receive"), key="receive",
            icon=":material/move_to_inbox:", disabled=chosen is None, on_click=buying_actions.receive, args=(chosen,),
            help=_("Select a line first; everything open of its purchase order is received."),
        )  # fmt: skip
