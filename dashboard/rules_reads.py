"""What the pages of rules and the laboratory read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard import reads
from dashboard.translation import _
from oms_core.automation.laboratory import Rehearsal, rehearse_rule
from oms_core.workflow.rule_hits import Measured, count_hits, measure_rule
from oms_core.workflow.validation import RuleView, list_rule_versions, list_rules
from oms_core.workflow.versions import VersionView

_KEPT = "rehearsals"
_MOST_KEPT = 8  # a session tries a rule, changes it, tries again


def rules() -> list[RuleView]:
    """Every validation rule, as it is now."""
    return reads.ask(list_rules)


def versions(code: str) -> list[VersionView]:
    """The versions of a rule, the newest first."""
    return reads.ask(list_rule_versions, code=code)


def hits(now: datetime) -> dict[str, int]:
    """How often each rule refused or warned within 30 days."""
    return reads.ask(count_hits, now=now)


def measured(code: str, since: datetime) -> Measured:
    """What a rule met from a moment on."""
    return reads.ask(measure_rule, code=code, since=since)


def rehearse(document: Mapping[str, Any], *, kind: str, last: int, channel: str | None) -> Rehearsal:
    """Try a rule on past orders; the same question is answered once in a session."""
    kept: dict[str, Rehearsal] = st.session_state.setdefault(_KEPT, {})
    question = repr((sorted(document.items(), key=lambda item: item[0]), kind, last, channel))
    if question not in kept:
        with st.spinner(_("Trying it on past orders…")):
            found = reads.ask(rehearse_rule, document=document, kind=kind, last=last, channel=channel)
        while len(kept) >= _MOST_KEPT:
            kept.pop(next(iter(kept)))
        kept[question] = found
    return kept[question]
