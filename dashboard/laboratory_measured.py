"""What an active rule met since it binds, beside what was predicted; and the way back."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import display, identity, rules_actions, rules_reads
from dashboard.layout import section
from dashboard.rules_trial import a_day
from dashboard.translation import _
from dashboard.version_words import author
from oms_core.access.permissions import Permission
from oms_core.automation.laboratory import Rehearsal
from oms_core.workflow.rule_hits import HitView
from oms_core.workflow.rule_models import Severity
from oms_core.workflow.validation import RuleView
from oms_core.workflow.versions import VersionView


def show_measured(rule: RuleView, predicted: Rehearsal) -> None:
    """Show hits since the activation beside the prediction, where the rule is active."""
    versions = rules_reads.versions(rule.code)
    since = _active_since(versions)
    if since is None:
        return
    met = rules_reads.measured(rule.code, since)
    days = (datetime.now(UTC) - since).total_seconds() / 86_400
    with section(_("Since it is active"), hint=_("From {moment} on.").format(moment=display.moment(since))):
        tiles = st.grid(3, min_column_width=150)
        tiles.metric(_("Refused"), display.number(met.refused), border=True)
        tiles.metric(_("Warned of"), display.number(met.warned), border=True)
        tiles.metric(
            _("A day"), a_day(met.refused + met.warned, days), border=True, delta_color="off",
            delta=_("{count} predicted").format(count=a_day(predicted.hits, predicted.days)), delta_arrow="off",
            help=_("Every attempt counts, of the same order too; the prediction counts an order once."),
        )  # fmt: skip
        _show_latest(met.latest)
        _show_way_back(rule, versions)


def _active_since(versions: list[VersionView]) -> datetime | None:
    """When the rule was switched on without having been off since."""
    since = None
    for version in versions:
        if not version.document.get("is_active"):
            break
        since = version.recorded_at
    return since


def _show_latest(hits: tuple[HitView, ...]) -> None:
    if not hits:
        st.caption(_("It has met nobody yet."))
        return
    rows = [
        {
            "when": display.moment(hit.occurred_at), "who": author(hit.actor),
            "number": f"/order?number={hit.number}" if hit.number else None,
            "what": _("Refused") if hit.severity is Severity.REFUSE else _("Warned of"), "version": hit.version,
        }
        for hit in hits
    ]  # fmt: skip
    column = st.column_config
    st.dataframe(
        rows, key="measured_rows", hide_index=True, row_height=34, height=min(240, 36 + 34 * len(rows)),
        alt=_("Changes that the rule met"),
        column_config={
            "when": column.TextColumn(_("When")), "who": column.TextColumn(_("Who")),
            "number": column.LinkColumn(_("Order"), display_text=r"number=(.*)$", help=_("Empty: it was not placed.")),
            "what": column.TextColumn(_("What it does")), "version": column.NumberColumn(_("Version")),
        },
    )  # fmt: skip


def _show_way_back(rule: RuleView, versions: list[VersionView]) -> None:
    if not identity.may(Permission.RULES_EDIT):
        return
    with st.container(horizontal=True):
        st.button(
            _("Switch off"), key="switch_off", icon=":material/stop:", on_click=rules_actions.switch,
            args=([rule.code],), kwargs={"on": False},
        )  # fmt: skip
        if len(versions) > 1:
            st.button(
                _("Bring version {version} back").format(version=versions[1].version), key="roll_back",
                icon=":material/undo:", on_click=rules_actions.roll_back,
                args=(rule.code, versions[1].version, versions[0].version),
            )  # fmt: skip
