"""The directory: everybody who has or had a login, as administrators see them; reads only."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.models import Role
from oms_core.access.permissions import Permission, requires


@dataclass(frozen=True, slots=True)
class UserView:
    """A person; ``away_until`` is the last day of an absence that is going on, ``last_seen_at`` of any session.

    ``share`` is how much of the work that is dealt out they take, in percent of a full share.
    """

    login: str
    name: str
    email: str | None
    locale: str
    is_active: bool
    calendar: str | None
    team: str | None
    team_name: str | None
    has_password: bool
    must_change_password: bool
    by_provider: bool
    roles: frozenset[Role]
    last_seen_at: datetime | None
    away_until: date | None
    share: int


# Whether a day has begun is asked of the calendar the person works by.
_USERS = text("""
SELECT u.login, u.name, u.email, u.locale, u.is_active, c.code AS calendar, t.code AS team, t.name AS team_name,
       u.password_hash IS NOT NULL AS has_password, u.password_is_one_time AS must_change_password,
       u.oidc_subject IS NOT NULL AS by_provider,
       ARRAY(SELECT r.role FROM user_roles r WHERE r.user_id = u.id ORDER BY r.role) AS roles,
       (SELECT max(s.last_seen_at) FROM auth_sessions s WHERE s.user_id = u.id) AS last_seen_at,
       (SELECT max(a.last_day) FROM absences a
        WHERE a.user_id = u.id
          AND (CAST(:now AS timestamptz) AT TIME ZONE coalesce(c.time_zone, 'UTC'))::date
              BETWEEN a.first_day AND a.last_day) AS away_until, u.share
FROM users u LEFT JOIN work_calendars c ON c.id = u.calendar_id LEFT JOIN teams t ON t.id = u.team_id
WHERE u.login <> 'system' AND (CAST(:login AS text) IS NULL OR u.login = :login)
ORDER BY u.is_active DESC, u.name, u.login
""")


@requires(Permission.PEOPLE_VIEW)
def list_users(session: Session, *, now: datetime, login: str | None = None) -> list[UserView]:
    """Everybody by name, those who left last; with ``login`` that person alone."""
    rows = session.execute(_USERS, {"now": now, "login": login}).mappings().all()
    return [UserView(**{**row, "roles": frozenset(Role(role) for role in row["roles"])}) for row in rows]
