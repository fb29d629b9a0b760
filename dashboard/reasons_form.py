"""The form of a reason to cancel, and its versions."""

from collections.abc import Sequence

import streamlit as st

from dashboard import reasons_list, workflow_actions, workflow_reads
from dashboard.layout import section
from dashboard.notices import show_notices
from dashboard.opened_forms import open_form
from dashboard.stale_notice import show_stale
from dashboard.translation import LANGUAGES, _
from dashboard.words import group_name
from dashboard.workflow_draft import new_code
from dashboard.workflow_faults import field_changes
from dashboard.workflow_fields import FOREIGN, tell_fault
from dashboard.workflow_publishing import show_version_head
from oms_core.workflow.models import CANCELLABLE_GROUPS, Fault
from oms_core.workflow.reasons import Reason

_FAULTS = "_reason_faults"


def show_form(reason: Reason | None, reasons: Sequence[Reason]) -> None:
    """Show the form of a reason, or of a new one; refused, its fields keep what was typed and say what is wrong."""
    version = workflow_reads.reason_in_force(reason.code) if reason else 0
    name = workflow_actions.reason_form(reason.code) if reason else f"reason_new_{len(reasons)}"
    form = open_form(name, version, reason, field=lambda opened: f"{name}_{opened}_label")
    key = f"{name}_{form.version}"
    title = reasons_list.label(reason) if reason else _("A new reason")
    with section(title, key="reason-form"):
        faults: dict[str, str] = st.session_state.pop(_FAULTS, {})
        stale = st.container()
        wanted = _ask(form.document, reasons, key, faults)
        if reason is not None:
            with stale:
                show_stale(form, version, workflow_reads.reason_versions(reason.code), wanted.as_json())
        note = st.text_input(_("Why"), key=f"{key}_note", max_chars=300, autocomplete="off") or ""
        is_changed = wanted != reason
        if st.button(_("Save"), key="save_reason", type="primary", disabled=not is_changed or not wanted.label):
            refused = workflow_actions.keep_reason(wanted, form.based_on, note)
            if refused is None and reason is None:
                st.query_params["reason"] = wanted.code  # read by the choice above at the next run
            st.session_state[_FAULTS] = refused or {}
            st.rerun()
        show_notices()


def _ask(reason: Reason | None, reasons: Sequence[Reason], key: str, faults: dict[str, str]) -> Reason:
    label = st.text_input(_("Label"), reason.label if reason else "", key=f"{key}_label", max_chars=120,
                          autocomplete="off") or ""  # fmt: skip
    _tell(faults, "label", "code")
    left, right = st.columns(2)
    names = {fault.value: _(word) for fault, (word, _color) in reasons_list.FAULTS.items()}
    at_first = list(names).index(reason.fault) if reason else 0
    fault = left.selectbox(_("Whose fault"), list(names), at_first, format_func=names.__getitem__, key=f"{key}_fault")
    last = max((one.position for one in reasons), default=-1) + 1
    position = right.number_input(
        _("Place in the list"), min_value=0, value=reason.position if reason else last, step=1, key=f"{key}_position"
    )
    _tell(faults, "fault", "position")
    offered = {group.value: group_name(group) for group in CANCELLABLE_GROUPS}
    groups = st.multiselect(
        _("Offered in"), list(offered), list(reason.groups or ()) if reason else [], format_func=offered.__getitem__,
        key=f"{key}_groups", placeholder=_("Everywhere"),
    )  # fmt: skip
    _tell(faults, "groups")
    left, right = st.columns(2)
    preventable = left.toggle(_("Preventable"), reason.is_preventable if reason else True, key=f"{key}_preventable")
    active = right.toggle(_("In use"), reason.is_active if reason else True, key=f"{key}_active")
    _tell(faults, "is_active")
    translations = _ask_translations(reason, key)
    _tell(faults, "translations")
    code = reason.code if reason else new_code(label, [one.code for one in reasons], "reason")
    return Reason(
        code=code, label=label.strip(), fault=Fault(fault).value, is_preventable=preventable, position=int(position),
        is_active=active, groups=tuple(groups) or None, translations=translations,
    )  # fmt: skip


def _ask_translations(reason: Reason | None, key: str) -> dict[str, dict[str, str]]:
    known = reason.translations if reason else {}
    given = {code: dict(words) for code, words in known.items() if code not in FOREIGN}
    with st.expander(_("In other languages"), icon=":material/translate:"):
        for code in FOREIGN:
            before = known.get(code, {}).get("label", "")
            told = st.text_input(LANGUAGES[code], before, key=f"{key}_{code}", max_chars=120, autocomplete="off")
            if told:
                given[code] = {**known.get(code, {}), "label": told.strip()}
    return given


def _tell(faults: dict[str, str], *fields: str) -> None:
    for field in fields:
        if field in faults:
            tell_fault(st.container(), faults[field])


def show_versions(reason: Reason) -> None:
    """Show what the reason was before, each with what going back would change, and the way back."""
    versions = workflow_reads.reason_versions(reason.code)
    if not versions:
        return
    with section(_("Versions"), key="reason-versions"):
        for kept in versions:
            is_current = kept.version == versions[0].version
            show_version_head(kept, is_current=is_current)
            if is_current:
                continue
            changes = field_changes(reason.as_json(), kept.document)
            st.caption("; ".join(changes) or _("Nothing would change."))
            st.button(
                _("Put version {version} in force again").format(version=kept.version),
                key=f"restore_reason_{kept.version}", icon=":material/history:",
                on_click=workflow_actions.restore_reason, args=(reason.code, kept.version, versions[0].version),
            )  # fmt: skip
