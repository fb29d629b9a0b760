"""The form of an automation rule: when it listens, on what condition, and what it does."""

from collections.abc import Mapping
from itertools import count
from typing import Any

import streamlit as st

from dashboard import display, reads
from dashboard.automation_words import ACTIONS, EVENTS, PARAMETERS, choice_name
from dashboard.condition_words import source
from dashboard.layout import section
from dashboard.rules_draft import choose_day, choose_several, code_of, edit_condition
from dashboard.translation import LANGUAGES, _
from dashboard.words import person_name
from oms_core.access.teams import list_teams
from oms_core.automation.action_kinds import KINDS, MOST_ACTIONS, Parameter, counts

NEW: Mapping[str, Any] = {
    "code": "", "name": "", "event": "order.placed", "condition": "", "builder": {"all": []},
    "actions": [{"kind": "tag", "tag": ""}], "mode": "off", "priority": 100, "order_types": None, "channels": None,
    "active_from": None, "active_until": None, "translations": {},
}  # fmt: skip
Document = dict[str, Any]
_IDS = count(1)


def edit_automation(key: str, document: Mapping[str, Any]) -> Document:
    """Show the whole form, filled from ``document``; returns the document as it would be saved now."""
    draft: Document = dict(document)
    with st.container(border=True, key=f"{key}_what"):
        _edit_head(key, draft)
    with section(_("On what condition"), hint=_("Without one it acts every time."), key=f"{key}_if"):
        condition = {"builder": draft["builder"], "expression": draft["condition"]}
        edit_condition(key, condition, asked=_("Add a condition, or leave it empty to act every time."))
        draft["builder"], draft["condition"] = condition["builder"], condition["expression"] or "true"
    with section(_("What it does"), hint=_("In this order; all of it or nothing."), key=f"{key}_do"):
        draft["actions"] = _edit_actions(f"{key}_actions", draft["actions"])
    with st.expander(_("Only for, and when"), icon=":material/tune:"):
        _edit_scope(key, draft)
    return draft


def _edit_head(key: str, draft: Document) -> None:
    draft["name"] = st.text_input(_("Name"), draft["name"], key=f"{key}_name", max_chars=200) or ""
    if not draft["code"]:
        proposed = code_of(draft["name"])[:50]
        draft["code"] = st.text_input(_("Code"), key=f"{key}_code", placeholder=proposed, max_chars=50) or proposed
    names = {code: _(word) for code, word in EVENTS.items()}
    left, right = st.columns([2, 1])
    draft["event"] = left.selectbox(
        _("When"), list(names), index=list(names).index(draft["event"]), key=f"{key}_event",
        format_func=names.__getitem__,
    )  # fmt: skip
    priority = right.number_input(
        _("Order of acting"), 0, 32_000, draft["priority"], key=f"{key}_priority", help=_("The smallest acts first.")
    )
    draft["priority"] = int(priority)
    with st.expander(_("In other languages"), icon=":material/translate:"):
        known, given = draft["translations"], {}
        for code, language in LANGUAGES.items():
            told = _("Name in {language}").format(language=language)
            if name := st.text_input(told, known.get(code, {}).get("name", ""), key=f"{key}_{code}_name"):
                given[code] = {"name": name}
        draft["translations"] = given


def _edit_scope(key: str, draft: Document) -> None:
    left, right = st.columns(2)
    draft["channels"] = choose_several(left, f"{key}_channels", _("Channels"), draft["channels"], source("channels"))
    types = source("order_types")
    draft["order_types"] = choose_several(right, f"{key}_types", _("Order types"), draft["order_types"], types)
    left, right = st.columns(2)
    draft["active_from"] = choose_day(left, f"{key}_from", _("Active from"), draft["active_from"])
    until = _("Active until (that day excluded)")
    draft["active_until"] = choose_day(right, f"{key}_until", until, draft["active_until"])


def _edit_actions(key: str, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The actions as they are being edited live under ``key``: another key begins anew."""
    if key not in st.session_state:
        st.session_state[key] = [{"id": next(_IDS), **action} for action in known]
    kept: list[dict[str, Any]] = st.session_state[key]
    written = [_edit_action(key, kept, place) for place in range(len(kept))]
    st.button(
        _("Action"), key=f"{key}_add", icon=":material/add:", type="tertiary", disabled=len(kept) >= MOST_ACTIONS,
        on_click=lambda: kept.append({"id": next(_IDS), "kind": "tag"}),
    )  # fmt: skip
    return written


def _edit_action(key: str, kept: list[dict[str, Any]], place: int) -> dict[str, Any]:
    action = kept[place]
    where = f"{key}_{action['id']}"
    with st.container(border=True, key=f"{where}_box", gap="small"):
        head = st.container(horizontal=True, vertical_alignment="bottom")
        kinds = {code: _(word) for code, word in ACTIONS.items()}
        kind = head.selectbox(
            _("Action {number}").format(number=place + 1), list(kinds), index=list(kinds).index(action["kind"]),
            key=f"{where}_kind", format_func=kinds.__getitem__,
        )  # fmt: skip
        head.button(
            _("Remove"), key=f"{where}_remove", icon=":material/close:", type="tertiary", disabled=len(kept) == 1,
            on_click=kept.remove, args=(action,),
        )  # fmt: skip
        written: dict[str, Any] = {"kind": kind}
        for parameter in KINDS[kind]:
            if counts(parameter, written):
                value = _edit_parameter(f"{where}_{kind}", parameter, kind, action.get(parameter.name))
                if value not in (None, ""):
                    written[parameter.name] = value
    return written


def _edit_parameter(where: str, parameter: Parameter, kind: str, value: Any) -> Any:  # noqa: ANN401 - as it says
    label = _("To the status") if kind == "status" else _(PARAMETERS[parameter.name])
    key = f"{where}_{parameter.name}"
    if parameter.longest:
        return st.text_input(label, value or "", key=key, max_chars=parameter.longest)
    if parameter.most:
        minutes = st.number_input(label, 1, parameter.most, value, step=30, key=key, placeholder=_("No time limit"))
        return None if minutes is None else int(minutes)
    names = _names(parameter)
    if value is not None and value not in names:
        names = {value: str(value), **names}
    codes = list(names)
    place = codes.index(value) if value in names else None if parameter.is_optional else 0
    return (
        st.selectbox(label, codes, index=place, key=key, format_func=names.__getitem__, placeholder=display.NOTHING)
        if codes
        else None
    )


def _names(parameter: Parameter) -> dict[Any, str]:
    if parameter.choices:
        return {code: choice_name(parameter.name, code) for code in parameter.choices}
    if parameter.source == "people":
        return {person.login: person_name(person.name) for person in reads.people()}
    if parameter.source == "teams":
        return {team.code: team.name for team in reads.ask(list_teams)}
    return dict(source(parameter.source))
