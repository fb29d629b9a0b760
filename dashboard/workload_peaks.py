"""Peaks on the page: what comes in at each hour of the week against people's minutes, and which hours are short."""

from typing import Any

import streamlit as st

from dashboard import charts, display, filters, metric_tiles
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.people_words import WEEKDAYS
from dashboard.translation import _
from dashboard.workload_reads import orders_of_hour, peak_week
from pipelines.workload.peaks import PeakHour, PeakWeek

VIEWS = ("load", "orders", "often", "waiting")
_NAMED, _LISTED = 3, 10


def show_peaks(scope: Scope) -> None:
    """Show the week by the hour, and name the hours that are short."""
    hint = _(
        "Orders of the period in all channels by the channel's clock, with what handling an order of their kind takes "
        "in all its stages, against people's hours of the coming seven days less absences."
    )
    with section(_("Peaks of the week"), hint=hint):
        week = peak_week(scope)
        if not any(hour.minutes for hour in week.hours):
            st.caption(_("Nothing came in during this period."))
            return
        _tell_short(week)
        view = _choose_view()
        days, hours = [_(day) for day in WEEKDAYS], [f"{hour:02d}" for hour in range(24)]
        values = [[_value(week.hours[24 * day + hour], view) for hour in range(24)] for day in range(7)]
        shown = "%{z:.0%}" if view == "load" else "%{z:.0f}"
        figure = charts.heatmap(hours, days, values, hover=f"%{{y}}, %{{x}}:00: {shown}<extra></extra>")
        figure.update_xaxes(type="category")  # hours are no numbers to be spaced by
        charts.show(figure, key="peaks", alt=_("Intake by weekday and hour against people's minutes"))
        _list_short(scope, week)


def _choose_view() -> str:
    names = {
        "load": _("Share of capacity, one day in ten"), "orders": _("Orders, median"),
        "often": _("Orders, one day in ten"), "waiting": _("Minutes left waiting"),
    }  # fmt: skip
    chosen = st.segmented_control(
        _("What is shown"), VIEWS, required=True, format_func=names.__getitem__, label_visibility="collapsed",
        **filters.in_address("peak", VIEWS, "load"),
    )  # fmt: skip
    return chosen or "load"


def _value(hour: PeakHour, view: str) -> float | None:
    if view == "load":
        return hour.minutes_often / hour.capacity if hour.capacity else None
    return {"orders": hour.orders, "often": hour.orders_often, "waiting": hour.waiting}[view]


def _tell_short(week: PeakWeek) -> None:
    if week.load is None:
        st.caption(_("Nobody has working hours in the coming week."))
        return
    short = week.short
    if short:
        named = "; ".join(_named(hour) for hour in short[:_NAMED])
        told = _("**{count} of {open} working hours are short** one day in ten or more often: {named}.")
        count, is_open = display.number(len(short)), display.number(sum(hour.capacity > 0 for hour in week.hours))
        st.markdown(told.format(count=count, open=is_open, named=named))
    else:
        st.markdown(_("No working hour is short: on nine days in ten people have time for what comes in with it."))
    told = _("The week takes {load} of people's hours; {closed} of the work comes in while nobody works and waits.")
    st.caption(told.format(load=display.percent(week.load), closed=display.percent(week.closed_share)))


def _list_short(scope: Scope, week: PeakWeek) -> None:
    """List the hours that are short; one opens the orders that came in at it."""
    short = week.short[:_LISTED]
    if not short:
        return
    number = st.column_config.NumberColumn
    state: Any = st.dataframe(
        [
            {"hour": f"{_(WEEKDAYS[hour.weekday])} {hour.hour:02d}:00", "median": hour.orders,
             "often": hour.orders_often, "minutes": hour.minutes_often, "capacity": hour.capacity,
             "missing": hour.minutes_often - hour.capacity}
            for hour in short
        ],
        key="short", hide_index=True, row_height=34, height="content", on_select="rerun", selection_mode="single-row",
        column_config={
            "hour": st.column_config.TextColumn(_("Hour"), pinned=True),
            "median": number(_("Orders, median"), format="%.0f"),
            "often": number(_("Orders, one day in ten"), format="%.1f"),
            "minutes": number(_("Minutes of work, one day in ten"), format="%.0f"),
            "capacity": number(_("Minutes people have"), format="%.0f"),
            "missing": number(_("Minutes missing"), format="%.0f"),
        },
        alt=_("Working hours that are short, the shortest first"),
    )  # fmt: skip
    place = charts.newly("short", next(iter(state.selection.rows), None))
    if place is not None and place < len(short):
        words = _("Placed at this hour of the week in the period, the latest first.")
        metric_tiles.open_listed(_named(short[place]), orders_of_hour(scope, short[place]), words=words)


def _named(hour: PeakHour) -> str:
    told = _("{day} {hour}:00 ({minutes} min for {capacity})")
    return told.format(
        day=_(WEEKDAYS[hour.weekday]), hour=f"{hour.hour:02d}", minutes=display.number(hour.minutes_often),
        capacity=display.number(hour.capacity),
    )  # fmt: skip
