"""Submissions: what a person sends twice by a double click is written once."""

import time
from uuid import uuid4

import streamlit as st


def submission_key(form: str, content: object, *, within_seconds: float = 10) -> str:
    """Name what this person sends: the same content of a form soon after is the same submission, later a new one.

    The second click of two arrives while the first is still being worked on, and reruns the page with the form full.
    """
    told, now = repr(content), time.monotonic()
    key, told_before, sent_at = st.session_state.get(f"_sent_{form}", (None, None, 0.0))
    if key is None or told != told_before or now - sent_at >= within_seconds:
        key = uuid4().hex
    st.session_state[f"_sent_{form}"] = (key, told, now)
    return str(key)
