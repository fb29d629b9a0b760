"""Assignees: to whom an order goes when nobody says it; who is away or moves no orders is left out."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

DEALT_OVER = timedelta(days=7)
"""How far back dealing by share looks at who was given how much."""

_IS_HERE = """
u.is_active AND u.login <> 'system' AND NOT EXISTS (
    SELECT FROM absences a LEFT JOIN work_calendars c ON c.id = u.calendar_id
    WHERE a.user_id = u.id
      AND (CAST(:now AS timestamptz) AT TIME ZONE coalesce(c.time_zone, 'UTC'))::date BETWEEN a.first_day AND a.last_day
)
"""
_MOVES_ORDERS = """EXISTS (
    SELECT FROM user_roles m JOIN role_permissions p ON p.role = m.role AND p.permission = 'order.move'
    WHERE m.user_id = u.id
)"""
_AMONG = """
(CAST(:team AS text) IS NULL OR t.code = :team)
AND (CAST(:role AS text) IS NULL OR EXISTS (SELECT FROM user_roles r WHERE r.user_id = u.id AND r.role = :role))
"""
_LEAST_LOADED = text(f"""
SELECT u.login
FROM users u
LEFT JOIN teams t ON t.id = u.team_id
LEFT JOIN orders o ON o.manager_id = u.id AND o.closed_at IS NULL AND o.id <> :order_id
WHERE {_IS_HERE} AND {_MOVES_ORDERS} AND {_AMONG}
GROUP BY u.id
ORDER BY count(o.id), u.login
LIMIT 1
""")
# By what each was given in the days on which they were there: who comes back from leave, or is new, gets their share
# from now on, and not all that the others had meanwhile.
_BY_SHARE = text(f"""
SELECT u.id, u.login
FROM users u
LEFT JOIN teams t ON t.id = u.team_id
CROSS JOIN LATERAL (
    SELECT count(*) AS orders FROM assignment_intervals i
    WHERE i.user_id = u.id AND i.assigned_at > :since AND i.order_id <> :order_id) dealt
CROSS JOIN LATERAL (
    SELECT count(*) AS days
    FROM generate_series(greatest(CAST(:since AS timestamptz), u.created_at), :now, interval '1 day') d (moment)
    WHERE NOT EXISTS (
        SELECT FROM absences a WHERE a.user_id = u.id AND d.moment::date BETWEEN a.first_day AND a.last_day)) there
WHERE {_IS_HERE} AND {_MOVES_ORDERS} AND {_AMONG} AND u.share > 0
ORDER BY dealt.orders / (u.share * greatest(there.days, 1)::numeric), u.share DESC, u.login
""")
_TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('oms.dealt'), CAST(:user_id AS integer))")
_CUSTOMERS_MANAGER = text(f"""
SELECT u.login
FROM orders o JOIN customers c ON c.id = o.customer_id
CROSS JOIN LATERAL (
    SELECT c.manager_id AS user_id, 0 AS place, NULL::timestamptz AS placed_at, 0::bigint AS id
    UNION ALL
    (SELECT before.manager_id, 1, before.placed_at, before.id FROM orders before
     WHERE before.customer_id = o.customer_id AND before.id <> o.id AND before.manager_id IS NOT NULL
     ORDER BY before.placed_at DESC, before.id DESC LIMIT 20)) known
JOIN users u ON u.id = known.user_id
WHERE o.id = :order_id AND {_IS_HERE} AND {_MOVES_ORDERS}
ORDER BY known.place, known.placed_at DESC, known.id DESC
LIMIT 1
""")
_HERE = text(f"SELECT EXISTS (SELECT FROM users u WHERE u.login = :login AND {_IS_HERE})")


def least_loaded(session: Session, *, order_id: int, role: str | None, team: str | None, now: datetime) -> str | None:
    """Login of who has the fewest open orders among those of the team who have the role; None when all are away."""
    facts = {"order_id": order_id, "role": role or None, "team": team or None, "now": now}
    login: str | None = session.scalar(_LEAST_LOADED, facts)
    return login


def dealt_by_share(session: Session, *, order_id: int, role: str | None, team: str | None, now: datetime) -> str | None:
    """Login of who was given the least of their share these days, of those who are here; None when all are away.

    Equal ones: the larger share first, then by login. Of two orders that are dealt at one moment, neither of which
    sees what the other is given, the second goes to the next person: nobody waits for anybody.
    """
    facts = {"order_id": order_id, "role": role or None, "team": team or None, "now": now, "since": now - DEALT_OVER}
    ranked = session.execute(_BY_SHARE, facts).all()
    for person in ranked:
        if session.scalar(_TAKE_TURN, {"user_id": person.id}):
            return str(person.login)
    return str(ranked[0].login) if ranked else None


def customers_manager(session: Session, *, order_id: int, now: datetime) -> str | None:
    """Login of who looks after the customer, else of who had their last other order, and is here; None for nobody."""
    login: str | None = session.scalar(_CUSTOMERS_MANAGER, {"order_id": order_id, "now": now})
    return login


def is_here(session: Session, *, login: str, now: datetime) -> bool:
    """Tell whether somebody works here and is not away today."""
    return bool(session.scalar(_HERE, {"login": login, "now": now}))
