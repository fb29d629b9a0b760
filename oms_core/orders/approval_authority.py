"""Who may decide a request: by their own role, or in the place of somebody who gave them the right for these days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission
from oms_core.workflow.policy_terms import ApprovalTerms

# The days are those of the calendar of whoever is stood in for.
_STOOD_IN_FOR = text("""
SELECT u.id, u.name, array_agg(DISTINCT r.role::text) AS roles
FROM delegations d
JOIN users u ON u.id = d.user_id AND u.is_active
JOIN user_roles r ON r.user_id = u.id
LEFT JOIN work_calendars c ON c.id = u.calendar_id
WHERE d.delegate_id = :actor_id
  AND (CAST(:now AS timestamptz) AT TIME ZONE coalesce(c.time_zone, 'UTC'))::date BETWEEN d.first_day AND d.last_day
  AND EXISTS (
      SELECT FROM user_roles x JOIN role_permissions p ON p.role = x.role AND p.permission = 'order.approve'
      WHERE x.user_id = u.id)
GROUP BY u.id ORDER BY u.id
""")


@dataclass(frozen=True, slots=True)
class Authority:
    """Roles in which somebody decides; ``in_place_of_id`` is set where they are another's."""

    roles: frozenset[str]
    in_place_of_id: int | None = None
    in_place_of: str = ""


def authorities(session: Session, actor: Actor, *, now: datetime) -> list[Authority]:
    """List in which roles the actor decides today, their own first.

    A delegate needs no permission to approve of their own, but one to write at all: a token that only reads decides
    nothing.
    """
    found = []
    if actor.may(Permission.ORDER_APPROVE):
        found.append(Authority(frozenset(role.value for role in actor.roles)))
    if actor.may(Permission.ORDER_APPROVE) or actor.may(Permission.ORDER_COMMENT):
        rows = session.execute(_STOOD_IN_FOR, {"actor_id": actor.id, "now": now})
        found += [Authority(frozenset(row.roles), row.id, row.name) for row in rows]
    return found


def deciding_level(
    terms: ApprovalTerms, level: int, held: Sequence[Authority], *, requesters: Collection[int]
) -> tuple[int, Authority] | None:
    """The highest level from the present one on that one of these authorities decides at, and by which of them.

    In the place of whoever asked nobody decides.
    """
    for place in range(len(terms.levels) - 1, min(level, len(terms.levels) - 1) - 1, -1):
        for authority in held:
            if terms.levels[place].role in authority.roles and authority.in_place_of_id not in requesters:
                return place, authority
    return None
