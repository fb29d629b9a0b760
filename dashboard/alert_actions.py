"""What is done to alerts and their rules from the pages."""

from dataclasses import replace

import streamlit as st

from dashboard.actions import attempt
from dashboard.translation import _
from oms_core.steering.alert_rules import RuleTerms, RuleView, remove_rule
from oms_core.steering.alerts import acknowledge_alert
from pipelines.metrics import METRICS
from pipelines.steering.watching import USUAL, keep_known_rule


def acknowledge(alert_id: int) -> None:
    """Say that an alert was seen, with the note typed beside it."""
    note = st.session_state.get(f"alert_note_{alert_id}") or ""
    attempt(acknowledge_alert, _("The alert is marked as seen"), alert_id=alert_id, note=note)


def keep(terms: RuleTerms, present: RuleView | None = None) -> bool:
    """Keep a rule, or change one; False when refused."""
    known = {} if present is None else {"rule_id": present.id, "version": present.version}
    return attempt(keep_known_rule, _("The rule is kept"), terms=terms, **known) is not None


def switch(rule: RuleView) -> None:
    """Let a rule watch again, or no longer."""
    keep(replace(rule.terms, is_active=not rule.terms.is_active), rule)


def remove(rule: RuleView) -> None:
    """Forget a rule and what it raised."""
    attempt(remove_rule, _("The rule is removed"), rule_id=rule.id, version=rule.version)


def watch_the_usual(channel: str) -> None:
    """Keep the rules that a shop mostly begins with."""
    for code, (_name, kind) in USUAL.items():
        keep(RuleTerms(METRICS[code].label, channel, code, kind))
