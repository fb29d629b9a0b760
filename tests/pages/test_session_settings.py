"""How long people stay signed in is a setting, and every way in and every look at a session heeds it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from signing_in import set_password
from sqlalchemy import Engine, text

from dashboard.sign_in import entered
from dashboard.visits import find_session, open_session
from oms_core.db import make_sessions


def test_a_session_lives_as_long_as_the_settings_say(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMS_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("OMS_HOME", str(tmp_path))
    monkeypatch.setenv("OMS_SESSION_IDLE_MINUTES", "30")
    monkeypatch.setenv("OMS_SESSION_HOURS", "1")
    st.cache_resource.clear()
    sessions = make_sessions(fresh_engine)
    set_password(sessions, "admin")
    with sessions() as session:
        user_id = session.execute(text("SELECT id FROM users WHERE login = 'admin'")).scalar_one()
    token = open_session(user_id, address="127.0.0.1", user_agent="a test")
    assert "Max-Age=3600;" in entered(token, "/").headers["set-cookie"]
    with sessions() as session:
        lives = session.execute(text("SELECT expires_at - created_at FROM auth_sessions")).scalar_one()
    assert lives == timedelta(hours=1)
    for minutes, is_alive in ((29, True), (31, False)):
        with sessions.begin() as session:
            seen = datetime.now(UTC) - timedelta(minutes=minutes)
            session.execute(text("UPDATE auth_sessions SET last_seen_at = :seen"), {"seen": seen})
        assert (find_session(token, is_use=False) is not None) is is_alive
    st.cache_resource.clear()
