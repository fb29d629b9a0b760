"""Alerts on a page: each said in a sentence, with the rows behind it, and a way to say that it was seen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import alert_actions, alert_words, display, insight, metric_tiles
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.reads import ask
from dashboard.translation import _, ngettext
from dashboard.words import person_name
from oms_core.steering.alert_rules import RuleView, list_rules
from oms_core.steering.alerts import AlertView, list_alerts
from pipelines.metrics import METRICS
from pipelines.steering.watching import lens_of

PAGE = "app_pages/alerts.py"


def open_alerts(channel: str, *, closed_days: int = 0) -> list[AlertView]:
    """The alerts of a channel that concern who looks, those they may see."""
    found = ask(list_alerts, now=datetime.now(UTC), channel=channel, closed_days=closed_days)
    seen = set(insight.visible([one.metric for one in found if one.metric in METRICS]))
    return [one for one in found if one.metric in seen]


def rules_of(channel: str) -> list[RuleView]:
    """The rules that watch a channel's figures, those that who looks may see."""
    found = ask(list_rules, channel=channel)
    seen = set(insight.visible([one.terms.metric for one in found if one.terms.metric in METRICS]))
    return [one for one in found if one.terms.metric in seen]


def show_alerts(scope: Scope) -> None:
    """Show what is off now; quiet where nothing is."""
    found = open_alerts(scope.channel)
    if not found:
        watched = sum(rule.terms.is_active for rule in rules_of(scope.channel))
        told = ngettext("Nothing is off: {count} rule watches.", "Nothing is off: {count} rules watch.", watched)
        row = st.container(horizontal=True, vertical_alignment="center", key="alerts-quiet")
        icon = ":material/notifications:" if watched else ":material/notifications_off:"
        row.caption(f"{icon} {told.format(count=watched)}", width="content")
        row.page_link(PAGE, label=_("Alerts"), query_params={"channel": scope.channel})
        return
    told = ngettext("{count} alert", "{count} alerts", len(found)).format(count=len(found))
    with section(told, hint=_("Found by themselves in finished days; each closes when its figure is back."),
                 key="alerts"):  # fmt: skip
        for alert in found:
            show_alert(scope, alert)


def show_alert(scope: Scope, alert: AlertView) -> None:
    """Show one alert in a row."""
    row = st.container(horizontal=True, vertical_alignment="center", key=f"alert_{alert.id}")
    is_new = alert.acknowledged_at is None and alert.closed_at is None
    icon = ":red[:material/notifications_active:]" if is_new else ":gray[:material/notifications:]"
    row.markdown(f"{icon} {alert_words.told(alert, scope.currency)}", width="stretch")
    if alert.closed_at is not None:
        row.caption(_("closed {when}").format(when=display.day(alert.closed_at)), width="content")
    elif alert.acknowledged_at is not None:
        seen = _("seen by {who}, {when}").format(
            who=person_name(alert.acknowledged_by or ""), when=display.day(alert.acknowledged_at)
        )
        row.caption(f"{seen}: {display.plain(alert.note)}" if alert.note else seen, width="content")
    else:
        with row.popover(_("Seen"), icon=":material/check:", key=f"alert_seen_{alert.id}"):
            st.text_input(_("What is done about it"), key=f"alert_note_{alert.id}", max_chars=500, autocomplete="off")
            st.button(_("Mark as seen"), key=f"alert_done_{alert.id}", type="primary",
                      on_click=alert_actions.acknowledge, args=(alert.id,))  # fmt: skip
    if row.button(_("Rows"), key=f"alert_rows_{alert.id}", type="tertiary", icon=":material/list:"):
        _open_rows(scope, alert)


def _open_rows(scope: Scope, alert: AlertView) -> None:
    """The rows since the figure is off, of its part."""
    since = alert.opened_day - timedelta(days=alert.days_looked_at - 1)
    lately = replace(scope, date_from=since, date_to=max(alert.day + timedelta(days=1), since + timedelta(days=1)))
    filters_ = {alert.cut: alert.part} if alert.cut else {}
    metric_tiles.open_rows(lately, alert.metric, lens=lens_of(METRICS[alert.metric]).value, filters_=filters_)
