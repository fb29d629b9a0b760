"""Alerts: what is off now, what was lately, and the rules that watch."""

from datetime import timedelta

import streamlit as st

from dashboard import alert_actions, alert_form, alert_words, display, insight
from dashboard.alert_list import open_alerts, rules_of, show_alert
from dashboard.identity import may
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.people_words import ROLES
from dashboard.target_words import value_words
from dashboard.translation import _
from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.steering.alert_rules import RuleView
from oms_core.steering.models import AlertKind
from pipelines.metrics import METRICS

CLOSED_DAYS = 30


def show_found(scope: Scope) -> None:
    """Show what is off, then what was."""
    found = open_alerts(scope.channel, closed_days=CLOSED_DAYS)
    is_off = [alert for alert in found if alert.closed_at is None]
    with section(_("Off now"), hint=_("Looked for after each refresh, in finished days only."), key="alerts"):
        if not is_off:
            st.caption(_("Nothing is off."))
        for alert in is_off:
            show_alert(scope, alert)
    if len(found) > len(is_off):
        with section(_("Closed in the last {count} days").format(count=CLOSED_DAYS), key="alerts-closed"):
            for alert in found[len(is_off) :]:
                show_alert(scope, alert)


def show_rules(scope: Scope) -> None:
    """Show the rules; who may changes, stops and removes them."""
    rules = rules_of(scope.channel)
    with section(_("What is watched"), key="alert-rules"):
        if not rules:
            st.caption(_("No rule watches this channel yet."))
            if may(Permission.ANALYTICS_EDIT):
                st.button(
                    _("Watch the usual figures"), key="rules_usual", type="primary", icon=":material/visibility:",
                    on_click=alert_actions.watch_the_usual, args=(scope.channel,),
                    help=_("Orders, revenue, cancellations, promises and cycle time, each against its own history."),
                )  # fmt: skip
        for rule in rules:
            _show_rule(scope, rule)


def _show_rule(scope: Scope, rule: RuleView) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", key=f"rule_{rule.id}")
    name, stopped = display.plain(_(rule.terms.name)), _("stopped")
    state = "" if rule.terms.is_active else f" · {stopped}"
    row.markdown(f"**{name}**{state}  \n:gray[{_rule_words(scope, rule)}]", width="stretch")
    if not may(Permission.ANALYTICS_EDIT):
        return
    label, icon = (_("Stop"), "pause") if rule.terms.is_active else (_("Go on"), "play_arrow")
    row.button(label, key=f"rule_switch_{rule.id}", icon=f":material/{icon}:", on_click=alert_actions.switch,
               args=(rule,))  # fmt: skip
    if row.button(_("Edit"), key=f"rule_change_{rule.id}", icon=":material/edit:"):
        alert_form.ask_rule(scope.channel, rule)
    row.button(_("Remove"), key=f"rule_remove_{rule.id}", icon=":material/delete:", on_click=alert_actions.remove,
               args=(rule,))  # fmt: skip


def _rule_words(scope: Scope, rule: RuleView) -> str:
    terms, metric = rule.terms, METRICS[rule.terms.metric]
    parts = [_(alert_words.CUTS[terms.cut]), _(alert_words.KINDS[terms.kind])]
    if terms.name != metric.label:
        parts.insert(0, _(metric.label))
    if terms.kind == AlertKind.THRESHOLD:
        told = {"≥": terms.lower, "≤": terms.upper}
        parts += [f"{sign} {value_words(metric, float(bound), scope.currency)}"
                  for sign, bound in told.items() if bound is not None]  # fmt: skip
    else:
        parts.append(_(alert_words.SENSITIVITIES[str(terms.sensitivity.normalize())]))
    if terms.roles:
        parts.append(", ".join(_(ROLES[Role(role)]) for role in terms.roles))
    return " · ".join(parts)


HINT = _("Each opens and closes by itself; whoever sees to it says so.")
actions, chosen_channel, last_day = insight.open_channel(_("Alerts"), hint=HINT)
chosen_scope = insight.scope_of(chosen_channel, last_day, last_day + timedelta(days=1))
if may(Permission.ANALYTICS_EDIT) and actions.button(
    _("Watch a figure"), key="rule_new", type="primary", icon=":material/add_alert:"
):
    alert_form.ask_rule(chosen_channel)
show_found(chosen_scope)
show_rules(chosen_scope)
