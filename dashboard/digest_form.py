"""The form of a digest: what of, how often, as what."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import streamlit as st

from dashboard import digest_actions, insight, reads
from dashboard.board_choice import boards, codes_of_role
from dashboard.board_words import board_name
from dashboard.digest_words import FILES, PERIODS, RHYTHMS
from dashboard.notices import show_notices
from dashboard.people_words import WEEKDAYS
from dashboard.translation import LANGUAGES, _, language
from oms_core.steering.digest_models import DigestPeriod, Rhythm
from oms_core.steering.digests import LONGEST_NAME, MOST_FIGURES, DigestView, DigestWish
from pipelines.metrics import METRICS

T = TypeVar("T")
_OWN_FIGURES = 0
_HOUR = 7


def ask_digest(channel: str, present: DigestView | None = None) -> None:
    """Open the form of a new digest, or of one that is kept."""
    title = _("New digest") if present is None else _("Change the digest")
    st.dialog(title, position="right")(show_digest_form)(channel, present)


def show_digest_form(channel: str, present: DigestView | None) -> None:
    """Ask for a digest and keep it."""
    usual = DigestWish(
        "", channel, DigestPeriod.LAST_WEEK, Rhythm.WEEKLY, _HOUR, language=language(), figures=codes_of_role()
    )
    was = usual if present is None else present.wish
    name = st.text_input(
        _("Name"), value=was.name, key="digest_name", max_chars=LONGEST_NAME, autocomplete="off",
        placeholder=_("Such as: Monday's figures"),
    )  # fmt: skip
    names = {one.code: _(one.name) for one in reads.channels()}
    chosen = _choose(_("Channel"), names, was.channel, "channel")
    board_id, figures = _ask_figures(was)
    rhythm = _choose(_("How often"), {one: _(said) for one, said in RHYTHMS.items()}, was.rhythm, "rhythm")
    day, hour = _ask_time(was, rhythm)
    wish = DigestWish(
        (name or "").strip() or _("Digest"), chosen,
        _choose(_("Tells of"), {one: _(said) for one, said in PERIODS.items()}, was.period, "period"), rhythm, hour,
        day, _choose(_("Comes as"), {one: _(said) for one, said in FILES.items()}, was.file_kind, "files"),
        _choose(_("Language"), LANGUAGES, was.language, "language"), board_id, figures,
    )  # fmt: skip
    if st.button(_("Keep the digest"), key="digest_keep", type="primary", width="stretch"):
        if digest_actions.keep(wish, present, is_active=present is None or present.is_active):
            st.rerun()
        show_notices()


def _ask_figures(was: DigestWish) -> tuple[int | None, Sequence[str]]:
    """A board, or figures chosen one by one."""
    named = {_OWN_FIGURES: _("Figures that I choose")} | {board.id: board_name(board) for board in boards()}
    board_id = _choose(_("Of what"), named, was.board_id or _OWN_FIGURES, "board")
    if board_id != _OWN_FIGURES:
        return board_id, ()
    labels = {code: _(METRICS[code].label) for code in insight.visible(list(METRICS))}
    figures = st.multiselect(
        _("Figures"), list(labels), [code for code in was.figures if code in labels], format_func=labels.__getitem__,
        key="digest_figures", max_selections=MOST_FIGURES,
    )  # fmt: skip
    return None, figures


def _ask_time(was: DigestWish, rhythm: Rhythm) -> tuple[int, int]:
    """The day, where the rhythm has one, and the hour."""
    day = 0
    if rhythm is Rhythm.WEEKLY:
        weekdays = {place: _(said) for place, said in enumerate(WEEKDAYS)}
        day = _choose(_("Weekday"), weekdays, was.day, "weekday")
    elif rhythm is Rhythm.MONTHLY:
        day = _choose(_("Day of the month"), {one: str(one) for one in range(1, 29)}, max(was.day, 1), "monthday")
    hours = {hour: f"{hour:02d}:00" for hour in range(24)}
    hour = _choose(_("Hour, by your own clock"), hours, was.hour, "hour")
    return day, hour


def _choose(label: str, names: Mapping[T, str], chosen: T, key: str) -> T:
    options = list(names)
    place = options.index(chosen) if chosen in options else 0
    return st.selectbox(label, options, place, format_func=names.__getitem__, key=f"digest_{key}")
