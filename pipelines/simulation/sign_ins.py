"""Sign-ins of the demo shop: one random password for all its invented people, kept beside the shop's data."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import SYSTEM, find_actor
from oms_core.access.passwords import NewPassword, hash_password, one_time_password, verify
from oms_core.access.users import give_first_password
from oms_core.db import make_sessions
from pipelines.simulation.team import MANAGERS, OTHERS

FILE = "demo-sign-in"


class SignIn(NamedTuple):
    """Somebody to sign in as; ``password`` is None where they have one of their own by now."""

    role: str
    login: str
    name: str
    password: str | None


# Whoever bears an invented name but does not work by the demo shop's calendars is a real person of that name.
_INVENTED = text("""
SELECT u.login FROM users u JOIN work_calendars c ON c.id = u.calendar_id
WHERE u.login = ANY(:logins) AND c.code LIKE 'demo%' AND u.is_active AND u.password_hash IS NULL
ORDER BY u.id
""")
_ONE_BY_ROLE = text("""
SELECT DISTINCT ON (r.role) r.role, u.login, u.name, u.password_hash FROM user_roles r JOIN users u ON u.id = r.user_id
WHERE u.login = ANY(:logins) AND u.is_active
ORDER BY r.role, u.id
""")


def give_sign_ins(engine: Engine, home: Path, *, also: tuple[str, ...] = ()) -> list[SignIn]:
    """Give the invented people, and the logins ``also``, the shop's password where they have none; one of each role.

    The password is made once and kept in ``demo-sign-in`` under ``home``, for its owner alone to read.
    """
    sessions, clear = make_sessions(engine), _password(home)
    logins = [person.login for person in (*MANAGERS, *OTHERS)]
    with sessions() as session:
        waiting = [*session.scalars(_INVENTED, {"logins": logins}), *also]
    _give(sessions, waiting, clear)
    with sessions() as session:
        rows = session.execute(_ONE_BY_ROLE, {"logins": [*logins, *also]}).all()
    return [SignIn(row.role, row.login, row.name, clear if verify(clear, row.password_hash) else None) for row in rows]


def _password(home: Path) -> str:
    home.mkdir(parents=True, exist_ok=True)
    file = home / FILE
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    clear = one_time_password().clear
    with os.fdopen(handle, "w", encoding="utf-8") as written:
        written.write(clear + "\n")
    return clear


def _give(sessions: sessionmaker[Session], logins: list[str], clear: str) -> None:
    if not logins:
        return
    system, now = door.read(sessions, None, find_actor, login=SYSTEM), datetime.now(UTC)
    password = NewPassword(hash_password(clear), clear)
    for login in logins:
        door.run(sessions, system, give_first_password, at=now, login=login, password=password)
