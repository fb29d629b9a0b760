"""A customer: everything about them on one page, with what can be done for them at hand."""

import streamlit as st

from dashboard import customer_dialogs, customer_profile, customer_reads, display
from dashboard.customer_merging import open_merge
from dashboard.customer_quotations import show_quotations
from dashboard.customer_returns import open_return
from dashboard.customer_words import KINDS, RFM_COLORS, rfm_words
from dashboard.identity import may
from dashboard.layout import empty_state, page_header
from dashboard.navigation import go
from dashboard.translation import _
from oms_core.access.permissions import Permission
from oms_core.customers.views import CustomerBrief, CustomerProfile
from oms_core.errors import NotFound

LIST, NEW, CUSTOMER = "app_pages/customers.py", "app_pages/new_order.py", "app_pages/customer.py"
P = Permission


def find_profile() -> CustomerProfile | None:
    wanted = st.query_params.get("id", "")
    if not wanted.isdecimal() or len(wanted) > 18:
        return None
    try:
        return customer_reads.profile(int(wanted))
    except NotFound:
        return None


def show_badges(brief: CustomerBrief) -> None:
    st.badge(_(KINDS[brief.kind]), color="gray")
    if brief.rfm is not None:
        st.badge(rfm_words(brief.rfm), color=RFM_COLORS[brief.rfm.name])
    for tag in brief.tags:
        st.badge(display.plain(tag), color="blue")


def show_actions(brief: CustomerBrief) -> None:
    more = {
        "edit": _("Edit…") if may(P.CUSTOMER_EDIT) else "", "task": _("New task…") if may(P.TASK_WORK) else "",
        "contact": _("Note a contact…") if may(P.TASK_WORK) else "",
        "merge": _("Merge with…") if may(P.CUSTOMER_EDIT) and may(P.PERSONAL_DATA_VIEW) else "",
    }  # fmt: skip
    more = {code: words for code, words in more.items() if words}
    if more:
        code = st.menu_button(_("More"), list(more), format_func=more.__getitem__, key="more")
        if code == "edit":
            customer_dialogs.open_edit(brief.id)
        elif code == "task":
            customer_dialogs.open_task(brief.id)
        elif code == "contact":
            customer_dialogs.open_contact(brief.id)
        elif code == "merge":
            open_merge(brief)
    if (
        brief.orders
        and may(P.ORDER_RETURN)
        and st.button(_("Return request"), key="ask_return", icon=":material/assignment_return:")
    ):
        open_return(brief.id)
    if may(P.ORDER_PLACE) and st.button(
        _("New order"), key="new_order", type="primary", icon=":material/add:", shortcut="n"
    ):
        go(NEW, customer=str(brief.id))


with st.container(key="back"):
    st.page_link(LIST, label=_("Customers"), icon=":material/arrow_back:")
profile = find_profile()
if profile is None:
    empty_state("search_off", _("There is no such customer"), _("Search for them in the list."))
    st.stop()
brief = profile.brief
with page_header(display.plain(brief.name), badges=lambda: show_badges(brief)):
    if brief.merged_into_id is None:
        show_actions(brief)
st.caption(_("№{id} · customer since {day}").format(id=brief.id, day=display.day(brief.created_at)))
if brief.merged_into_id is not None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(_("This customer was merged into another."), icon=":material/merge:", width="stretch")
        st.page_link(CUSTOMER, label=_("Go there"), query_params={"id": str(brief.merged_into_id)})
customer_profile.show_figures(brief)
customer_profile.show_merges(profile)
left, right = st.columns([2.3, 1], gap="medium")
with right if not display.on_phone() else left:
    customer_profile.show_person(brief)
    customer_profile.show_tasks(brief.id)
with left:
    customer_profile.show_open_orders(profile.open_orders)
    show_quotations(brief.id)
    customer_profile.show_history(profile)
