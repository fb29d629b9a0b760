"""The choices pages share; each is kept in the address, so that a link shows what its sender saw."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from dashboard import display
from dashboard.translation import _, n_
from pipelines.steering.target_lines import read_period

PERIODS = (7, 30, 90, 365)
SPANS = {
    "this_week": n_("This week"), "last_week": n_("Last week"), "this_month": n_("This month"),
    "last_month": n_("Last month"), "this_quarter": n_("This quarter"), "last_quarter": n_("Last quarter"),
}  # fmt: skip
"""Spans that are told from the last whole day."""


def in_address(key: str, options: Sequence[Any], default: Any) -> dict[str, Any]:  # noqa: ANN401 - codes of any type
    """Keyword arguments for a choice that is kept in the address by its code (``?view=late``).

    Streamlit's own ``bind`` writes a choice's label, which changes with the language and with every count in it.
    The address wins whenever it changed without the widget (a link, the Back button).
    """
    code, known = st.query_params.get(key), f"_address_{key}"
    if key not in st.session_state or st.session_state.get(known) != code:
        st.session_state[key] = next((option for option in options if str(option) == code), default)
        st.session_state[known] = code
    return {"key": key, "on_change": _write_address, "args": (key, default)}


def _write_address(key: str, default: Any) -> None:  # noqa: ANN401
    value = st.session_state[key]
    if value in (default, None):
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = str(value)
    st.session_state[f"_address_{key}"] = st.query_params.get(key)


def search_field(label: str, key: str, hint: str) -> str:
    """Ask what to look for, as it is typed and kept in the address; ``hint`` says what is understood."""
    asked = st.text_input(
        label,
        key=key,
        type="search",
        live="250ms",
        bind="query-params",
        icon=":material/search:",
        placeholder=hint,
        label_visibility="collapsed",
    )
    return asked or ""


def choose_period(last_day: date | None = None, *, default: int = 30) -> tuple[date, date]:
    """Choose whole days; returns the half-open period.

    A number of them that ends with ``last_day`` (?days=30), a week, month or quarter told from it (?days=last_month),
    or any days of the past (?days=2026-10-01..2026-10-15). Without ``last_day`` it is yesterday: today is not whole,
    and half a day would look like a fall.
    """
    last = last_day or datetime.now(UTC).date() - timedelta(days=1)
    told = st.query_params.get("days", "")
    chosen = span_of(told, last)
    names: dict[Any, str] = {days: _("{count} days").format(count=days) for days in PERIODS} | {365: _("1 year")}
    if chosen is not None:
        names[told] = _(SPANS[told]) if told in SPANS else _days_words(*chosen)
    days = st.segmented_control(
        _("Period"),
        list(names),
        required=True,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        **in_address("days", list(names), default),
    )
    with st.popover("", icon=":material/date_range:", help=_("Another period"), key="period-more"):
        _ask_span(last, chosen or (last - timedelta(days=default - 1), last + timedelta(days=1)))
    if days == told and chosen is not None:
        return chosen
    return last + timedelta(days=1 - int(days or default)), last + timedelta(days=1)


def span_of(told: str, last: date) -> tuple[date, date] | None:
    """Read a span of days as the address has it; what is not over ends with ``last``, None for what is no span."""
    monday, month = last - timedelta(days=last.weekday()), last.replace(day=1)
    quarter = month.replace(month=3 * ((month.month - 1) // 3) + 1)
    month_before = (month - timedelta(days=1)).replace(day=1)
    quarter_before = (quarter - timedelta(days=1)).replace(day=1, month=(quarter.month - 4) % 12 + 1)
    after = last + timedelta(days=1)
    spans = {
        "this_week": (monday, after), "last_week": (monday - timedelta(weeks=1), monday),
        "this_month": (month, after), "last_month": (month_before, month),
        "this_quarter": (quarter, after), "last_quarter": (quarter_before, quarter),
    }  # fmt: skip
    if told in spans:
        return spans[told]
    try:
        first, end = read_period(told)
    except ValueError:
        return None
    return (first, min(end, after)) if first < min(end, after) else None


def _ask_span(last: date, shown: tuple[date, date]) -> None:
    for code, words in SPANS.items():
        st.button(_(words), key=f"span_{code}", width="stretch", on_click=_go_to, args=(code,))
    days: Any = st.date_input(
        _("From and to"),
        (shown[0], shown[1] - timedelta(days=1)),
        max_value=last,
        key=f"span_days_{shown[0]}_{shown[1]}",
    )
    told = "..".join(day.isoformat() for day in days)
    st.button(_("Show these days"), key="span_own", type="primary", width="stretch", disabled=len(days) < 2,
              on_click=_go_to, args=(told,))  # fmt: skip


def _go_to(told: str) -> None:
    st.query_params["days"] = told


def _days_words(first: date, after: date) -> str:
    return f"{display.day(first)} – {display.day(after - timedelta(days=1))}"
