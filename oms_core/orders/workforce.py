"""The workforce: who works on orders, in which hours, and what open work each has."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires
from oms_core.workflow.business_time import Calendar
from oms_core.workflow.calendars import load_calendar


@dataclass(frozen=True, slots=True)
class Worker:
    """Who answers for orders: hours, absences (first and last day), and which of ``status:order type`` they move.

    ``share`` is how much of the work that is dealt out they take, in percent.
    """

    login: str
    name: str
    share: int
    calendar: Calendar
    absences: tuple[tuple[date, date], ...]
    may_move: frozenset[str]


@dataclass(frozen=True, slots=True)
class OpenWork:
    """An open order as work of its owner, in its status since ``entered_at``.

    ``is_own_customer``: they look after this customer anyway.
    """

    number: str
    version: int
    owner: str | None
    status: str
    status_group: str
    order_type: str
    lines: int
    due_at: datetime | None
    is_held: bool
    is_own_customer: bool
    entered_at: datetime | None = None

    @property
    def kind(self) -> str:
        """What one must be allowed to move, as ``Worker.may_move`` names it."""
        return f"{self.status}:{self.order_type}"


_WORKERS = text("""
SELECT u.id, u.login, u.name, u.share,
       coalesce(u.calendar_id, (SELECT id FROM work_calendars ORDER BY id LIMIT 1)) AS calendar_id
FROM users u
WHERE u.is_active AND u.login <> 'system' AND (
    EXISTS (SELECT FROM user_roles m WHERE m.user_id = u.id AND m.role = 'manager')
    OR EXISTS (SELECT FROM orders o WHERE o.manager_id = u.id AND o.closed_at IS NULL))
ORDER BY u.login
""")
_ABSENCES = text(
    "SELECT user_id, first_day, last_day FROM absences WHERE last_day >= CAST(:since AS date) ORDER BY 1, 2"
)
_MOVES = text("""
SELECT DISTINCT m.user_id, t.from_status, o.code AS order_type
FROM transitions t
JOIN user_roles m ON m.role = ANY (t.roles)
JOIN order_types o ON t.order_types IS NULL OR o.code = ANY (t.order_types)
""")
_OPEN = text("""
SELECT o.number, o.version, u.login AS owner, o.status, s.group_code AS status_group, o.type AS order_type,
       (SELECT count(*) FROM order_lines l WHERE l.order_id = o.id) AS lines, o.promised_at AS due_at,
       EXISTS (SELECT FROM order_holds h WHERE h.order_id = o.id AND h.closed_at IS NULL) AS is_held,
       coalesce(c.manager_id = o.manager_id, false) AS is_own_customer, i.entered_at
FROM orders o
JOIN statuses s ON s.code = o.status
JOIN customers c ON c.id = o.customer_id
LEFT JOIN users u ON u.id = o.manager_id
LEFT JOIN status_intervals i ON i.order_id = o.id AND i.left_at IS NULL
WHERE o.closed_at IS NULL AND NOT o.is_test
ORDER BY o.promised_at NULLS LAST, o.id
""")


@requires(Permission.ANALYTICS_VIEW)
def list_workers(session: Session, *, now: datetime) -> list[Worker]:
    """Managers, and whoever else has open orders, by login; who has no calendar works by the shop's first."""
    absences: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for user_id, first, last in session.execute(_ABSENCES, {"since": now.date()}):
        absences[user_id].append((first, last))
    moves: dict[int, set[str]] = defaultdict(set)
    for row in session.execute(_MOVES):
        moves[row.user_id].add(f"{row.from_status}:{row.order_type}")
    rows = session.execute(_WORKERS).all()
    calendars = {found: load_calendar(session, found) for found in {row.calendar_id for row in rows}}
    return [
        Worker(
            row.login, row.name, row.share, calendars[row.calendar_id], tuple(absences[row.id]),
            frozenset(moves[row.id]),
        )
        for row in rows
    ]  # fmt: skip


@requires(Permission.ANALYTICS_VIEW)
def list_open_work(session: Session) -> list[OpenWork]:
    """Every open order but tests, the one promised soonest first."""
    return [OpenWork(*row) for row in session.execute(_OPEN)]
