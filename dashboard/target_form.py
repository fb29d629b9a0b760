"""Setting targets: one by a form, many by pasted lines or a CSV."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NoReturn

import streamlit as st

from dashboard import display, reads, target_actions, target_reads
from dashboard.notices import show_notices
from dashboard.refusals import say, say_rows
from dashboard.target_words import CUTS, metric_names, part_words, period_words
from dashboard.translation import _
from oms_core.errors import Invalid
from oms_core.steering.targets import Aim, TargetView
from pipelines.metrics import METRICS, Unit
from pipelines.steering.target_lines import COLUMNS, read_lines, read_period, read_target, write_period

_ROUND = "_targets_round"


def table_key() -> str:
    """The key of the table of targets: another one once its chosen row was dealt with, or its form would open again."""
    return f"targets_{st.session_state.get(_ROUND, 0)}"


def ask_target(channel: str, period: tuple[date, date], present: TargetView | None = None) -> None:
    """Open the form of one target: a new one, or one that is set."""
    title = _("Set a target") if present is None else _(METRICS[present.metric].label)
    st.dialog(title, position="right")(_show_form)(channel, period, present)


def ask_many(channel: str, period: tuple[date, date]) -> None:
    """Open the drawer into which many targets are pasted."""
    st.dialog(_("Set many targets"), width="large", position="right")(_show_lines)(channel, period)


def _show_form(channel: str, period: tuple[date, date], present: TargetView | None) -> None:
    if present is None:
        names = metric_names()
        code = str(st.selectbox(_("Figure"), list(names), format_func=names.__getitem__, key="target_metric"))
        span = st.text_input(
            _("Period"), value=write_period(*period), key="target_period", autocomplete="off",
            help=_("A month (2026-11), a quarter (2026-Q4) or two days (2026-11-02..2026-11-15)."),
        )  # fmt: skip
        cut, part = _ask_part()
    else:
        code, cut, part = present.metric, present.cut, present.part
        span = write_period(present.first_day, present.after_day)
        st.caption(f"{part_words(cut, part)} · {period_words(present.first_day, present.after_day)}")
    unit = METRICS[code].unit
    hint = {Unit.SHARE: _("Such as 95 %"), Unit.HOURS: _("In hours")}.get(unit, _("Such as 120 000"))
    shown = "" if present is None else _as_typed(present, unit)
    told = st.text_input(_("Target"), value=shown, key="target_value", autocomplete="off", placeholder=hint)
    if st.button(_("Set it"), key="target_set", type="primary", width="stretch"):
        _set(channel, code, (span or "", told or ""), (cut, part), present)
    if present is not None and st.button(_("Remove"), key="target_remove", width="stretch", icon=":material/delete:"):
        target_actions.remove(present.id, present.version)
        _close()


def _ask_part() -> tuple[str, str]:
    within = target_reads.reach()
    open_cuts = [cut for cut in CUTS if within is None or cut in {one for one, _part in within}]
    names = {cut: _(CUTS[cut]) for cut in open_cuts}
    if not names:
        st.info(_("You lead no team: nobody's targets are yours to set."))
        st.stop()
    cut = str(st.selectbox(_("Of what"), open_cuts, format_func=names.__getitem__, key="target_cut") or "")
    if not cut:
        return "", ""
    options = {part: name for part, name in _parts(cut).items() if within is None or (cut, part) in within}
    if not options:
        return cut, (st.text_input(_("Which"), key=f"target_part_{cut}", autocomplete="off") or "").strip()
    return cut, str(st.selectbox(_("Which"), list(options), format_func=options.__getitem__, key=f"target_part_{cut}"))


def _parts(cut: str) -> Mapping[str, str]:
    if cut == "team":
        return {team: team for team in target_reads.team_members()}
    if cut == "manager":
        return {person.login: part_words(cut, person.login) for person in reads.managers()}
    if cut == "warehouse":
        return {warehouse.code: warehouse.name for warehouse in reads.warehouses()}
    return {}


def _set(channel: str, code: str, told: tuple[str, str], of: tuple[str, str], present: TargetView | None) -> None:
    try:
        span, target = read_period(told[0]), read_target(told[1], METRICS[code].unit)
    except ValueError:
        st.error(_("Say a period and a number: 2026-11 and 120 000, or 95 % of a share."))
        return
    version = None if present is None else present.version
    if target_actions.keep(channel, [Aim(code, *span, target, *of, version=version)]):
        _close()
    show_notices()


def _close() -> NoReturn:
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()


def _as_typed(present: TargetView, unit: Unit) -> str:
    value = float(present.target)
    return display.percent(value, 2) if unit is Unit.SHARE else display.number(value, 2)


def _show_lines(channel: str, period: tuple[date, date]) -> None:
    span = write_period(*period)
    example = f"net_revenue; {span}; 120000\non_time_rate; {span}; 95 %; manager; anna"
    st.caption(_("A line each: figure, period, target, and for a part of the channel its cut and which."))
    st.code(f"{'; '.join(COLUMNS)}\n{example}", language=None)
    told: str = st.text_area(_("Lines"), key="target_lines", height=220, placeholder=example) or ""
    file: Any = st.file_uploader(_("Or a CSV file"), type=["csv", "txt"], key="target_file")
    if file is not None:
        told = file.getvalue().decode("utf-8-sig", errors="replace")
    names = {name.lower(): code for code, name in metric_names().items()}
    try:
        aims = read_lines(told, names) if told.strip() else []
    except Invalid as refusal:
        st.error("\n".join([say(refusal), *(f"- {row}" for row in say_rows(refusal))]))
        return
    if aims and st.button(_("Set {count} targets").format(count=len(aims)), key="target_set_many", type="primary"):
        if target_actions.keep(channel, aims):
            _close()
        show_notices()
