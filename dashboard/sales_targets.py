"""Targets of people on the page of sales: how far each manager and team is."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from dashboard import display
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.target_reads import Aimed, aimed
from dashboard.target_words import part_words, period_words, standing_words, value_words
from dashboard.translation import _
from pipelines.metrics import METRICS

_OF_PEOPLE = ("team", "manager")


def show_targets(scope: Scope, codes: Sequence[str]) -> None:
    """Show how far managers and teams are on the way to their targets of these figures; nothing where none is set."""
    last_day = scope.date_to - timedelta(days=1)
    found = [
        one
        for one in aimed(scope.channel, last_day, scope.date_to)
        if one.target.cut in _OF_PEOPLE and one.target.metric in codes
    ]
    if not found:
        return
    found.sort(key=lambda one: (_OF_PEOPLE.index(one.target.cut), one.target.metric, one.target.part))
    text = st.column_config.TextColumn
    with section(_("Targets of teams and managers"), key="targets-of-people"):
        st.dataframe(
            [_row(one, scope.currency) for one in found], key="people-targets", hide_index=True, row_height=34,
            alt=_("Targets of teams and managers"),
            column_config={
                "who": text(_("Of what"), pinned=True), "figure": text(_("Figure")), "standing": text(_("Standing")),
                "now": text(_("Now"), alignment="right"), "target": text(_("Target"), alignment="right"),
                "attained": text(_("Attained"), alignment="right"),
                "forecast": text(_("At this pace"), alignment="right"), "period": text(_("Period")),
            },
        )  # fmt: skip
        st.page_link("app_pages/targets.py", label=_("Targets"), icon=":material/flag:")


def _row(one: Aimed, currency: str) -> dict[str, str]:
    target, pace, metric = one.target, one.pace, METRICS[one.target.metric]

    def say(value: float | None) -> str:
        return value_words(metric, value, currency)

    return {
        "who": part_words(target.cut, target.part), "figure": _(metric.label), "standing": standing_words(pace),
        "now": say(pace.value if pace else None), "target": say(float(target.target)),
        "attained": display.percent(pace.attained if pace else None), "forecast": say(pace.forecast if pace else None),
        "period": period_words(target.first_day, target.after_day),
    }  # fmt: skip
