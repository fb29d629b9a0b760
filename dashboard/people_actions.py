"""What is done to people, teams, calendars, roles and tokens from their pages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from dashboard import display, reads
from dashboard.actions import attempt, attempt_each
from dashboard.translation import _
from oms_core.access.absences import add_absence, remove_absence
from oms_core.access.models import Role
from oms_core.access.passwords import one_time_password
from oms_core.access.permissions import Permission
from oms_core.access.sessions import revoke_session
from oms_core.access.teams import save_team
from oms_core.access.tokens import add_token, revoke_token
from oms_core.access.users import Profile, add_user, change_user, deactivate_user, give_password, reactivate_user
from oms_core.bulk import release_open_orders
from oms_core.workflow.role_permissions import rollback_matrix, save_matrix
from oms_core.workflow.working_hours import CalendarView, save_calendar

_SAID_ONCE = "_said_once"  # where a secret waits to be shown, in this session's memory alone


def add(login: str, profile: Profile) -> bool:
    """Add a person with a one-time password, which waits to be shown; False when refused."""
    password = one_time_password()
    told = _("{name} was added").format(name=display.plain(profile.name))
    is_done = _try(add_user, told, login=login, profile=profile, password=password)
    return is_done and _keep_secret(login, password.clear)


def change(login: str, profile: Profile) -> bool:
    """Change what is kept of a person; False when refused."""
    return _try(change_user, _("Saved"), login=login, profile=profile)


def new_password(login: str) -> None:
    """Give a person a one-time password, which waits to be shown."""
    password = one_time_password()
    if _try(give_password, _("A new password was made"), login=login, password=password):
        _keep_secret(login, password.clear)


def let_go(login: str, *, covers: bool, to: str | None) -> bool:
    """Let a person act no more, and where wanted give away what they have open; False when refused."""
    return _try(deactivate_user, _("They can no longer sign in"), login=login) and (not covers or cover(login, to))


def take_back(login: str) -> None:
    """Let a person act again."""
    _try(reactivate_user, _("They can sign in again"), login=login)


def mark_absent(login: str, first: date, last: date, kind: str, *, covers: bool, to: str | None) -> bool:
    """Mark a person absent, and where wanted give away what they have open; False when refused."""
    facts = {"login": login, "first_day": first, "last_day": last, "kind": kind}
    return _try(add_absence, _("The absence was entered"), **facts) and (not covers or cover(login, to))


def forget_absence(number: int) -> None:
    """Take an absence back."""
    _try(remove_absence, _("The absence was taken back"), absence_id=number)


def cover(login: str, to: str | None) -> bool:
    """Give each open order of a person to a colleague, or to nobody, telling which were refused; False when all was."""

    def told(count: int) -> str:
        return _("{orders} given over").format(orders=display.orders(count))

    return attempt_each(release_open_orders, told, login=login, to=to)


def put_into_pool(login: str) -> None:
    """Let anybody take what a person has open."""
    cover(login, None)


def end_session(number: int) -> None:
    """End a session of somebody."""
    _try(revoke_session, _("Signed out there."), session_id=number)


def keep_team(code: str, name: str, lead: str | None, is_active: bool) -> bool:
    """Add or change a team; False when refused."""
    return _try(save_team, _("Saved"), code=code, name=name, lead=lead, is_active=is_active)


def keep_calendar(calendar: CalendarView) -> bool:
    """Add or change a calendar; False when refused."""
    return _try(save_calendar, _("Saved"), calendar=calendar)


def keep_matrix(matrix: Mapping[Role, frozenset[Permission]], seen: int, note: str) -> None:
    """Save what each role may do."""
    told = lambda version: _("Saved as version {version}").format(version=version)  # noqa: E731
    attempt(save_matrix, told, matrix=matrix, seen=seen, note=note)


def restore_matrix(version: int) -> None:
    """Put an old version of the matrix in force."""
    told = _("Version {version} is in force again").format(version=version)
    attempt(rollback_matrix, told, version=version)


def make_token(login: str, name: str, scopes: Sequence[str] | None, days: int | None) -> bool:
    """Make an API token, which waits to be shown; False when refused."""
    facts = {"login": login, "name": name, "scopes": scopes, "days": days}
    made = attempt(add_token, _("The token was made"), **facts)
    return made is not None and _keep_secret(name, made[1])


def end_token(number: int) -> None:
    """End an API token."""
    _try(revoke_token, _("The token was revoked"), token_id=number)


def show_secret(hint: str) -> None:
    """Show, this once, the secret that waits, with a button that copies it."""
    if waiting := st.session_state.pop(_SAID_ONCE, None):
        whose, secret = waiting
        with st.container(border=True, key="said-once"):
            st.markdown(f":material/key: **{display.plain(whose)}** — {hint}")
            st.code(secret, language=None)


def _keep_secret(whose: str, secret: str) -> bool:
    st.session_state[_SAID_ONCE] = (whose, secret)
    return True


def _try(use_case: Callable[..., Any], told: str, /, **facts: Any) -> bool:  # noqa: ANN401 - whatever it takes
    """Tell whether it went through: a use case may return nothing either way."""
    outcomes: list[str] = []

    def tell(_outcome: object) -> str:
        outcomes.append(told)
        return told

    attempt(use_case, tell, **facts)
    reads.people.clear()
    return bool(outcomes)
