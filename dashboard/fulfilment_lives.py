"""How long it takes: lengths of what has ended as bars, and all of it, open ones too, as a curve."""

import polars as pl
import streamlit as st

from dashboard import charts, display, filters, fulfilment_reads, metric_tiles
from dashboard.fulfilment_reads import WHOLE
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.translation import _
from dashboard.words import GROUPS, group_name
from pipelines.cohorts import bars_of, hours_until, survival_curve

STAGES = (WHOLE, *(group for group in GROUPS if group not in ("done", "cancelled")))
_DAY, _HOUR, _IN_DAYS_FROM = 24, 3600, 72
_MOST_POINTS = 400


def stage_label(stage: str) -> str:
    """Say a stage, or the whole way of an order."""
    return group_name(stage) if stage else _("Whole order")


def show_lives(scope: Scope) -> None:
    """Show bars and curve of one stage or of whole orders."""
    hint = _("What began in the period. Bars: what has ended. Curve: open ones count as far as they have come.")
    with section(_("How long it takes"), hint=hint, key="lives"):
        stage: str = st.pills(
            _("Stage"), STAGES, required=True, format_func=stage_label, label_visibility="collapsed",
            **filters.in_address("stage", STAGES, WHOLE),
        ) or WHOLE  # fmt: skip
        found = fulfilment_reads.lives(scope, stage)
        if found.is_empty():
            st.caption(_("Nothing began in this period."))
            return
        left, right = st.columns(2)
        with left:
            _show_bars(found, stage)
        with right:
            _show_curve(found, stage)


def _show_bars(found: pl.DataFrame, stage: str) -> None:
    bars = bars_of(found)
    if bars.is_empty():
        st.caption(_("Nothing has ended yet."))
        return
    names = [_span(low, high) for low, high in bars.select("low", "high").iter_rows()]
    figure = charts.columns(names, bars["n"].to_list())
    figure.update_layout(bargap=0.06)
    figure.update_xaxes(type="category", nticks=4 if display.on_phone() else 7, tickangle=0)
    ended = int(found["has_ended"].sum())
    told = _("{ended} have ended, {open} go on").format(
        ended=display.number(ended), open=display.number(found.height - ended)
    )
    picked = charts.show_to_pick(figure, key=f"bars_{stage}", alt=told)
    st.caption(told)
    if picked is not None and picked < bars.height:
        low, high, _count = bars.row(picked)
        longer = pl.col("hours") < high if high is not None else pl.lit(value=True)
        rows = found.filter("has_ended", pl.col("hours") >= low, longer)
        metric_tiles.open_listed(stage_label(stage), rows, words=_("Lasted {span}").format(span=names[picked]))


def _show_curve(found: pl.DataFrame, stage: str) -> None:
    curve = survival_curve(found)
    median, p90 = (hours_until(curve, share) for share in (0.5, 0.1))
    every = max(1, curve.height // _MOST_POINTS)
    drawn = curve.gather_every(every)
    scale = _DAY if float(curve["hours"][-1]) >= _IN_DAYS_FROM else 1
    hours, shares, low, high = ((drawn[name] * factor).to_list() for name, factor in (
        ("hours", 1 / scale), ("surviving", 100), ("low", 100), ("high", 100)))  # fmt: skip
    figure = charts.lines(hours, {_("Goes on"): shares})
    charts.add_band(figure, hours, low, high, name=_("95 % confidence"))
    figure.update_traces(line_shape="hv")
    figure.add_hline(y=50, line_dash="dot", line_color=charts.MUTED)
    figure.update_yaxes(ticksuffix=" %", range=[0, 102])
    unit = _("{count} d") if scale == _DAY else _("{count} h")
    figure.update_xaxes(ticksuffix=unit.format(count=""), rangemode="tozero")
    told = _("Half are over after {median}, nine in ten after {p90}").format(
        median=_said(median), p90=_said(p90)
    )  # fmt: skip
    charts.show(charts.dress(figure), key=f"curve_{stage}", alt=told)
    st.caption(told)


def _said(hours: float | None) -> str:
    return _("an unknown time") if hours is None else display.duration(hours * _HOUR)


def _span(low: float, high: float | None) -> str:
    if high is None:
        return f"≥ {display.duration(low * _HOUR)}"
    return f"{display.duration(low * _HOUR) if low else 0} – {display.duration(high * _HOUR)}"
