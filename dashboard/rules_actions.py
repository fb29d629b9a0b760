"""What is done to rules; each function is a button's callback."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.actions import attempt
from dashboard.translation import _
from oms_core.workflow.validation import RuleView, activate_rule, deactivate_rule, rollback_rule, save_rule

RULE = "rule"  # in the address: the rule that is open


def save(document: Mapping[str, Any], note: str = "") -> None:
    """Save a rule as its next version and keep it open."""
    told = lambda rule: _("Rule saved: version {version}").format(version=rule.version)  # noqa: E731
    saved: RuleView | None = attempt(save_rule, told, document=document, note=note)
    if saved is not None:
        st.query_params[RULE] = saved.code


def activate(document: Mapping[str, Any]) -> None:
    """Save a rule and let it bind."""
    save({**document, "is_active": True}, "activated")


def switch(codes: Sequence[str], *, on: bool) -> None:
    """Let rules bind, or bind no longer."""
    for code in codes:
        if on:
            attempt(activate_rule, lambda rule: _("Active: {rule}").format(rule=rule.name), code=code)
        else:
            attempt(deactivate_rule, lambda rule: _("Switched off: {rule}").format(rule=rule.name), code=code)


def roll_back(code: str, version: int) -> None:
    """Take an earlier version of a rule back."""
    told = lambda rule: _("Version {old} is back, as version {new}").format(old=version, new=rule.version)  # noqa: E731
    attempt(rollback_rule, told, code=code, version=version)


def open_rule(code: str) -> None:
    """Show a rule; the empty code shows the list."""
    if code:
        st.query_params[RULE] = code
    else:
        st.query_params.pop(RULE, None)
