"""One automation rule: its form, its mode, what it did, its versions and the way back."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import automation_actions, automation_reads, display
from dashboard.automation_draft import NEW, Document, edit_automation
from dashboard.automation_list import show_runs
from dashboard.automation_words import EVENTS, MODES, action_words, actions_words
from dashboard.laboratory_automation import AUTOMATION, DRAFT
from dashboard.layout import section
from dashboard.opened_forms import open_form
from dashboard.stale_notice import show_stale
from dashboard.translation import _
from dashboard.version_words import author
from oms_core.automation.models import Mode
from oms_core.automation.rule_document import read_document
from oms_core.automation.rules import AutomationView
from oms_core.errors import Invalid

_LATEST = 10


def show_automation(rule: AutomationView | None, *, may_edit: bool) -> None:
    """Show a rule to be read, or edited by who may; None begins a new one."""
    left, right = st.columns([3, 2], gap="medium")
    if may_edit:
        name, version = (automation_actions.form_name(rule.code), rule.version) if rule else ("auto_new", 0)
        document = rule.document() if rule else NEW
        form = open_form(name, version, document, field=lambda opened: f"{name}_{opened}_name")
        key = f"{name}_{form.version}"
        with left:
            stale = st.container()
            draft = edit_automation(key, form.document)
        with stale:
            show_stale(form, version, automation_reads.versions(rule.code) if rule else [], draft)
        with right:
            _show_buttons(key, rule, draft, form.based_on)
    elif rule is not None:
        with left:
            _show_as_text(rule)
    if rule is not None:
        with right:
            _show_latest(rule)
            _show_versions(rule, may_edit=may_edit)


def _show_buttons(key: str, rule: AutomationView | None, draft: Document, based_on: int) -> None:
    with st.container(border=True, key=f"{key}_state"):
        if rule is not None:
            mode_key = f"auto_{rule.code}_{rule.version}_mode"  # what is saved, whatever the form began from
            modes = {mode.value: _(word) for mode, (word, _color) in MODES.items()}
            st.segmented_control(
                _("Mode"), list(modes), default=rule.mode.value, required=True, key=mode_key,
                format_func=modes.__getitem__, on_change=automation_actions.switch_one, args=(rule.code, mode_key),
                help=_("Off: nothing. Suggests: offered on the order, done in one click. Acts: done by itself."),
            )  # fmt: skip
        is_whole = bool(draft["name"].strip() and draft["code"])
        st.button(
            _("Save"), key=f"{key}_save", type="primary", disabled=not is_whole, on_click=automation_actions.save,
            args=(draft, based_on),
        )  # fmt: skip
        if is_whole:
            _link_trial(rule, draft, based_on)
        else:
            st.caption(_("A rule needs a name."))


def _link_trial(rule: AutomationView | None, draft: Document | None, based_on: int) -> None:
    """Show the way to the laboratory, with the rule as it is being edited where that is not how it was saved."""
    address = {"kind": "automation"}
    if draft is not None and not _is_saved(rule, draft):
        st.session_state[DRAFT], st.session_state[automation_actions.DRAFT_BASE] = draft, based_on
        address["draft"] = "1"
    elif rule is not None:
        address[AUTOMATION] = rule.code
    st.page_link(
        "app_pages/laboratory.py", label=_("Try it"), icon=":material/science:", query_params=address,
        help=_("On the last orders, as they stood then; nothing changes."),
    )  # fmt: skip


def _is_saved(rule: AutomationView | None, draft: Document) -> bool:
    try:
        return rule is not None and read_document(draft).as_json() == rule.document()
    except Invalid:
        return False


def _show_as_text(rule: AutomationView) -> None:
    word, color = MODES[rule.mode]
    with st.container(border=True, key="automation-text"):
        st.badge(_(word), color=color)
        st.markdown(f"**{_(EVENTS[rule.event])}** → {display.plain(actions_words(rule.actions))}")
        st.code(rule.condition, language=None, wrap_lines=True)
        _link_trial(rule, None, rule.version)


def _show_latest(rule: AutomationView) -> None:
    with section(_("What it did"), key="automation-runs"):
        runs = automation_reads.runs(rule=rule.code, limit=_LATEST)
        if runs:
            show_runs(runs)
        else:
            st.caption(_("It has not run yet."))


def _show_versions(rule: AutomationView, *, may_edit: bool) -> None:
    with section(_("Versions"), key="automation-versions"):
        for version in automation_reads.versions(rule.code):
            told = _("Version {version} · {who} · {when}").format(
                version=version.version, who=author(version.actor), when=display.moment(version.recorded_at)
            )
            with st.expander(told, key=f"version_{version.version}"):
                st.code(_version_text(version.document), language=None, wrap_lines=True)
                if may_edit and version.version != rule.version:
                    st.button(
                        _("Bring version {version} back").format(version=version.version), icon=":material/undo:",
                        key=f"rollback_{version.version}", on_click=automation_actions.roll_back,
                        args=(rule.code, version.version, rule.version),
                    )  # fmt: skip


def _version_text(document: Mapping[str, Any]) -> str:
    word, _color = MODES[Mode(document["mode"])]
    event = EVENTS[document["event"]]
    does = [action_words(action) for action in document["actions"]]
    return "\n".join([_(word), document["name"], f"{_(event)}: {document['condition']}", *does])
