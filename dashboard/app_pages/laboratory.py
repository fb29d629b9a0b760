"""The laboratory: a rule tried on past orders before it binds, and what it met once it did."""

import streamlit as st

from dashboard import display, identity, reads, rules_actions, rules_reads
from dashboard.filters import in_address
from dashboard.laboratory_automation import show_automation_trial
from dashboard.laboratory_measured import show_measured
from dashboard.layout import empty_state, page_header
from dashboard.rules_actions import DRAFT_BASE, RULE
from dashboard.rules_editor import DRAFT
from dashboard.rules_trial import show_cuts, show_outcome, show_rows
from dashboard.rules_words import said
from dashboard.translation import _
from oms_core.access.permissions import Permission

SIZES = (1_000, 10_000, 50_000)
VALIDATION, AUTOMATION = "validation", "automation"

with page_header(_("Rule laboratory"), hint=_("Tries a rule on past orders as they stood then; nothing changes.")):
    channels = {"": _("All channels"), **{channel.code: _(channel.name) for channel in reads.channels()}}
    channel = st.selectbox(
        _("Channel"), list(channels), format_func=channels.__getitem__, label_visibility="collapsed", width=190,
        **in_address("channel", list(channels), ""),
    )  # fmt: skip
    sizes = {size: _("Last {count}").format(count=display.number(size)) for size in SIZES}
    last = st.segmented_control(
        _("How many orders"), SIZES, required=True, format_func=sizes.__getitem__, label_visibility="collapsed",
        **in_address("last", SIZES, 10_000),
    )  # fmt: skip

kinds = {VALIDATION: _("Rules"), AUTOMATION: _("Automation")}
kind = st.segmented_control(
    _("What to try"), list(kinds), required=True, format_func=kinds.__getitem__, label_visibility="collapsed",
    **in_address("kind", list(kinds), VALIDATION),
)  # fmt: skip
if kind == AUTOMATION:
    show_automation_trial(last=last or 10_000, channel=channel or None)
    st.stop()

rules = {rule.code: rule for rule in rules_reads.rules()}
draft = st.session_state.get(DRAFT)
drafts = {"": draft} if draft else {}
if not rules and not drafts:
    with empty_state("science", _("No rules yet"), _("Make a rule first, then try it here.")):
        st.page_link("app_pages/rules.py", label=_("Rules"), icon=":material/rule:")
    st.stop()

names = {code: said(rule, "name") for code, rule in rules.items()}
if draft:
    names = {"": _("Draft: {name}").format(name=draft["name"] or draft["code"]), **names}
default = "" if draft and "draft" in st.query_params else next(iter(rules), "")
code: str = st.selectbox(
    _("Rule"), list(names), format_func=names.__getitem__, **in_address(RULE, list(names), default)
)
document = drafts[code] if code in drafts else rules[code].document()
based_on = st.session_state.get(DRAFT_BASE, 0) if code in drafts else rules[code].version
found = rules_reads.rehearse(document, kind="validation", last=last or 10_000, channel=channel or None)
st.markdown(said(document, "message"))
show_outcome(found, refuses=document["severity"] == "refuse")

with st.container(horizontal=True, vertical_alignment="center", key="laboratory-actions"):
    if identity.may(Permission.RULES_EDIT) and not document["is_active"]:
        st.button(
            _("Activate"), key="activate", type="primary", icon=":material/play_arrow:",
            on_click=rules_actions.activate, args=(document, based_on), help=_("From then on it binds everybody."),
        )  # fmt: skip
    st.page_link(
        "app_pages/rules.py", label=_("Open the rule"), icon=":material/rule:", query_params={RULE: document["code"]}
    )
if code:
    show_measured(rules[code], found)
if found.hits:
    show_cuts(found, key="laboratory")
    show_rows(found, key="laboratory_rows")
else:
    empty_state("task_alt", _("It would have met none."), _("Every order it looked at would have passed."))
