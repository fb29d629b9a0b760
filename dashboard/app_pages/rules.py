"""Rules: what must hold of an order when it is changed; made, tried, switched on and taken back by people."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import identity, rules_actions, rules_reads
from dashboard.filters import search_field
from dashboard.layout import empty_state, page_header
from dashboard.rules_actions import RULE
from dashboard.rules_editor import show_rule
from dashboard.rules_list import OPENED, choose_filters, matching, show_list
from dashboard.rules_words import said
from dashboard.translation import _
from oms_core.access.permissions import Permission

NEW = "new"
may_edit = identity.may(Permission.RULES_EDIT)
rules = {rule.code: rule for rule in rules_reads.rules()}
opened = st.query_params.get(RULE, "")
rule = rules.get(opened)

if rule is not None or (opened == NEW and may_edit):
    st.button(
        _("All rules"), key="back", icon=":material/arrow_back:", type="tertiary", on_click=rules_actions.open_rule,
        args=("",),
    )  # fmt: skip
    page_header(said(rule, "name") if rule else _("New rule"))
    show_rule(rule)
else:
    with page_header(_("Rules"), hint=_("What must hold of an order when somebody changes it.")):
        if may_edit:
            st.button(
                _("New rule"), key="new_rule", icon=":material/add:", type="primary",
                on_click=rules_actions.open_rule, args=(NEW,),
            )  # fmt: skip
    if not rules:
        empty_state("rule", _("No rules yet"), _("Make the first one; it is tried on past orders before it binds."))
        st.stop()
    with st.container(horizontal=True, vertical_alignment="center", key="rule-filters"):
        q = search_field(_("Search rules"), "q", _("Name, message or code"))
        chosen = choose_filters()
    shown = matching(list(rules.values()), q, chosen)
    picked = st.session_state.get(OPENED)
    if picked and shown:
        rules_actions.open_rule(shown[picked["row"]].code if "row" in picked else "")
        st.rerun()
    if shown:
        show_list(shown, rules_reads.hits(datetime.now(UTC)), may_edit=may_edit)
    else:
        empty_state("search_off", _("No rule matches"), _("Try fewer letters, or clear the filters."))
