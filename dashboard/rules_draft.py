"""The form of a rule: what is being edited, as the document that would be saved."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import streamlit as st

from dashboard import display
from dashboard.audit_words import column_name
from dashboard.cel_faults import fault_words
from dashboard.condition_builder import build_condition
from dashboard.condition_words import CHANGES, field_names, source
from dashboard.layout import section
from dashboard.rules_words import SEVERITIES
from dashboard.translation import LANGUAGES, _
from oms_core.errors import Invalid
from oms_core.workflow.builder import to_cel
from oms_core.workflow.cel_reading import read_condition
from oms_core.workflow.rule_models import Severity

NEW: Mapping[str, Any] = {
    "code": "", "name": "", "severity": "refuse", "changes": ["place"], "to_statuses": None, "order_types": None,
    "channels": None, "expression": "", "builder": {"all": []}, "message": "", "field": "order.total",
    "active_from": None, "active_until": None, "is_active": False, "position": 0, "translations": {},
}  # fmt: skip
Document = dict[str, Any]


def edit_rule(key: str, document: Mapping[str, Any]) -> Document:
    """Show the whole form, filled from ``document``; returns the document as it would be saved now."""
    draft: Document = dict(document)
    with section(_("What it says"), key=f"{key}_what"):
        _edit_words(key, draft)
    with section(_("When it is asked"), hint=_("Empty means: always."), key=f"{key}_where"):
        _edit_scope(key, draft)
    hint = _("Where this is not true, the rule refuses or warns.")
    with section(_("What must hold"), hint=hint, key=f"{key}_must"):
        edit_condition(key, draft, asked=_("Add a condition: what must hold for the change to pass."))
    return draft


def _edit_words(key: str, draft: Document) -> None:
    draft["name"] = st.text_input(_("Name"), draft["name"], key=f"{key}_name", max_chars=200) or ""
    if not draft["code"]:
        proposed = code_of(draft["name"])
        draft["code"] = st.text_input(_("Code"), key=f"{key}_code", placeholder=proposed, max_chars=60) or proposed
    draft["message"] = st.text_area(
        _("Message to who is refused"), draft["message"], key=f"{key}_message", height=80, max_chars=500
    ) or ""  # fmt: skip
    left, right = st.columns(2)
    names = field_names(of_line=True)
    paths = list(dict.fromkeys([draft["field"], *names]))
    names = {draft["field"]: column_name(draft["field"])} | names  # one of a form, such as all its lines
    draft["field"] = left.selectbox(
        _("Field at fault"), paths, index=0, key=f"{key}_field", format_func=lambda path: names.get(path, path),
        accept_new_options=True,
    )  # fmt: skip
    severities = {severity.value: _(word) for severity, (word, _color) in SEVERITIES.items()}
    draft["severity"] = right.segmented_control(
        _("What it does"), list(severities), default=Severity(draft["severity"]).value, required=True,
        key=f"{key}_severity", format_func=severities.__getitem__,
    )  # fmt: skip
    with st.expander(_("In other languages"), icon=":material/translate:"):
        draft["translations"] = _edit_translations(key, draft["translations"])


def _edit_translations(key: str, known: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for code, language in LANGUAGES.items():
        texts = known.get(code, {})
        left, right = st.columns([1, 2])
        name = left.text_input(
            _("Name in {language}").format(language=language), texts.get("name", ""), key=f"{key}_{code}_name"
        )
        message = right.text_input(
            _("Message in {language}").format(language=language), texts.get("message", ""), key=f"{key}_{code}_message"
        )
        if own := {part: said for part, said in (("name", name), ("message", message)) if said}:
            given[code] = own
    return given


def _edit_scope(key: str, draft: Document) -> None:
    changes = {code: _(name) for code, name in CHANGES.items()}
    left, right = st.columns(2)
    draft["changes"] = choose_several(left, f"{key}_changes", _("Changes"), draft["changes"], changes)
    draft["to_statuses"] = choose_several(
        right, f"{key}_to", _("To the status"), draft["to_statuses"], source("statuses")
    )
    left, right = st.columns(2)
    draft["channels"] = choose_several(left, f"{key}_channels", _("Channels"), draft["channels"], source("channels"))
    draft["order_types"] = choose_several(
        right, f"{key}_types", _("Order types"), draft["order_types"], source("order_types")
    )
    left, right = st.columns(2)
    draft["active_from"] = choose_day(left, f"{key}_from", _("Active from"), draft["active_from"])
    draft["active_until"] = choose_day(
        right, f"{key}_until", _("Active until (that day excluded)"), draft["active_until"]
    )


def choose_several(
    place: Any, key: str, label: str, chosen: Sequence[str] | None, names: Mapping[str, str]  # noqa: ANN401
) -> list[str] | None:  # fmt: skip
    """Let several codes be chosen; None stands for all."""
    codes = list(dict.fromkeys([*names, *(chosen or ())]))
    picked = place.multiselect(
        label, codes, default=list(chosen or ()), key=key, format_func=lambda code: names.get(code, code),
        placeholder=_("All"),
    )  # fmt: skip
    return list(picked) or None


def choose_day(place: Any, key: str, label: str, value: str | None) -> str | None:  # noqa: ANN401
    """Let a day be chosen; returns its beginning where the viewer is, and a moment that was kept as it is."""
    zone = display.viewer_zone()
    known = datetime.fromisoformat(value).astimezone(zone).date() if value else None
    day: date | None = place.date_input(label, known, key=key, format="YYYY-MM-DD")
    if day == known:
        return value
    return None if day is None else datetime.combine(day, time(), zone).isoformat()


def edit_condition(key: str, draft: Document, *, asked: str) -> None:
    """Let the condition of a draft be built or written: its ``builder`` and ``expression``; ``asked`` while empty."""
    names = {"builder": _("Builder"), "cel": _("Expression (CEL)")}
    way = st.segmented_control(
        _("How it is written"), list(names), default="builder" if draft["builder"] else "cel", required=True,
        key=f"{key}_way", format_func=names.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    if way == "cel":
        draft["builder"] = None
        written = st.text_area(_("Expression (CEL)"), draft["expression"], key=f"{key}_cel", height=120)
        draft["expression"] = written or ""
        _show_faults(draft["expression"])
        return
    draft["builder"] = build_condition(key, draft["builder"])
    if draft["builder"] is None:
        draft["expression"] = ""
        st.caption(asked)
        return
    try:
        draft["expression"] = to_cel(draft["builder"])
    except Invalid as fault:
        st.caption(
            _("Not complete yet: {why}").format(why=fault_words(fault.rows[0]["message"] if fault.rows else str(fault)))
        )
        draft["expression"] = ""
        return
    st.code(draft["expression"], language=None, wrap_lines=True)


def _show_faults(expression: str) -> None:
    """Say what is wrong with an expression while it is written; the trial before saving is stricter still."""
    if not expression.strip():
        st.caption(_("For example: order.total <= 1000.0 || order.is_paid"))
        return
    try:
        read_condition(expression)
    except Invalid as fault:
        row = fault.rows[0]
        told = _("This cannot be used yet, at character {place}: {why}")
        st.warning(told.format(place=row.get("place", 1), why=fault_words(row["message"])))
    else:
        told = _("This can be read.")
        st.caption(f":material/check: {told}")


def code_of(name: str) -> str:
    """Propose a code for a name."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in name.lower()).split()
    code = "_".join(words)[:60].strip("_")
    return code if code[:1].isalpha() else f"rule_{code}".strip("_")
