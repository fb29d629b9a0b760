"""What the pages of people read; never cached: whoever edits people must see what was just done."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dashboard import identity
from dashboard.reads import ask
from dashboard.visits import limits_of_sessions
from oms_core.access.absences import AbsenceView, list_absences
from oms_core.access.audit_trail import AuditPage, list_audit, list_audited_tables, list_names
from oms_core.access.directory import UserView, list_users
from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.access.sessions import SessionView, list_sessions
from oms_core.access.teams import TeamView, list_teams
from oms_core.access.tokens import TokenView, list_tokens
from oms_core.orders.absence_cover import OpenOrder, Uncovered, list_open_orders, list_uncovered
from oms_core.workflow.role_permissions import CODE, KIND, Change, MatrixView, preview_matrix, read_matrix
from oms_core.workflow.versions import VersionView, list_versions
from oms_core.workflow.working_hours import CalendarView, list_calendars


def users() -> list[UserView]:
    """Everybody, those who left last."""
    return ask(list_users, now=datetime.now(UTC))


def teams() -> list[TeamView]:
    """Every team."""
    return ask(list_teams)


def calendars() -> list[CalendarView]:
    """Every calendar with its hours."""
    return ask(list_calendars)


def absences(login: str | None = None) -> list[AbsenceView]:
    """Absences that go on or are to come."""
    return ask(list_absences, login=login, since=datetime.now(UTC).date())


def sessions_of(login: str) -> list[SessionView]:
    """Where a person is signed in."""
    return ask(list_sessions, now=datetime.now(UTC), login=login, limits=limits_of_sessions())


def tokens() -> list[TokenView]:
    """API tokens: one's own, or everybody's for who may edit people."""
    return ask(list_tokens)


def matrix() -> MatrixView:
    """What each role may do."""
    return ask(read_matrix)


def preview(wanted: Mapping[Role, frozenset[Permission]]) -> Sequence[Change]:
    """What saving would change."""
    return ask(preview_matrix, matrix=wanted)


def matrix_versions() -> list[VersionView]:
    """Versions of the matrix, the newest first."""
    return ask(list_versions, kind=KIND, code=CODE)


def open_orders(login: str) -> list[OpenOrder]:
    """Open orders a person answers for; none for who may not give them away."""
    return ask(list_open_orders, login=login) if identity.may(Permission.ORDER_ASSIGN) else []


def uncovered() -> list[Uncovered]:
    """People away or gone on whom open orders hang."""
    return ask(list_uncovered, now=datetime.now(UTC)) if identity.may(Permission.ORDER_ASSIGN) else []


def audited_tables() -> list[str]:
    """Tables of which anything was audited."""
    return ask(list_audited_tables)


def names_by_id() -> dict[int, str]:
    """Names of everybody by id."""
    return ask(list_names)


def audit(**filters: Any) -> AuditPage:  # noqa: ANN401 - those of list_audit
    """One page of the audit."""
    return ask(list_audit, **filters)
