"""The entry of the pages: who is there, navigation, sidebar, and the page chosen; Streamlit runs it top to bottom."""

from pathlib import Path
from typing import Literal

import streamlit as st

from dashboard.failure import show_failure
from dashboard.identity import may, person, signed_in
from dashboard.layout import STYLE, empty_state
from dashboard.navigation import note_page
from dashboard.notices import show_notices
from dashboard.palette import show_palette
from dashboard.shell import show_sidebar, watch_session
from dashboard.translation import _
from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.errors import OmsError

STATIC = Path(__file__).parent / "static"
PAGES = Path(__file__).parent / "app_pages"
Visibility = Literal["visible", "hidden"]
ONE_OF_MANY = {"order", "customer", "quotation"}  # pages of one thing: which one, their address says
OWN = {"account", "tokens"}  # about oneself: open to everybody, no work to begin with
HOMES = {Role.EXECUTIVE: "overview", Role.BUYER: "replenishment"}


def home() -> None:
    """Open on the work of whoever is there: buyers on what to buy, executives on the figures, the rest on orders."""
    wanted = [name for role, name in HOMES.items() if role in person().roles]
    open_to_me = {page.url_path: page for pages in sections.values() for page in pages if page.url_path not in OWN}
    name = next((name for name in [*wanted, "orders", *open_to_me] if name in open_to_me), None)
    if name is None:
        empty_state("lock", _("Nothing is open to you yet"), _("Ask an administrator for a role."))
    else:
        st.switch_page(open_to_me[name], query_params=st.query_params.to_dict())


def _page(
    name: str,
    title: str,
    icon: str,
    permission: Permission | None,
    visibility: Visibility = "visible",
) -> list[st.Page]:
    """A page, where the person signed in may open it: what is not listed has no address."""
    if refused is None and permission is not None and not may(permission):
        return []
    icon = f":material/{icon}:"
    return [st.Page(PAGES / f"{name}.py", title=title, icon=icon, url_path=name, visibility=visibility)]


st.set_page_config(
    page_title="Cadence",
    page_icon=str(STATIC / "mark.svg"),
    layout="wide",
    initial_sidebar_state=232,
)
st.html(STYLE)
st.logo(str(STATIC / "logo.svg"), icon_image=str(STATIC / "mark.svg"), size="large")
refused: OmsError | None = None
try:
    signed_in()
except OmsError as refusal:
    refused = refusal  # every page keeps its address, and none is run
edits_people = refused is None and may(Permission.PEOPLE_EDIT)
sections = {
    _("Desk"): [
        *_page("orders", _("Orders"), "inbox", Permission.ORDER_VIEW),
        *_page("inbox", _("Inbox"), "move_to_inbox", Permission.INBOX_WORK),
        *_page("never_lost", _("Never lost"), "explore_off", Permission.ORDER_VIEW),
        *_page("anomalies", _("Anomalies"), "policy_alert", Permission.ORDER_VIEW),
        *(
            _page("approvals", _("Approvals"), "approval", Permission.ORDER_PLACE)
            or _page("approvals", _("Approvals"), "approval", Permission.ORDER_APPROVE)
        ),
        *_page("customers", _("Customers"), "contacts", Permission.CUSTOMER_VIEW),
        *_page("customer", _("Customer"), "person", Permission.CUSTOMER_VIEW, "hidden"),
        *_page("tasks", _("Tasks"), "task_alt", Permission.TASK_WORK),
        *_page("order", _("Order"), "receipt_long", Permission.ORDER_VIEW, "hidden"),
        *_page("new_order", _("New order"), "add", Permission.ORDER_PLACE, "hidden"),
        *_page("quotations", _("Quotations"), "request_quote", Permission.ORDER_PLACE),
        *_page("import_orders", _("Import"), "upload_file", Permission.IMPORT_RUN),
        *_page("quotation", _("Quotation"), "request_quote", Permission.ORDER_PLACE, "hidden"),
    ],
    _("Insight"): [
        *_page("overview", _("Overview"), "monitoring", Permission.ANALYTICS_VIEW),
        *_page("board", _("Boards"), "dashboard_customize", Permission.ANALYTICS_VIEW),
        *_page("targets", _("Targets"), "flag", Permission.ANALYTICS_VIEW),
        *_page("alerts", _("Alerts"), "notifications", Permission.ANALYTICS_VIEW),
        *_page("digests", _("Digests"), "schedule_send", Permission.ANALYTICS_VIEW),
        *_page("fulfilment_times", _("Fulfilment times"), "timer", Permission.ANALYTICS_VIEW),
        *_page("sales", _("Sales"), "payments", Permission.ANALYTICS_VIEW),
        *_page("customers_insight", _("Customers"), "diversity_3", Permission.ANALYTICS_VIEW),
        *_page("products_insight", _("Products"), "category", Permission.ANALYTICS_VIEW),
        *_page("promise_risk", _("Promise risk"), "running_with_errors", Permission.ANALYTICS_VIEW),
        *_page("workload", _("Workload"), "groups", Permission.ANALYTICS_VIEW),
        *_page("cancellations", _("Cancellations"), "cancel", Permission.ANALYTICS_VIEW),
        *_page("what_if", _("What if"), "replay", Permission.ANALYTICS_VIEW),
    ],
    _("Buying"): [
        *_page("demand_forecast", _("Demand forecast"), "trending_up", Permission.ANALYTICS_VIEW),
        *_page("accuracy", _("Accuracy"), "target", Permission.ANALYTICS_VIEW),
        *_page("replenishment", _("Replenishment"), "shopping_cart", Permission.PURCHASE_VIEW),
        *_page("stock_health", _("Stock health"), "monitor_heart", Permission.PURCHASE_VIEW),
    ],
    _("Warehouse"): [*_page("stock", _("Stock"), "inventory_2", Permission.STOCK_VIEW)],
    _("Admin"): [
        *_page("workflow", _("Workflow"), "schema", Permission.WORKFLOW_VIEW),
        *_page("reasons", _("Cancel reasons"), "rule_settings", Permission.WORKFLOW_VIEW),
        *_page("delivery_methods", _("Delivery methods"), "local_shipping", Permission.WORKFLOW_VIEW),
        *_page("rules", _("Rules"), "rule", Permission.WORKFLOW_VIEW),
        *_page("automation", _("Automation"), "smart_toy", Permission.WORKFLOW_VIEW),
        *_page("laboratory", _("Rule laboratory"), "science", Permission.WORKFLOW_VIEW),
        *_page("feeds", _("Feeds"), "input", Permission.FEEDS_EDIT),
        *_page("people", _("People"), "group", Permission.PEOPLE_VIEW),
        *_page("roles", _("Roles"), "admin_panel_settings", Permission.PEOPLE_EDIT),
        *_page("teams_calendars", _("Teams and hours"), "calendar_month", Permission.PEOPLE_VIEW),
        *_page("tokens", _("API tokens"), "key", None, "visible" if edits_people else "hidden"),
        *_page("audit", _("Audit"), "history", Permission.AUDIT_VIEW),
        *_page("integrity", _("Integrity"), "verified", Permission.INTEGRITY_VIEW),
    ],
    _("Account"): [*_page("account", _("My account"), "account_circle", None, "hidden")],
}
start = st.Page(home, title=_("Home"), default=True, visibility="hidden")
listed = {_("Home"): [start]} | {title: pages for title, pages in sections.items() if pages}
page = st.navigation(listed, position="hidden" if refused else "sidebar", expanded=True)
if refused:
    show_failure(refused)
    st.stop()
note_page(page.url_path)
watch_session()
try:
    if page.url_path == "":
        page.run()  # before the sidebar: once a widget is bound to the address, it cannot be passed on
    show_sidebar()
    show_palette([page for pages in sections.values() for page in pages if page.url_path not in ONE_OF_MANY])
    show_notices()
    if page.url_path != "":
        page.run()
except OmsError as refusal:
    show_failure(refusal)
