"""What the pages read of targets: those that are set, and how far each figure is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import streamlit as st

from dashboard import insight
from dashboard.insight import Scope
from dashboard.looking_back import seen_store
from dashboard.reads import ask
from oms_core.errors import OmsError
from oms_core.steering.targets import TargetView, find_reach, list_targets, list_team_members
from pipelines.steering.pace import Pace, filters_of, pace_of

_MINUTES, _RARELY_CHANGED = 600, 60


@dataclass(frozen=True, slots=True)
class Aimed:
    """A target and how far its figure is; ``pace`` is None where the figure cannot be asked for so."""

    target: TargetView
    pace: Pace | None


def aimed(channel: str, first_day: date, after_day: date) -> list[Aimed]:
    """The targets of a channel whose span meets these days, those that the person may see."""
    found = ask(list_targets, channel=channel, first_day=first_day, after_day=after_day)
    seen = set(insight.visible([one.metric for one in found]))
    version, teams = seen_store().versions(), team_members()
    return [Aimed(one, _paced(version, channel, one, teams)) for one in found if one.metric in seen]


def of_channel(scope: Scope) -> dict[str, Aimed]:
    """By metric, the target of all of the channel for the narrowest span that holds the last day looked at."""
    last_day = scope.date_to - timedelta(days=1)
    found = ask(list_targets, channel=scope.channel, first_day=last_day, after_day=scope.date_to)
    whole = [one for one in found if not one.cut]
    narrowest = {one.metric: one for one in sorted(whole, key=lambda one: one.first_day - one.after_day)}
    seen = insight.visible(list(narrowest))
    return {code: Aimed(narrowest[code], _paced(scope.version, scope.channel, narrowest[code], {})) for code in seen}


@st.cache_data(ttl=_RARELY_CHANGED, show_spinner=False)
def team_members() -> dict[str, list[str]]:
    """Logins of the people of every team."""
    return ask(list_team_members)


def reach() -> set[tuple[str, str]] | None:
    """Of which cuts and parts the person at the page sets targets; None for all."""
    return ask(find_reach)


def _paced(version: str, channel: str, target: TargetView, teams: Mapping[str, list[str]]) -> Pace | None:
    filters = filters_of(target.cut, target.part, teams)
    conditions = tuple((cut, tuple(part) if isinstance(part, list) else part) for cut, part in filters.items())
    span = (target.first_day, target.after_day)
    return _computed(version, (channel, target.metric, float(target.target)), span, conditions)


@st.cache_resource(ttl=_MINUTES, max_entries=512, show_spinner=False)
def _computed(
    version: str,  # noqa: ARG001 - the key of the cache
    asked: tuple[str, str, float],
    span: tuple[date, date],
    conditions: tuple[tuple[str, Any], ...],
) -> Pace | None:
    channel, code, target = asked
    try:
        return pace_of(seen_store(), code, target, period=span, channel=channel, filters=dict(conditions))
    except OmsError:  # a metric that lost a cut: its targets stay listed, and can be removed
        return None
