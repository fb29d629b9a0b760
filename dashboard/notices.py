"""What the last action came to, told once at the top of the next run: done quietly, refused plainly."""

from dataclasses import dataclass, field

import streamlit as st

_KEY = "_notices"


@dataclass(frozen=True)
class Notice:
    """One result; ``rows`` are the results one by one where there were several."""

    text: str
    is_refusal: bool = False
    is_warning: bool = False
    rows: list[str] = field(default_factory=list)


def tell_done(text: str) -> None:
    """Note that something was done; it is shown as a toast."""
    st.session_state.setdefault(_KEY, []).append(Notice(text))


def tell_refused(text: str, rows: list[str] | None = None) -> None:
    """Note that something was refused and why; it stays on the page until the next action."""
    st.session_state.setdefault(_KEY, []).append(Notice(text, is_refusal=True, rows=rows or []))


def tell_warned(text: str, rows: list[str] | None = None) -> None:
    """Note what rules warn of although the action was done; it stays on the page until the next one."""
    st.session_state.setdefault(_KEY, []).append(Notice(text, is_warning=True, rows=rows or []))


def show_notices() -> None:
    """Show what was noted since the last run, once."""
    for notice in st.session_state.pop(_KEY, []):
        if notice.is_refusal or notice.is_warning:
            icon = ":material/block:" if notice.is_refusal else ":material/rule:"
            st.warning("\n".join([notice.text, *(f"- {row}" for row in notice.rows)]), icon=icon)
        else:
            st.toast(notice.text, icon=":material/check_circle:")
