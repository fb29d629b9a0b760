"""The target on a figure's course: what each day, week or month should bring, by its working days."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go

from dashboard import charts, target_reads
from dashboard.insight import Scope
from dashboard.looking_back import seen_store
from dashboard.translation import _
from pipelines.metrics import METRICS, Unit
from pipelines.steering.pace import due_by_buckets
from pipelines.steering.target_lines import read_period


def add_due(figure: go.Figure, scope: Scope, code: str, periods: Sequence[Any]) -> go.Figure:
    """Add what is due of the channel's target to a course over days, Mondays of weeks or months; none, nothing."""
    aim = target_reads.of_channel(scope).get(code)
    if aim is None or aim.pace is None or not periods:
        return figure
    span = (aim.target.first_day, aim.target.after_day)
    buckets = [_bucket(period, periods) for period in periods]
    due = due_by_buckets(seen_store(), aim.pace, span, buckets, channel=scope.channel)
    scale = 100 if METRICS[code].unit is Unit.SHARE else 1
    figure.add_scatter(
        x=list(periods), y=[None if one is None else one * scale for one in due], name=_("Due by target"),
        mode="lines+markers", line={"color": charts.MUTED, "width": 2, "dash": "dot"},
        marker={"symbol": "line-ew-open", "size": 12},
    )  # fmt: skip
    return figure


def _bucket(period: date | str, periods: Sequence[Any]) -> tuple[date, date]:
    if isinstance(period, str):
        return read_period(period)
    is_weekly = len(periods) > 1 and (periods[1] - periods[0]).days >= 7
    return period, period + timedelta(days=7 if is_weekly else 1)
