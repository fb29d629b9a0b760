"""A shop with people to look at: a team, a calendar, an absence, a token and a version of the roles."""

from datetime import UTC, date, datetime, time

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.absences import add_absence
from oms_core.access.actors import Actor, find_actor
from oms_core.access.permissions import DEFAULTS
from oms_core.access.teams import save_team
from oms_core.access.tokens import add_token
from oms_core.orders.assignment import assign_order
from oms_core.workflow.role_permissions import save_matrix
from oms_core.workflow.working_hours import CalendarView, DayThatDiffers, save_calendar

_OPEN = text("SELECT number FROM orders WHERE closed_at IS NULL ORDER BY id")
_OPEN_OF = text(
    "SELECT count(*) FROM orders o JOIN users u ON u.id = o.manager_id WHERE u.login = :login AND o.closed_at IS NULL"
)


def open_of(sessions: sessionmaker[Session], login: str) -> int:
    """How many open orders hang on a person."""
    with sessions() as session:
        return int(session.scalar(_OPEN_OF, {"login": login}) or 0)


def give_everything_to(sessions: sessionmaker[Session], login: str) -> None:
    """Let a person answer for every open order."""
    admin = door.read(sessions, None, find_actor, login="admin")
    with sessions() as session:
        numbers = session.scalars(_OPEN).all()
    for number in numbers:
        door.run(sessions, admin, assign_order, number=number, manager=login)


def settle(sessions: sessionmaker[Session]) -> Actor:
    """Fill what these pages show: a team, a calendar with a day that differs, an absence, tokens, another matrix."""
    admin = door.read(sessions, None, find_actor, login="admin")
    days = [DayThatDiffers(date(2030, 12, 25), note="Christmas"), DayThatDiffers(date(2030, 12, 24), time(9), time(12))]
    hours = {0: [(time(9), time(13)), (time(14), time(18))]}
    today = datetime.now(UTC).date()
    for use_case, facts in (
        (save_team, {"code": "north", "name": "North *team*", "lead": "anna"}),
        (save_calendar, {"calendar": CalendarView("late", "Late", "Europe/Warsaw", hours, days)}),
        (add_absence, {"login": "boris", "first_day": today, "last_day": today}),
        (add_token, {"login": "anna", "name": "till", "scopes": ["order.view"], "days": 30}),
        (save_matrix, {"matrix": DEFAULTS, "note": "as it *was*"}),
    ):
        door.run(sessions, admin, use_case, **facts)
    return admin
