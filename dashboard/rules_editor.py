"""One rule: its form, a trial on past orders before it binds, its versions and the way back."""

import difflib
import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import display, identity, rules_actions, rules_reads
from dashboard.condition_words import CHANGES, field_names
from dashboard.layout import section
from dashboard.opened_forms import open_form
from dashboard.rules_draft import NEW, Document, edit_rule
from dashboard.rules_trial import show_outcome, show_rows
from dashboard.rules_words import SEVERITIES, STATES, example, said, scope, state_of, when
from dashboard.stale_notice import show_stale
from dashboard.translation import _
from dashboard.version_words import author, note_words
from oms_core.access.permissions import Permission
from oms_core.workflow.rule_models import Severity
from oms_core.workflow.validation import RuleView
from oms_core.workflow.versions import VersionView

TRIED_ORDERS = 10_000
DRAFT = "rule_draft"  # what the laboratory is to try, if it was not saved yet
_NEW_KEY = "new_rule_number"


def show_rule(rule: RuleView | None) -> None:
    """Show a rule to be read, or edited by who may; None begins a new one."""
    begun = st.session_state.setdefault(_NEW_KEY, 0)
    name, version = (rules_actions.form_name(rule.code), rule.version) if rule else (f"rule_new_{begun}", 0)
    document: Document = rule.document() if rule else dict(NEW)
    if not identity.may(Permission.RULES_EDIT):
        if rule is not None:
            _show_as_text(rule)
            _show_example(rule)
            _show_versions(rule, may_edit=False)
        return
    form = open_form(name, version, document, field=lambda opened: f"{name}_{opened}_name")
    key = f"{name}_{form.version}"
    left, right = st.columns([5, 3], gap="medium")
    with left:
        stale = st.container()
        draft = edit_rule(key, form.document)
    with stale:
        show_stale(form, version, rules_reads.versions(rule.code) if rule else [], draft)
    with right:
        _show_buttons(key, draft, form.based_on)
        _show_trial(key, draft, form.based_on)
        if rule is not None:
            _show_example(rule)
            _show_versions(rule, may_edit=True)


def _show_buttons(key: str, draft: Document, based_on: int) -> None:
    is_whole = bool(draft["expression"].strip() and draft["name"].strip() and draft["message"].strip())
    with st.container(border=True, key=f"{key}_do"):
        state = "active" if draft["is_active"] else "off"
        word, color = STATES[state]
        row = st.container(horizontal=True, vertical_alignment="center")
        row.badge(_(word), color=color)
        row.caption(_("not saved yet") if based_on == 0 else draft["code"])
        row = st.container(horizontal=True)
        row.button(
            _("Try it"), key=f"{key}_try", icon=":material/science:", disabled=not draft["expression"].strip(),
            on_click=_ask_trial, args=(key, draft), help=_("On the last orders, as they stood then; nothing changes."),
        )  # fmt: skip
        row.button(
            _("Save"), key=f"{key}_save", disabled=not is_whole, on_click=rules_actions.save, args=(draft, based_on)
        )
        if draft["is_active"]:
            row.button(
                _("Switch off"), key=f"{key}_off", on_click=rules_actions.switch, args=([draft["code"]],),
                kwargs={"on": False},
            )  # fmt: skip
        else:
            row.button(
                _("Activate"), key=f"{key}_activate", type="primary", disabled=not is_whole,
                on_click=rules_actions.activate, args=(draft, based_on),
                help=_("Saves it; from then on it binds everybody."),
            )  # fmt: skip
        if not is_whole:
            st.caption(_("A rule needs a name, a message and a condition."))


def _ask_trial(key: str, draft: Document) -> None:
    st.session_state[f"{key}_tried"] = draft


def _show_trial(key: str, draft: Document, based_on: int) -> None:
    """Show what the draft would have done; once it is changed, the trial is one of before."""
    tried: Document | None = st.session_state.get(f"{key}_tried")
    if tried is None:
        return
    with section(_("What it would have done"), key=f"{key}_trial"):
        if not _same_question(tried, draft):
            told = _("The rule was changed since; try it again.")
            st.caption(f":material/history: {told}")
        found = rules_reads.rehearse(_question(tried), kind="validation", last=TRIED_ORDERS, channel=None)
        show_outcome(found, refuses=tried["severity"] == "refuse")
        show_rows(found, key=f"{key}_rows")
        st.session_state[DRAFT], st.session_state[rules_actions.DRAFT_BASE] = tried, based_on
        st.page_link(
            "app_pages/laboratory.py", label=_("Open in the laboratory"), icon=":material/science:",
            query_params={"rule": tried["code"], "draft": "1"},
        )  # fmt: skip


def _question(document: Mapping[str, Any]) -> Document:
    """What of a rule decides whom it meets: its name may change without another trial."""
    names = ("code", "message", "expression", "builder", "changes", "to_statuses", "order_types", "channels")
    return {name: document[name] for name in names}


def _same_question(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return _question(one) == _question(other)


def _show_as_text(rule: RuleView) -> None:
    word, color = SEVERITIES[rule.severity]
    with st.container(border=True, key="rule-text"):
        row = st.container(horizontal=True)
        row.badge(_(word), color=color)
        row.badge(state_of(rule))
        st.markdown(display.plain(said(rule, "message")))
        st.caption(f"{when(rule)} {scope(rule)}")
        st.code(rule.expression, language=None, wrap_lines=True)


def _show_example(rule: RuleView) -> None:
    """Of a rule of the library: what sets an order apart that it refuses, and one that it passes."""
    known = example(rule.code)
    if known is None:
        return
    with st.container(border=True, key="rule-example"):
        met = _("An order it refuses") if rule.severity is Severity.REFUSE else _("An order it warns of")
        for title, given in ((met, known.refuses), (_("An order it passes"), known.passes)):
            st.markdown(f"**{title}**")
            st.markdown(
                "\n".join(f"- {display.plain(name)} — {display.plain(value)}" for name, value in _facts_of(given))
            )


def _facts_of(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields of an example by name, lines one after the other."""
    names, told = field_names(of_line=True), []
    for part, facts in given.items():
        for one in facts if part == "lines" else [facts]:
            where = "line" if part == "lines" else part
            for name, value in one.items():
                told.append((names.get(f"{where}.{name}", name), _value(value)))
    return told


def _value(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return display.number(value, digits=2)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or display.NOTHING)


def _show_versions(rule: RuleView, *, may_edit: bool) -> None:
    versions = rules_reads.versions(rule.code)
    with section(_("Versions"), key="rule-versions"):
        for older, version in zip([*versions[1:], None], versions, strict=True):
            _show_version(rule, version, older, may_edit=may_edit)


def _show_version(rule: RuleView, version: VersionView, older: VersionView | None, *, may_edit: bool) -> None:
    told = _("Version {version} · {who} · {when}").format(
        version=version.version, who=author(version.actor), when=display.moment(version.recorded_at)
    )
    with st.expander(told, key=f"version_{version.version}"):
        if version.note:
            st.caption(note_words(version.note))
        st.code(_difference(older.document if older else {}, version.document), language="diff", wrap_lines=True)
        if may_edit and version.version != rule.version:
            st.button(
                _("Bring version {version} back").format(version=version.version), icon=":material/undo:",
                key=f"rollback_{version.version}", on_click=rules_actions.roll_back,
                args=(rule.code, version.version, rule.version),
            )  # fmt: skip


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What a version changed, line by line; of the first everything is new."""
    told = difflib.unified_diff(_lines(before), _lines(after), lineterm="", n=0)
    return "\n".join(line for line in list(told)[2:] if not line.startswith("@@")) or _("Nothing was changed.")


def _lines(document: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, value in document.items():
        if value in (None, [], {}, "") or name in {"builder", "code"}:
            continue
        shown = [CHANGES.get(one, one) for one in value] if name == "changes" else value
        lines.append(f"{name}: {shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)}")
    return lines
