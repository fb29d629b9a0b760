"""Automation: rules that act on orders by themselves or suggest to, what they did, and what went wrong."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import automation_actions, automation_reads, display, identity
from dashboard.automation_actions import RULE
from dashboard.automation_editor import show_automation
from dashboard.automation_list import (
    OPENED,
    choose_filters,
    matching,
    show_alerts,
    show_rules,
    show_runs,
    show_suggestions,
)
from dashboard.automation_words import OUTCOMES
from dashboard.filters import in_address, search_field
from dashboard.layout import empty_state, page_header
from dashboard.translation import _
from dashboard.words import said
from oms_core.access.permissions import Permission
from oms_core.automation.models import Outcome

NEW, DAYS = "new", 30
may_edit, may_act = identity.may(Permission.RULES_EDIT), identity.may(Permission.TASK_WORK)


def show_list() -> None:
    rules = automation_reads.rules()
    if not rules:
        empty_state("smart_toy", _("No automation yet"), _("Make the first rule; it begins switched off."))
        return
    with st.container(horizontal=True, vertical_alignment="center", key="automation-filters"):
        q = search_field(_("Search rules"), "q", _("Name, condition or code"))
        event, mode = choose_filters()
    shown = matching(rules, q, event, mode)
    picked = st.session_state.get(OPENED)
    if picked and "row" in picked and picked["row"] < len(shown):
        automation_actions.open_rule(shown[picked["row"]].code)
        st.rerun()
    if shown:
        since = datetime.now(UTC) - timedelta(days=DAYS)
        show_rules(shown, automation_reads.counts(since), may_edit=may_edit)
    else:
        empty_state("search_off", _("No rule matches"), _("Try fewer letters, or clear the filters."))


def show_offers() -> None:
    offers = automation_reads.suggestions()
    if offers:
        show_suggestions(offers, may_act=may_act)
    else:
        empty_state("lightbulb", _("No suggestions wait"), _("Rules put them here and on the order's card."))


def show_history() -> None:
    outcomes = {"": _("Any outcome"), **{outcome.value: _(word) for outcome, (word, _color) in OUTCOMES.items()}}
    code = st.selectbox(
        _("Outcome"), list(outcomes), format_func=outcomes.__getitem__, label_visibility="collapsed", width=220,
        **in_address("outcome", list(outcomes), ""),
    )  # fmt: skip
    runs = automation_reads.runs(outcome=Outcome(code) if code else None)
    if runs:
        show_runs(runs)
    else:
        empty_state("history", _("No rule ran yet"), _("Switch one on; what it does is told here."))


opened = st.query_params.get(RULE, "")
rule = next((rule for rule in automation_reads.rules() if rule.code == opened), None) if opened else None
if rule is not None or (opened == NEW and may_edit):
    st.button(
        _("All automation"), key="back", icon=":material/arrow_back:", type="tertiary",
        on_click=automation_actions.open_rule, args=("",),
    )  # fmt: skip
    page_header(display.plain(said(rule.name, rule.translations)) if rule else _("New automation"))
    show_automation(rule, may_edit=may_edit)
else:
    with page_header(_("Automation"), hint=_("What happens by itself when something happens to an order.")):
        if may_edit:
            st.button(
                _("New automation"), key="new_automation", icon=":material/add:", type="primary",
                on_click=automation_actions.open_rule, args=(NEW,),
            )  # fmt: skip
    views = {"rules": _("Rules"), "suggestions": _("What they suggest"), "runs": _("What they did"),
             "alerts": _("Alerts")}  # fmt: skip
    view = st.segmented_control(
        _("View"), list(views), format_func=views.__getitem__, required=True, label_visibility="collapsed",
        **in_address("part", list(views), "rules"),
    )  # fmt: skip
    if view == "alerts":
        show_alerts(may_edit=may_edit)
    else:
        {"rules": show_list, "suggestions": show_offers, "runs": show_history}[view]()
