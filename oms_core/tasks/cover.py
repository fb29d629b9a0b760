"""Cover: no task that is due meanwhile waits for somebody who is away or has left."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires

# Whether a day has begun, and when the person is back, is asked of the calendar they work by.
_IS_AWAY = """EXISTS (
    SELECT FROM absences a LEFT JOIN work_calendars c ON c.id = {user}.calendar_id
    WHERE a.user_id = {user}.id
      AND (CAST(:now AS timestamptz) AT TIME ZONE coalesce(c.time_zone, 'UTC'))::date BETWEEN a.first_day AND a.last_day
      AND {also})"""
_BEFORE_BACK = "t.due_at < (a.last_day + 1)::timestamp AT TIME ZONE coalesce(c.time_zone, 'UTC')"
_UNCOVERED = text(f"""
SELECT t.id, CASE WHEN m.is_active AND NOT {_IS_AWAY.format(user="m", also="true")} THEN m.login END AS taker
FROM tasks t
JOIN users u ON u.id = t.assignee_id
LEFT JOIN orders o ON o.id = t.order_id
LEFT JOIN users m ON m.id = o.manager_id AND m.id <> u.id
WHERE t.done_at IS NULL AND (NOT u.is_active OR {_IS_AWAY.format(user="u", also=_BEFORE_BACK)})
ORDER BY t.id
LIMIT :limit
""")


@requires(Permission.ORDER_ASSIGN)
def list_uncovered_tasks(session: Session, *, now: datetime, limit: int = 200) -> list[tuple[int, str | None]]:
    """Open tasks, by id, that are due before their assignee is back, or whose assignee has left, and who takes each.

    That is the manager of its order where they are here, else nobody: then anybody does.
    """
    return [(row.id, row.taker) for row in session.execute(_UNCOVERED, {"now": now, "limit": limit})]
