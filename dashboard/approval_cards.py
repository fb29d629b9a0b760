"""Requests for approval as cards: what is asked, by whom, until when, and the two buttons that answer."""

from collections.abc import Mapping
from decimal import Decimal

import streamlit as st

from dashboard import approval_actions, display
from dashboard.display import Color
from dashboard.notices import show_notices
from dashboard.people_words import ROLES
from dashboard.translation import _, n_
from dashboard.words import person_name
from oms_core.access.models import Role
from oms_core.orders.approval_inbox import RequestView
from oms_core.orders.approval_models import ApprovalState
from oms_core.workflow.policy_terms import Subject

SUBJECTS = {
    "discount": n_("Discount, percent"),
    "margin": n_("Margin, percent"),
    "order_value": n_("Order value"),
    "refund": n_("Refund"),
}
_STATES = {
    ApprovalState.OPEN: n_("Waits"),
    ApprovalState.APPROVED: n_("Approved"),
    ApprovalState.REFUSED: n_("Not approved"),
    ApprovalState.WITHDRAWN: n_("No longer needed"),
}
_COLORS: Mapping[ApprovalState, Color] = {
    ApprovalState.OPEN: "yellow", ApprovalState.APPROVED: "green", ApprovalState.REFUSED: "red",
    ApprovalState.WITHDRAWN: "gray",
}  # fmt: skip
_CARD_PAGE = "app_pages/order.py"


def show_request(request: RequestView, *, is_mine: bool) -> None:
    """Show one request; ``is_mine`` offers the answers."""
    with st.container(border=True, key=f"request_{request.id}", gap="xsmall"):
        head = st.container(horizontal=True, vertical_alignment="center", gap="small")
        label = f"**{request.number}** · {display.plain(request.customer)}"
        head.page_link(_CARD_PAGE, label=label, query_params={"number": request.number}, width="stretch")
        if request.is_overdue:
            head.badge(_("Overdue"), color="red", icon=":material/alarm:")
        if not is_mine:
            head.badge(_(_STATES[request.state]), color=_COLORS[request.state])
        st.markdown(f"**{display.plain(_(request.policy))}** · {_value_words(request)}")
        st.caption(" · ".join(_circumstances(request)))
        if request.why:
            st.markdown(f":material/chat: {display.plain(request.why)}")
        if request.note:
            st.markdown(f":material/reply: {display.plain(request.note)}")
        if is_mine:
            _show_answers(request)


def value_words(subject: Subject, value: Decimal | None, currency: str) -> str:
    """Say a value: percent or money; nothing where it is hidden."""
    if value is None:
        return "•••"
    if subject in {Subject.DISCOUNT, Subject.MARGIN}:
        return display.percent(value / 100)
    return display.money(value, currency)


def _value_words(request: RequestView) -> str:
    blanks = {
        name: value_words(request.subject, value, request.currency)
        for name, value in (("measured", request.measured), ("limit", request.limit))
    }
    words = _("{measured} of {total}, limit {limit}").format(
        total=display.money(request.total, request.currency), **blanks
    )
    if request.subject in {Subject.ORDER_VALUE, Subject.REFUND}:
        words = _("{measured}, limit {limit}").format(**blanks)
    if request.skus:
        words += " · " + ", ".join(display.plain(sku) for sku in request.skus)
    return words


def _circumstances(request: RequestView) -> list[str]:
    who = display.plain(person_name(request.requested_by))
    said = [_("asked by {who}, {moment}").format(who=who, moment=display.moment(request.requested_at))]
    if request.state is ApprovalState.OPEN:
        said.append(_("decided by: {role}").format(role=_(ROLES[Role(request.role)])))
    if request.due_at:
        said.append(_("answer by {moment}").format(moment=display.moment(request.due_at)))
    if request.in_place_of:
        said.append(_("in place of {who}").format(who=display.plain(person_name(request.in_place_of))))
    if request.decided_by:
        name = display.plain(person_name(request.decided_by))
        said.append(_("answered by {who}, {moment}").format(who=name, moment=display.moment(request.decided_at)))
    return said


def _show_answers(request: RequestView) -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    note = row.text_input(
        _("Note (needed for a no)"), key=f"note_{request.id}", autocomplete="off", label_visibility="collapsed",
        placeholder=_("Note (needed for a no)"),
    )  # fmt: skip
    answers = ((True, _("Approve"), "check"), (False, _("Do not approve"), "close"))
    for approve, label, icon in answers:
        key = f"{'approve' if approve else 'refuse'}_{request.id}"
        is_pressed = row.button(label, key=key, icon=f":material/{icon}:", type="secondary" if approve else "tertiary")
        if is_pressed:
            if approval_actions.decide(request.id, approve=approve, note=note or ""):
                st.rerun()
            show_notices()
