"""Before and after a measure: cancel rate and avoidable margin of equally long periods, each with its interval."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import streamlit as st

from dashboard import cancellation_reads, charts, display, filters, insight, metric_tiles
from dashboard.cancellation_reads import Measure
from dashboard.cancellation_words import cause_name
from dashboard.insight import Scope
from dashboard.layout import section
from dashboard.reads import cancel_reasons
from dashboard.sales_cuts import say_part
from dashboard.translation import _, n_
from dashboard.words import said
from pipelines.cohorts import Difference, difference_of_differences
from pipelines.metrics import METRICS, Unit

FIGURES = ("early_cancel_rate", "early_avoidable_margin")
LENGTHS, SHORTEST = (14, 28, 56), 7
OUTCOMES = {"derived_cause": n_("Cause found"), "reason": n_("Reason")}
PARTS = {
    "warehouse": n_("Warehouse"), "region": n_("Region"), "category": n_("Category"), "manager": n_("Manager"),
    "customer_kind": n_("Customer kind"), "carrier": n_("Carrier"),
}  # fmt: skip
CUTS = {"": n_("All orders"), **OUTCOMES, **PARTS}


class Whose(StrEnum):
    """Whose figure a line is: of what the measure concerned, of all other orders, or the one less the other."""

    CHOSEN = n_("what it concerned")
    OTHERS = n_("all other orders")
    BEYOND = n_("beyond the others")


@dataclass(frozen=True)
class Line:
    """A figure, whose it is, and its difference, where it can be told."""

    code: str
    whose: Whose
    found: Difference | None


def show_measure(scope: Scope) -> None:
    """Ask what was done when and in which part, and show what is different since; a cell opens its orders."""
    hint = _(
        "Choose the day of a change, for example when a delay policy was switched on, and the part that it concerned. "
        "Intervals of 95 % (Newcombe; Welch): of twenty rows about one differs by chance alone."
    )
    with section(_("Before and after a measure"), hint=hint, key="measure"):
        until = cancellation_reads.judged_until(scope)
        last = until - timedelta(days=SHORTEST)
        with st.container(horizontal=True, vertical_alignment="bottom", key="measure-choice"):
            measure = _ask(scope, min(last, scope.date_from + timedelta(days=scope.days // 2)), last, until)
        _show_table(scope, measure)
        st.caption(_(
            "A difference is not yet an effect: whatever else changed at that time counts with it, such as the season, "
            "prices, the assortment or a campaign. What the other orders did alike was not the measure."
        ))  # fmt: skip


def _ask(scope: Scope, usual: date, last: date, until: date) -> Measure:
    day: Any = st.date_input(
        _("Day of the change"), usual, max_value=last, width=190, key=f"measure_day_{scope.channel}_{usual}"
    )
    length: int = st.segmented_control(
        _("Days before and after"), LENGTHS, required=True, format_func=str,
        **filters.in_address("measure_days", LENGTHS, LENGTHS[1]),
    ) or LENGTHS[1]  # fmt: skip
    cut = st.selectbox(
        _("Which part"), list(CUTS), format_func=lambda one: _(CUTS[one]), width=190,
        **filters.in_address("measure_of", list(CUTS), ""),
    )  # fmt: skip
    days = min(length, (until - day).days)
    if not cut:
        return Measure(day, days)
    whole = insight.scope_of(scope.channel, day - timedelta(days=days), day + timedelta(days=days))
    parts = insight.measure(whole, FIGURES[0], cut).sort("numerator", descending=True)[cut].to_list()
    part = st.selectbox(_(CUTS[cut]), parts, format_func=lambda one: _say(cut, one), width=230, key=f"measure_{cut}")
    return Measure(day, days, cut, part)


def _say(cut: str, part: str | None) -> str:
    if cut == "derived_cause":
        return cause_name(part)
    if cut == "reason":
        return {one.code: said(one.label, one.translations, "label") for one in cancel_reasons()}.get(part or "", "")
    return say_part(cut, part)


def _show_table(scope: Scope, measure: Measure) -> None:
    before, after = measure.sides(scope)
    told = _("{days} days each: {before} against {after}; every order is given 14 days to be cancelled.")
    st.caption(told.format(days=measure.days, before=_span(before), after=_span(after)))
    lines = [line for code in insight.visible(FIGURES) for line in _lines(scope, code, measure)]
    state: Any = st.dataframe(
        [_row(line, scope.currency) for line in lines],
        key="measured", hide_index=True, row_height=34, on_select="rerun", selection_mode="single-cell",
        height="content", alt=_("Before and after a measure"),
        column_config={
            "figure": st.column_config.TextColumn(_("Figure"), pinned=True), "verdict": _("Difference"),
            "before": _("Before"), "after": _("After"), "interval": _("95 % confidence"),
        },
    )  # fmt: skip
    cell = charts.newly("measured", next(iter(state.selection.cells), None))
    if cell is not None and cell[0] < len(lines):
        _open(before if cell[1] == "before" else after, lines[cell[0]], measure)


def _lines(scope: Scope, code: str, measure: Measure) -> list[Line]:
    """A figure of what the measure concerned; beside it, where orders are parted, that of all others."""
    chosen = cancellation_reads.difference(scope, code, measure, of_rest=False)
    lines = [Line(code, Whose.CHOSEN, chosen)]
    if measure.cut in PARTS:
        rest = cancellation_reads.difference(scope, code, measure, of_rest=True)
        lines.append(Line(code, Whose.OTHERS, rest))
        if chosen and rest:
            lines.append(Line(code, Whose.BEYOND, difference_of_differences(rest, chosen)))
    return lines


def _row(line: Line, currency: str) -> dict[str, str]:
    name = _(METRICS[line.code].label) if line.whose is Whose.CHOSEN else f"· {_(line.whose.value)}"
    if line.found is None:
        empty = {"before": display.NOTHING, "after": display.NOTHING, "interval": ""}
        return {"figure": name, "verdict": _("Too few to tell"), **empty}
    found, is_share = line.found, METRICS[line.code].unit is Unit.SHARE

    def say(value: float) -> str:
        return display.percent(value, 2) if is_share else display.money(value, currency)

    def change(value: float) -> str:
        return _("{points} pp").format(points=display.number(value * 100, 2)) if is_share else say(value)

    def signed(value: float) -> str:
        return ("+" if value > 0 else "−" if value < 0 else "") + change(abs(value))

    verdict = _("No difference can be told")
    if found.is_told:
        told = _("▲ Higher by {change}") if found.value > 0 else _("▼ Lower by {change}")
        verdict = told.format(change=change(abs(found.value)))
    is_beyond = line.whose is Whose.BEYOND  # the difference of two differences has no levels of its own
    return {
        "figure": name, "verdict": verdict,
        "before": display.NOTHING if is_beyond else say(found.before),
        "after": signed(found.value) if is_beyond else say(found.after),
        "interval": f"{signed(found.low)} … {signed(found.high)}",
    }  # fmt: skip


def _open(side: Scope, line: Line, measure: Measure) -> None:
    """Open the orders of one side; what lies beyond the others opens those that were chosen."""
    if line.whose is Whose.OTHERS:
        rows = cancellation_reads.side_rows(side, line.code, measure, of_rest=True)
        metric_tiles.open_listed(_(METRICS[line.code].label), rows, words=f"{_(line.whose.value)}: {_span(side)}")
    else:
        metric_tiles.open_rows(side, line.code, lens="cohort", filters_=measure.filters)


def _span(side: Scope) -> str:
    return f"{display.day(side.date_from)} – {display.day(side.date_to - timedelta(days=1))}"
