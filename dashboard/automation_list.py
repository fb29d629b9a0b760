"""The lists of automation: rules by event, what they suggest, what they did, and what went wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import automation_actions, automation_reads, display
from dashboard.automation_words import (
    EVENTS,
    MODES,
    OUTCOMES,
    actions_words,
    alert_words,
    error_words,
    runs_words,
)
from dashboard.filters import in_address
from dashboard.identity import may
from dashboard.layout import empty_state
from dashboard.translation import _, ngettext
from dashboard.words import said
from oms_core.automation.acting import permissions_for
from oms_core.automation.models import Mode, Outcome
from oms_core.automation.rules import AutomationView
from oms_core.automation.runs import RunView

OPENED = "opened_automation"
_GRID_HEIGHT = 646
_PHONE_ORDER = ("name", "mode", "event", "actions", "ran", "priority", "version")


def choose_filters() -> tuple[str, str]:
    """The event and the mode that narrow the list; empty ones do not."""
    events = {"": _("Any event"), **{code: _(word) for code, word in EVENTS.items()}}
    modes = {"": _("Any mode"), **{mode.value: _(word) for mode, (word, _color) in MODES.items()}}
    event = st.selectbox(
        _("When"), list(events), format_func=events.__getitem__, label_visibility="collapsed", width=260,
        **in_address("event", list(events), ""),
    )  # fmt: skip
    mode = st.selectbox(
        _("Mode"), list(modes), format_func=modes.__getitem__, label_visibility="collapsed", width=160,
        **in_address("mode", list(modes), ""),
    )  # fmt: skip
    return event, mode


def matching(rules: Sequence[AutomationView], q: str, event: str, mode: str) -> list[AutomationView]:
    """The rules that search and filters leave, by event, then in the order of acting."""
    words, order = q.lower().split(), list(EVENTS)
    left = [
        rule for rule in rules
        if event in ("", rule.event) and mode in ("", rule.mode.value) and all(word in _text(rule) for word in words)
    ]  # fmt: skip
    return sorted(left, key=lambda rule: (order.index(rule.event), rule.priority, rule.code))


def show_rules(rules: Sequence[AutomationView], ran: Mapping[str, Mapping[Outcome, int]], *, may_edit: bool) -> None:
    """Show the rules to be opened; who may edit switches the selected ones."""
    bar = st.container(horizontal=True, vertical_alignment="center", key="bulk-bar")
    state: Any = st.dataframe(
        _frame(rules, ran), key=f"automation_{hash(tuple((rule.code, rule.version) for rule in rules))}",
        column_config=_columns(), column_order=_PHONE_ORDER if display.on_phone() else None,
        hide_index=True, row_height=34, alt=_("Automation rules with what they do and when"),
        height=min(_GRID_HEIGHT, 36 + 34 * len(rules)), on_select="rerun" if may_edit else "ignore",
        selection_mode="multi-row",
    )  # fmt: skip
    selected = [rules[place] for place in (state.selection.rows if may_edit else []) if place < len(rules)]
    with bar:
        if selected:
            show_switches([rule.code for rule in selected])
        else:
            told = ngettext("**{count}** rule", "**{count}** rules", len(rules)).format(count=len(rules))
            on = sum(rule.mode is not Mode.OFF for rule in rules)
            switched = _("{count} switched on").format(count=on)
            st.markdown(f"{told} · {switched}")


def show_switches(codes: list[str]) -> None:
    """Buttons that switch rules to each of the modes."""
    st.markdown(ngettext("{count} selected", "{count} selected", len(codes)).format(count=len(codes)))
    labels = {Mode.OFF: _("Switch off"), Mode.SUGGEST: _("Let suggest"), Mode.AUTO: _("Let act")}
    for mode, label in labels.items():
        st.button(
            label, key=f"switch_{mode.value}", on_click=automation_actions.switch, args=(codes, mode.value)
        )  # fmt: skip


def show_suggestions(runs: Sequence[RunView], *, may_act: bool, names_orders: bool = True) -> None:
    """Show what rules suggest, each done or dismissed in one click by who may do what it says."""
    for run in runs:
        is_theirs = may_act and all(may(permission) for permission in permissions_for(run.actions))
        row = st.container(horizontal=True, vertical_alignment="center", key=f"suggestion_{run.id}")
        if names_orders:
            row.page_link("app_pages/order.py", label=run.number, query_params={"number": run.number}, width="content")
        name = display.plain(said(run.name, run.translations))
        row.markdown(
            f":material/lightbulb: {display.plain(actions_words(run.actions))}  \n:gray[{name}]", width="stretch"
        )
        row.button(
            _("Accept"), key=f"accept_{run.id}", icon=":material/check:", disabled=not is_theirs,
            on_click=automation_actions.accept, args=(run.id,),
        )  # fmt: skip
        row.button(
            _("Dismiss"), key=f"dismiss_{run.id}", type="tertiary", disabled=not is_theirs,
            on_click=automation_actions.dismiss, args=(run.id,),
        )  # fmt: skip


def show_runs(runs: Sequence[RunView]) -> None:
    """Show what rules did; what failed may be tried again."""
    for run in runs:
        row = st.container(horizontal=True, vertical_alignment="center", key=f"run_{run.id}")
        word, color = OUTCOMES[run.outcome]
        row.badge(_(word), color=color)
        row.page_link("app_pages/order.py", label=run.number, query_params={"number": run.number}, width="content")
        name = display.plain(said(run.name, run.translations))
        when = f"{_(EVENTS.get(run.event, run.event))} · {display.moment(run.created_at)}"
        by = f" · {display.plain(run.decided_by)}" if run.decided_by else ""
        more = f"  \n:red[{error_words(run.detail['error'])}]" if "error" in run.detail else ""
        row.markdown(f"{name} v{run.version}  \n:gray[{when}{by}]{more}", width="stretch")
        if run.outcome is Outcome.FAILED:
            row.button(
                _("Try again"), key=f"again_{run.id}", icon=":material/refresh:", on_click=automation_actions.accept,
                args=(run.id,),
            )  # fmt: skip


def show_alerts(*, may_edit: bool) -> None:
    """Show the open alerts, each closed by who has seen to it."""
    alerts = automation_reads.alerts()
    if not alerts:
        empty_state("notifications_off", _("Nothing is wrong"), _("Rules that fail or run in circles appear here."))
    for alert in alerts:
        row = st.container(horizontal=True, vertical_alignment="center", key=f"alert_{alert.id}", border=True)
        title, means = alert_words(alert)
        number = (alert.details or {}).get("number")
        where = [] if number else [display.plain(alert.reference)]
        told = " · ".join([*where, display.moment(alert.opened_at)])
        row.markdown(f":material/warning: **{title}** :gray[{told}]  \n{means}", width="stretch")
        if number:
            row.page_link("app_pages/order.py", label=number, query_params={"number": number}, width="content")
        row.button(
            _("Seen to"), key=f"acknowledge_{alert.id}", icon=":material/check:", disabled=not may_edit,
            on_click=automation_actions.acknowledge, args=(alert.id,),
        )  # fmt: skip


def _text(rule: AutomationView) -> str:
    return " ".join((rule.code, rule.name, said(rule.name, rule.translations), rule.condition)).lower()


def _frame(rules: Sequence[AutomationView], ran: Mapping[str, Mapping[Outcome, int]]) -> pl.DataFrame:
    return pl.DataFrame({
        "event": [_(EVENTS[rule.event]) for rule in rules],
        "name": [said(rule.name, rule.translations) for rule in rules],
        "mode": [[_(MODES[rule.mode][0])] for rule in rules],
        "actions": [actions_words(rule.actions) for rule in rules],
        "ran": [runs_words(ran.get(rule.code, {})) or display.NOTHING for rule in rules],
        "priority": [rule.priority for rule in rules],
        "version": [rule.version for rule in rules],
    })  # fmt: skip


def _columns() -> dict[str, Any]:
    column, name_width = st.column_config, 210 if display.on_phone() else 280
    modes = {_(word): color for word, color in MODES.values()}
    return {
        "event": column.TextColumn(_("When"), width=140),
        "name": column.ButtonColumn(_("Rule"), type="tertiary", alignment="left", key=OPENED, width=name_width),
        "mode": column.MultiselectColumn(_("Mode"), options=list(modes), color=list(modes.values()), width=100),
        "actions": column.TextColumn(_("What it does"), width=280),
        "ran": column.TextColumn(_("Ran, 30 days"), width=135),
        "priority": column.NumberColumn(_("Order of acting"), width=100),
        "version": column.NumberColumn(_("Version"), width=70),
    }
