"""What slowed: the stages that take longer than they used to, since when, and the stays behind it."""

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import display, metric_tiles, reads
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.looking_back import seen_store
from dashboard.translation import _, ngettext
from dashboard.words import group_name
from pipelines.diagnosis import Slowdown, find_slowdowns, read_stays

_MINUTES = 600


def show_slowdowns(scope: Scope) -> None:
    """Show each stage that has slowed by the end of the period; says so where none has."""
    found = slowdowns(scope)
    hint = _("Against the ninety days before, weekday by weekday; orders that still wait in the stage count.")
    with section(_("What slowed"), hint=hint, key="slowdowns"):
        if not found:
            st.caption(_("No stage takes longer than it used to."), width="content")
        for slowdown in found:
            _show(scope, slowdown)


def _show(scope: Scope, slowdown: Slowdown) -> None:
    told = _("**{stage}** is slower since {day}: {share} of its orders stay longer than {limit}, {usual} did before.")
    row = st.container(horizontal=True, vertical_alignment="center", key=f"slowdown_{slowdown.stage}")
    row.markdown(
        ":material/trending_up: "
        + told.format(
            stage=group_name(slowdown.stage), day=display.day(slowdown.since),
            share=display.percent(slowdown.slow_share, 0), usual=display.percent(slowdown.usual_share, 0),
            limit=display.duration(slowdown.limit_hours * 3600),
        ),
        width="stretch",
    )  # fmt: skip
    medians = _("Median {before} → {now}").format(
        before=display.duration(slowdown.usual_hours * 3600), now=display.duration(slowdown.hours_since * 3600)
    )
    row.caption(medians, width="content")
    opened = ngettext("{count} stay", "{count} stays", slowdown.stays).format(count=display.number(slowdown.stays))
    if row.button(opened, key=f"open_slowdown_{slowdown.stage}", type="tertiary", icon=":material/list:"):
        since_then = replace(scope, date_from=slowdown.since, date_to=max(scope.date_to, slowdown.since))
        metric_tiles.open_rows(since_then, "stage_time", lens="flow", filters_={"status_group": slowdown.stage})


def slowdowns(scope: Scope) -> list[Slowdown]:
    """The stages that have slowed by the end of the period, the costliest first."""
    channel = reads.channel_named(scope.channel)
    zone = ZoneInfo(channel.time_zone if channel else "UTC")
    end = datetime.combine(scope.date_to, time(), zone).astimezone(UTC)
    return _diagnosed(scope.version, scope.channel, end, zone.key)


@st.cache_resource(ttl=_MINUTES, max_entries=64, show_spinner=False)
def _diagnosed(version: str, channel: str, end: datetime, zone: str) -> list[Slowdown]:  # noqa: ARG001 - of the cache
    store = seen_store()
    now = min(end, store.fresh_to() or end)
    return find_slowdowns(read_stays(store, channel=channel, now=now), now=now, time_zone=zone)
