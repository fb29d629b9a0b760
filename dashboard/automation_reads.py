"""What the page of automation and the card's suggestions read."""

from datetime import datetime

import streamlit as st

from dashboard import reads
from oms_core.automation.models import Outcome
from oms_core.automation.rules import AutomationView, list_automation, list_automation_versions
from oms_core.automation.runs import RunView, count_runs, list_runs, list_suggestions
from oms_core.orders.labels import list_tags
from oms_core.workflow.alerts import AlertView, list_alerts
from oms_core.workflow.versions import VersionView

_RARELY_CHANGED = 60


def rules() -> list[AutomationView]:
    """Every automation rule in the order of acting."""
    return reads.ask(list_automation)


def versions(code: str) -> list[VersionView]:
    """The versions of a rule, the newest first."""
    return reads.ask(list_automation_versions, code=code)


def counts(since: datetime) -> dict[str, dict[Outcome, int]]:
    """How often each rule ran since then, by what became of it."""
    return reads.ask(count_runs, since=since)


def runs(rule: str | None = None, outcome: Outcome | None = None, limit: int = 100) -> list[RunView]:
    """What rules did, the newest first."""
    return reads.ask(list_runs, rule=rule, outcome=outcome, limit=limit)


def suggestions(number: str | None = None) -> list[RunView]:
    """What rules suggest, for one order or all."""
    return reads.ask(list_suggestions, number=number)


def alerts() -> list[AlertView]:
    """What somebody should look at."""
    return reads.ask(list_alerts)


@st.cache_data(ttl=_RARELY_CHANGED, show_spinner=False)
def tags() -> list[str]:
    """Every tag in use."""
    return reads.ask(list_tags)
