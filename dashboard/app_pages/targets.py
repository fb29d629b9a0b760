"""Targets: what figures should come to, and how far each is by the working days that have passed."""

from datetime import date, timedelta
from typing import Any

import streamlit as st

from dashboard import display, filters, insight, target_form
from dashboard.identity import may
from dashboard.layout import empty_state
from dashboard.reads import channel_named
from dashboard.target_reads import Aimed, aimed
from dashboard.target_words import CUTS, part_words, period_words, standing_words, value_words
from dashboard.translation import _
from oms_core.access.permissions import Permission
from pipelines.metrics import METRICS
from pipelines.steering.target_lines import read_period

HINT = _("Pace by the working days of the channel's calendar, whole days only; a team is its people as they are now.")


def spans_around(day: date) -> list[str]:
    """The months and quarters that targets are mostly looked at for: this one first."""
    quarter = (day.month + 2) // 3
    months, first = [], day.replace(day=1)
    for _step in range(3):
        months.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return [months[0], f"{day.year}-Q{quarter}", f"{following:%Y-%m}", *months[1:]]


def show_targets(found: list[Aimed], currency: str, *, channel: str, period: tuple[date, date]) -> None:
    """Show the targets as a table; a chosen one opens its form."""
    text = st.column_config.TextColumn
    headings = {
        "figure": text(_("Figure"), pinned=True), "part": text(_("Of what")), "period": text(_("Period")),
        "target": text(_("Target"), alignment="right"), "now": text(_("Now"), alignment="right"),
        "due": text(_("Due by now"), alignment="right"), "attained": text(_("Attained"), alignment="right"),
        "standing": text(_("Standing")),
        "forecast": text(_("At this pace"), alignment="right",
                         help=_("Forecast of the period's end: what has passed, by working days.")),
        "days": text(_("Working days"), alignment="right"), "set_by": text(_("Set by")),
    }  # fmt: skip
    if display.on_phone():  # how it stands first: the rest is a swipe away
        first = ("figure", "standing", "now", "target")
        headings = {name: headings[name] for name in (*first, *(name for name in headings if name not in first))}
    rows, alt = [_row(one, currency) for one in found], _("Targets and how far each figure is")
    if not may(Permission.ANALYTICS_EDIT):
        st.dataframe(rows, key="targets", hide_index=True, row_height=34, column_config=headings, alt=alt,
                     column_order=list(headings))  # fmt: skip
        return
    state: Any = st.dataframe(
        rows, key=target_form.table_key(), hide_index=True, row_height=34, column_config=headings, alt=alt,
        column_order=list(headings), on_select="rerun", selection_mode="single-row",
    )  # fmt: skip
    if state.selection.rows and state.selection.rows[0] < len(found):
        target_form.ask_target(channel, period, found[state.selection.rows[0]].target)


def _row(one: Aimed, currency: str) -> dict[str, str]:
    target, pace, metric = one.target, one.pace, METRICS[one.target.metric]

    def say(value: float | None) -> str:
        return value_words(metric, value, currency)

    part = part_words(target.cut, target.part)
    return {
        "figure": _(metric.label), "part": f"{_(CUTS[target.cut])}: {part}" if target.cut else part,
        "period": period_words(target.first_day, target.after_day), "target": say(float(target.target)),
        "now": say(pace.value if pace else None), "due": say(pace.due if pace else None),
        "attained": display.percent(pace.attained if pace else None), "standing": standing_words(pace),
        "forecast": say(pace.forecast if pace else None),
        "days": f"{pace.passed} / {pace.working}" if pace else display.NOTHING, "set_by": target.set_by,
    }  # fmt: skip


actions, chosen_channel, last_day = insight.open_channel(_("Targets"), hint=HINT)
with actions:
    spans = spans_around(last_day + timedelta(days=1))
    words = {span: period_words(*read_period(span)) for span in spans}
    told = st.selectbox(
        _("Period"), spans, format_func=words.__getitem__, label_visibility="collapsed", width=190,
        **filters.in_address("period", spans, spans[0]),
    )  # fmt: skip
    chosen = read_period(str(told or spans[0]))
    if may(Permission.ANALYTICS_EDIT):
        if st.button(_("Set a target"), key="target_new", type="primary", icon=":material/flag:"):
            target_form.ask_target(chosen_channel, chosen)
        if st.button(_("Set many"), key="target_many", icon=":material/playlist_add:"):
            target_form.ask_many(chosen_channel, chosen)
listed = aimed(chosen_channel, *chosen)
named = channel_named(chosen_channel)
if listed:
    show_targets(listed, named.currency if named else "EUR", channel=chosen_channel, period=chosen)
else:
    empty_state("flag", _("No targets for this period"), _("Executives set those of the channel, leads of their team."))
