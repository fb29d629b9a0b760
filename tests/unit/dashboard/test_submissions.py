"""A double click is one submission."""

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from dashboard.submissions import submission_key

    content, seconds = st.session_state["content"], st.session_state.get("seconds", 10)
    st.session_state["keys"] = [
        *st.session_state.get("keys", []),
        submission_key("form", content, within_seconds=seconds),
    ]


def _sent(*contents: str, seconds: float = 10) -> list[str]:
    app = AppTest.from_function(_page)
    app.session_state["seconds"] = seconds
    for content in contents:
        app.session_state["content"] = content
        app.run()
    keys: list[str] = app.session_state["keys"]
    return keys


def test_the_same_content_sent_at_once_is_one_submission() -> None:
    assert len(set(_sent("a", "a"))) == 1


def test_other_content_is_another_submission() -> None:
    assert len(set(_sent("a", "b", "a"))) == 3


def test_the_same_content_later_is_meant() -> None:
    assert len(set(_sent("a", "a", seconds=0))) == 2
