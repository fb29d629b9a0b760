"""The choices pages share; each is kept in the address, so that a link shows what its sender saw."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from dashboard.translation import _

PERIODS = (7, 30, 90, 365)


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
    """Choose a number of whole days (?days=30); returns the half-open period that ends after ``last_day``.

    Without ``last_day`` it is yesterday: today is not whole, and half a day would look like a fall.
    """
    names = {days: _("{count} days").format(count=days) for days in PERIODS} | {365: _("1 year")}
    days = st.segmented_control(
        _("Period"),
        PERIODS,
        required=True,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        **in_address("days", PERIODS, default),
    )
    end = (last_day or datetime.now(UTC).date() - timedelta(days=1)) + timedelta(days=1)
    return end - timedelta(days=days or default), end
