"""The entry of the pages: navigation, sidebar, and the page chosen; Streamlit runs it from top to bottom."""

from pathlib import Path

import streamlit as st

from dashboard.failure import show_failure
from dashboard.layout import STYLE
from dashboard.notices import show_notices
from dashboard.shell import acting_person, show_sidebar
from dashboard.translation import _
from oms_core.access.models import Role
from oms_core.errors import OmsError

STATIC = Path(__file__).parent / "static"
PAGES = Path(__file__).parent / "app_pages"


def home() -> None:
    """Open on the work of whoever acts: buyers on what to buy, executives on the figures, the rest on the orders."""
    person = acting_person()
    roles = person.roles if person else frozenset()
    name = "overview" if Role.EXECUTIVE in roles else "replenishment" if Role.BUYER in roles else "orders"
    st.switch_page(PAGES / f"{name}.py", query_params=st.query_params.to_dict())


def _page(name: str, title: str, icon: str) -> st.Page:
    return st.Page(PAGES / f"{name}.py", title=title, icon=f":material/{icon}:", url_path=name)


st.set_page_config(
    page_title="Cadence",
    page_icon=str(STATIC / "mark.svg"),
    layout="wide",
    initial_sidebar_state=232,
)
st.html(STYLE)
st.logo(str(STATIC / "logo.svg"), icon_image=str(STATIC / "mark.svg"), size="large")
page = st.navigation(
    {
        _("Desk"): [
            st.Page(home, title=_("Home"), default=True, visibility="hidden"),
            _page("orders", _("Orders"), "inbox"),
            st.Page(PAGES / "order.py", title=_("Order"), url_path="order", visibility="hidden"),
            st.Page(PAGES / "new_order.py", title=_("New order"), url_path="new_order", visibility="hidden"),
        ],
        _("Insight"): [
            _page("overview", _("Overview"), "monitoring"),
            _page("fulfilment_times", _("Fulfilment times"), "timer"),
            _page("workload", _("Workload"), "groups"),
            _page("cancellations", _("Cancellations"), "cancel"),
        ],
        _("Buying"): [
            _page("demand_forecast", _("Demand forecast"), "trending_up"),
            _page("replenishment", _("Replenishment"), "shopping_cart"),
        ],
        _("Warehouse"): [_page("stock", _("Stock"), "inventory_2")],
        _("Admin"): [_page("integrity", _("Integrity"), "verified")],
    },
    expanded=True,
)
try:
    if page.url_path == "":
        page.run()  # before the sidebar: once a widget is bound to the address, it cannot be passed on
    show_sidebar()
    show_notices()
    page.run()
except OmsError as refusal:
    show_failure(refusal)
