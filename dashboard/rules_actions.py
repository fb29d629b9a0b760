"""What is done to rules; each function is a button's callback."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.actions import attempt
from dashboard.opened_forms import close_form, follow_switch
from dashboard.translation import _
from oms_core.workflow.validation import RuleView, activate_rule, deactivate_rule, rollback_rule, save_rule

RULE = "rule"  # in the address: the rule that is open
DRAFT_BASE = "rule_draft_version"  # the version that the draft in the laboratory may replace


def form_name(code: str) -> str:
    """What the form of a rule is known by."""
    return f"rule_{code}"


def save(document: Mapping[str, Any], based_on: int, note: str = "") -> None:
    """Save a rule as its next version and keep it open; refused, the form keeps what was typed."""
    told = lambda rule: _("Rule saved: version {version}").format(version=rule.version)  # noqa: E731
    saved: RuleView | None = attempt(save_rule, told, document=document, note=note, based_on=based_on)
    if saved is not None:
        close_form(form_name(saved.code))
        st.query_params[RULE] = saved.code
        st.session_state[DRAFT_BASE] = saved.version


def activate(document: Mapping[str, Any], based_on: int) -> None:
    """Save a rule and let it bind."""
    save({**document, "is_active": True}, based_on, "activated")


def switch(codes: Sequence[str], *, on: bool) -> None:
    """Let rules bind, or bind no longer."""
    for code in codes:
        if on:
            saved = attempt(activate_rule, lambda rule: _("Active: {rule}").format(rule=rule.name), code=code)
        else:
            saved = attempt(deactivate_rule, lambda rule: _("Switched off: {rule}").format(rule=rule.name), code=code)
        if saved is not None:
            follow_switch(form_name(code), saved.version, is_active=on)


def roll_back(code: str, version: int, based_on: int) -> None:
    """Take an earlier version of a rule back, unless somebody saved after the version shown."""
    told = lambda rule: _("Version {old} is back, as version {new}").format(old=version, new=rule.version)  # noqa: E731
    if attempt(rollback_rule, told, code=code, version=version, based_on=based_on) is not None:
        close_form(form_name(code))


def open_rule(code: str) -> None:
    """Show a rule; the empty code shows the list."""
    if code:
        st.query_params[RULE] = code
    else:
        st.query_params.pop(RULE, None)
