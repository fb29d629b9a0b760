"""What is done to automation rules, their suggestions, alerts, tasks, drafts and labels; callbacks of buttons."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.actions import attempt
from dashboard.automation_words import MODES, PRIORITIES
from dashboard.opened_forms import close_form, follow_switch
from dashboard.translation import _
from dashboard.words import said
from oms_core.automation.models import Mode
from oms_core.automation.rules import AutomationView, rollback_automation, save_automation, set_mode
from oms_core.automation.suggestions import accept_suggestion, dismiss_suggestion
from oms_core.orders.labels import set_priority, tag_order, untag_order
from oms_core.workflow.alerts import acknowledge_alert

RULE = "rule"  # in the address: the rule that is open
DRAFT_BASE = "automation_draft_version"  # the version that the draft in the laboratory may replace


def open_rule(code: str) -> None:
    """Show a rule; the empty code shows the list."""
    if code:
        st.query_params[RULE] = code
    else:
        st.query_params.pop(RULE, None)


def form_name(code: str) -> str:
    """What the form of a rule is known by."""
    return f"auto_{code}"


def save(document: Mapping[str, Any], based_on: int) -> None:
    """Save a rule as its next version and keep it open; refused, the form keeps what was typed."""
    saved = keep(document, based_on)
    if saved is not None:
        open_rule(saved.code)


def keep(document: Mapping[str, Any], based_on: int) -> AutomationView | None:
    """Save a rule as its next version; None, told to the person, where it is refused."""
    told = lambda rule: _("Rule saved: version {version}").format(version=rule.version)  # noqa: E731
    saved: AutomationView | None = attempt(save_automation, told, document=document, based_on=based_on)
    if saved is not None:
        close_form(form_name(saved.code))
    return saved


def switch(codes: Sequence[str], mode: str) -> None:
    """Switch rules off, to suggesting, or to acting."""
    word = _(MODES[Mode(mode)][0])
    for code in codes:
        told = lambda rule: f"{said(rule.name, rule.translations)}: {word}"  # noqa: E731
        saved = attempt(set_mode, told, code=code, mode=mode)
        if saved is not None:
            follow_switch(form_name(code), saved.version, mode=mode)


def switch_one(code: str, key: str) -> None:
    """Switch a rule to the mode that its widget shows."""
    switch([code], st.session_state[key])


def roll_back(code: str, version: int, based_on: int) -> None:
    """Take an earlier version of a rule back, unless somebody saved after the version shown."""
    told = lambda rule: _("Version {old} is back, as version {new}").format(old=version, new=rule.version)  # noqa: E731
    if attempt(rollback_automation, told, code=code, version=version, based_on=based_on) is not None:
        close_form(form_name(code))


def accept(run_id: int) -> None:
    """Do what a rule suggested."""
    attempt(
        accept_suggestion, lambda number: _("Order {number}: done as suggested").format(number=number), run_id=run_id
    )


def dismiss(run_id: int) -> None:
    """Say no to a suggestion."""
    told = lambda number: _("Order {number}: suggestion dismissed").format(number=number)  # noqa: E731
    attempt(dismiss_suggestion, told, run_id=run_id)


def acknowledge(alert_id: int) -> None:
    """Say that somebody has seen to an alert."""
    attempt(acknowledge_alert, _("Alert closed"), alert_id=alert_id)


def tag(number: str, key: str) -> None:
    """Stick the tag that was entered on an order."""
    word = st.session_state.get(key)
    if word:
        attempt(tag_order, _("Tag added"), number=number, tag=word)
    st.session_state[key] = None


def untag(number: str, word: str) -> None:
    """Take a tag off an order."""
    attempt(untag_order, _("Tag removed"), number=number, tag=word)


def prioritise(number: str, priority: int) -> None:
    """Say how urgent an order is."""
    told = _("Order {number}: {priority}").format(number=number, priority=_(PRIORITIES[priority][0]))
    attempt(set_priority, told, number=number, priority=priority)
