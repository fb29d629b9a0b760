"""An automation rule in the laboratory: what it would have done, its switches, and how it ran once it was on."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import automation_actions, automation_reads, display, identity, rules_reads
from dashboard.automation_list import show_runs
from dashboard.automation_words import EVENTS, MODES, action_words
from dashboard.filters import in_address
from dashboard.layout import empty_state, section
from dashboard.rules_trial import a_day, show_cuts, show_outcome, show_rows
from dashboard.translation import _
from dashboard.words import said
from oms_core.access.permissions import Permission
from oms_core.automation import events
from oms_core.automation.laboratory import Rehearsal
from oms_core.automation.models import Mode, Outcome
from oms_core.automation.rules import AutomationView
from oms_core.workflow.versions import VersionView

AUTOMATION = "automation"  # in the address: the automation rule that is tried
DRAFT = "automation_draft"  # a rule as its editor shows it, not saved yet
_LATEST = 10


def choose_automation() -> tuple[AutomationView | None, dict[str, Any]] | None:
    """Let a rule be chosen, by the event it listens to; its document may be a draft of it. None: there are none."""
    order = list(EVENTS)
    rules = {rule.code: rule for rule in automation_reads.rules()}
    codes = sorted(rules, key=lambda code: (order.index(rules[code].event), rules[code].priority, code))
    draft: dict[str, Any] = st.session_state.get(DRAFT) or {}
    names = {code: f"{_(EVENTS[rules[code].event])} · {said(rules[code].name, rules[code].translations)}"
             for code in codes}  # fmt: skip
    if draft:
        names = {"": _("Draft: {name}").format(name=draft["name"] or draft["code"]), **names}
    if not names:
        return None
    default = "" if draft and "draft" in st.query_params else next(iter(codes), "")
    code: str = st.selectbox(
        _("Rule"), list(names), format_func=names.__getitem__, **in_address(AUTOMATION, list(names), default)
    )
    return (rules[code], rules[code].document()) if code else (rules.get(draft["code"]), draft)


def show_automation_trial(*, last: int, channel: str | None) -> None:
    """Show the whole trial of the rule that is chosen."""
    chosen = choose_automation()
    if chosen is None:
        with empty_state("smart_toy", _("No automation yet"), _("Make a rule first, then try it here.")):
            st.page_link("app_pages/automation.py", label=_("Automation"), icon=":material/smart_toy:")
        return
    rule, document = chosen
    _show_deeds(document)
    found = _rehearsed(document, last=last, channel=channel)
    if found is not None:
        show_outcome(found, refuses=False, acts=True)
    is_draft = rule is None or document != rule.document()
    _show_switches(document, mode=Mode.OFF if rule is None else rule.mode, is_draft=is_draft)
    if rule is not None:
        _show_measured(rule, found)
    if found is None:
        return
    if found.hits:
        show_cuts(found, key="laboratory")
        show_rows(found, key="laboratory_rows")
    else:
        empty_state("task_alt", _("It would have met none."), _("It would have left alone every order it looked at."))


def _show_deeds(document: Mapping[str, Any]) -> None:
    deeds = "\n".join(f"{place}. {display.plain(action_words(action))}"
                      for place, action in enumerate(document["actions"], start=1))  # fmt: skip
    event = EVENTS[document["event"]]
    told = _("When this happens: {event}. What it would have done:").format(event=_(event))
    st.markdown(f"{told}\n\n{deeds}")


def _rehearsed(document: Mapping[str, Any], *, last: int, channel: str | None) -> Rehearsal | None:
    """None, and a word of why, where the past cannot tell: of what the clock brings."""
    if events.EVENTS[document["event"]].is_of_time:
        st.info(
            _("The clock tells this event, and only while a rule listens: there is no past to try it on. "
              "Let it suggest for a while, and see what it offers."),
            icon=":material/schedule:",
        )  # fmt: skip
        return None
    return rules_reads.rehearse(document, kind="automation", last=last, channel=channel)


def _show_switches(document: Mapping[str, Any], *, mode: Mode, is_draft: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="laboratory-actions"):
        word, color = MODES[mode]
        st.badge(_(word), color=color)
        if identity.may(Permission.RULES_EDIT):
            every = (Mode.SUGGEST, Mode.AUTO, Mode.OFF)
            steps = every[:2] if is_draft else [step for step in every if step is not mode]
            for step in steps:
                _show_switch(document, step, is_first=step is steps[0], is_draft=is_draft)
        st.page_link(
            "app_pages/automation.py", label=_("Open the rule"), icon=":material/smart_toy:",
            query_params={automation_actions.RULE: document["code"]},
        )  # fmt: skip


def _show_switch(document: Mapping[str, Any], step: Mode, *, is_first: bool, is_draft: bool) -> None:
    label, icon, help_text = {
        Mode.SUGGEST: (_("Let it suggest"), ":material/lightbulb:", _("Offered on the order, done in one click.")),
        Mode.AUTO: (_("Let it act"), ":material/play_arrow:", _("From then on it acts by itself.")),
        Mode.OFF: (_("Switch off"), ":material/stop:", None),
    }[step]
    st.button(
        label, key=f"laboratory_{step.value}", type="primary" if is_first else "secondary", icon=icon, help=help_text,
        on_click=_adopt if is_draft else automation_actions.switch,
        args=(dict(document), step) if is_draft else ([document["code"]], step.value),
    )  # fmt: skip


def _adopt(document: dict[str, Any], mode: Mode) -> None:
    """Save the draft in this mode; from then on the saved rule is looked at."""
    based_on = st.session_state.get(automation_actions.DRAFT_BASE, 0)
    if automation_actions.keep(document | {"mode": mode.value}, based_on) is not None:
        st.session_state.pop(DRAFT, None)
        st.query_params.pop("draft", None)
        st.query_params[AUTOMATION] = document["code"]


def _show_measured(rule: AutomationView, predicted: Rehearsal | None) -> None:
    """Show how it ran since it is on, beside how often it was predicted to; and the way back."""
    versions = automation_reads.versions(rule.code)
    since = _on_since(versions)
    if since is None:
        return
    ran = automation_reads.counts(since).get(rule.code, {})
    days = (datetime.now(UTC) - since).total_seconds() / 86_400
    with section(_("Since it is switched on"), hint=_("From {moment} on.").format(moment=display.moment(since))):
        tiles = st.grid(4, min_column_width=150)
        offered = sum(ran.get(one, 0) for one in (Outcome.SUGGESTED, Outcome.ACCEPTED, Outcome.DISMISSED))
        tiles.metric(_("Suggested"), display.number(offered), border=True)
        tiles.metric(_("Acted"), display.number(ran.get(Outcome.APPLIED, 0)), border=True)
        tiles.metric(_("Failed"), display.number(ran.get(Outcome.FAILED, 0)), border=True)
        runs = sum(count for outcome, count in ran.items() if outcome is not Outcome.STOPPED)
        told = None
        if predicted is not None:
            told = _("{count} predicted").format(count=a_day(predicted.times, predicted.days))
        tiles.metric(
            _("A day"), a_day(runs, days), border=True, delta=told, delta_color="off", delta_arrow="off",
            help=_("Every run counts, of the same order too, here and in the prediction."),
        )  # fmt: skip
        latest = [run for run in automation_reads.runs(rule=rule.code, limit=_LATEST) if run.created_at >= since]
        show_runs(latest)
        if not latest:
            st.caption(_("It has not run yet."))
        _show_way_back(rule, versions)


def _on_since(versions: list[VersionView]) -> datetime | None:
    """When the rule was switched on without having been off since."""
    since = None
    for version in versions:
        if version.document["mode"] == Mode.OFF:
            break
        since = version.recorded_at
    return since


def _show_way_back(rule: AutomationView, versions: list[VersionView]) -> None:
    if identity.may(Permission.RULES_EDIT) and len(versions) > 1:
        st.button(
            _("Bring version {version} back").format(version=versions[1].version), key="roll_back",
            icon=":material/undo:", on_click=automation_actions.roll_back,
            args=(rule.code, versions[1].version, versions[0].version),
        )  # fmt: skip
