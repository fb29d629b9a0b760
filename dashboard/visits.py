"""Visits: whose session a token names, asked of the database each time, so that an ended one ends at once."""

from datetime import UTC, datetime, timedelta

from dashboard.shop import open_shop
from oms_core import door
from oms_core.access.actors import SYSTEM, find_actor
from oms_core.access.sessions import Resumed, SessionLimits, issue_session, resume, touch_session

COOKIE = "cadence_session"


def find_session(token: str, is_use: bool = True) -> Resumed | None:
    """Find whose session it is, or None; ``is_use`` false only looks, so that the session may fall idle."""
    sessions, now = open_shop().sessions, datetime.now(UTC)
    resumed = door.read(sessions, None, resume, token=token, now=now, limits=limits_of_sessions())
    if resumed is not None and resumed.touch_is_due and is_use:
        door.run(sessions, resumed.actor, touch_session, at=now, session_id=resumed.session_id)
    return resumed


def open_session(user_id: int, *, address: str, user_agent: str) -> str:
    """Open a session for somebody whose identity was proven, and return its token."""
    sessions = open_shop().sessions
    system = door.read(sessions, None, find_actor, login=SYSTEM)
    return door.run(
        sessions, system, issue_session, user_id=user_id, address=address, user_agent=user_agent,
        limits=limits_of_sessions(),
    )  # fmt: skip


def limits_of_sessions() -> SessionLimits:
    """How long sessions live here, as the settings say."""
    settings = open_shop().settings
    return SessionLimits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))
