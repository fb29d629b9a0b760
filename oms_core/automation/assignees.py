"""Assignees: to whom an order goes when nobody says it; who is away or moves no orders is left out."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_IS_HERE = """
u.is_active AND u.login <> 'system' AND EXISTS (
    SELECT FROM user_roles m JOIN role_permissions p ON p.role = m.role AND p.permission = 'order.move'
    WHERE m.user_id = u.id
) AND NOT EXISTS (
    SELECT FROM absences a LEFT JOIN work_calendars c ON c.id = u.calendar_id
    WHERE a.user_id = u.id
      AND (CAST(:now AS timestamptz) AT TIME ZONE coalesce(c.time_zone, 'UTC'))::date BETWEEN a.first_day AND a.last_day
)
"""
_LEAST_LOADED = text(f"""
SELECT u.login
FROM users u
LEFT JOIN teams t ON t.id = u.team_id
LEFT JOIN orders o ON o.manager_id = u.id AND o.closed_at IS NULL AND o.id <> :order_id
WHERE {_IS_HERE}
  AND (CAST(:team AS text) IS NULL OR t.code = :team)
  AND (CAST(:role AS text) IS NULL OR EXISTS (SELECT FROM user_roles r WHERE r.user_id = u.id AND r.role = :role))
GROUP BY u.id
ORDER BY count(o.id), u.login
LIMIT 1
""")
_CUSTOMERS_MANAGER = text(f"""
SELECT u.login
FROM orders o JOIN orders before ON before.customer_id = o.customer_id AND before.id <> o.id
JOIN users u ON u.id = before.manager_id
WHERE o.id = :order_id AND {_IS_HERE}
ORDER BY before.placed_at DESC, before.id DESC
LIMIT 1
""")


def least_loaded(session: Session, *, order_id: int, role: str | None, team: str | None, now: datetime) -> str | None:
    """Login of who has the fewest open orders among those of the team who have the role; None when all are away."""
    facts = {"order_id": order_id, "role": role or None, "team": team or None, "now": now}
    login: str | None = session.scalar(_LEAST_LOADED, facts)
    return login


def customers_manager(session: Session, *, order_id: int, now: datetime) -> str | None:
    """Login of who had the customer's last other order and is here; None where nobody had."""
    login: str | None = session.scalar(_CUSTOMERS_MANAGER, {"order_id": order_id, "now": now})
    return login
