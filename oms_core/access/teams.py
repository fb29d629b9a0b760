"""Teams: people who work together and who leads them."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from oms_core.access.actors import Actor
from oms_core.access.models import Team, User
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid

_CODE_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team; ``lead`` is a login, ``members`` counts active people."""

    code: str
    name: str
    lead: str | None
    lead_name: str | None
    members: int
    is_active: bool


@requires(Permission.PEOPLE_VIEW)
def list_teams(session: Session) -> list[TeamView]:
    """Teams by name, those no longer in use last."""
    lead, member = aliased(User), aliased(User)
    members = select(func.count()).where(member.team_id == Team.id, member.is_active).scalar_subquery()
    rows = session.execute(
        select(Team.code, Team.name, lead.login, lead.name, members, Team.is_active)
        .outerjoin(lead, lead.id == Team.lead_id)
        .order_by(Team.is_active.desc(), Team.name)
    ).all()
    return [TeamView(*row) for row in rows]


@requires(Permission.PEOPLE_EDIT)
def save_team(
    session: Session,
    *,
    actor: Actor,  # noqa: ARG001 - as the door calls
    now: datetime,  # noqa: ARG001 - as the door calls
    code: str,
    name: str,
    lead: str | None = None,
    is_active: bool = True,
) -> None:
    """Add a team or change the one with this code; raises ``Invalid`` naming each field."""
    lead_id = None if lead is None else session.scalar(select(User.id).where(User.login == lead, User.is_active))
    faults = [
        {"field": field, "value": value, "message": message}
        for field, value, is_good, message in (
            ("code", code, _CODE_PATTERN.fullmatch(code), "must be 1 to 40 small letters, digits, - or _"),
            ("name", name, 0 < len(name.strip()) <= 100, "must have 1 to 100 characters"),
            ("lead", lead, lead is None or lead_id is not None, "is no active user"),
        )
        if not is_good
    ]
    if faults:
        raise Invalid("The team cannot be kept so.", code="invalid_team", rows=faults)
    team = session.scalars(select(Team).where(Team.code == code).with_for_update()).one_or_none()
    if team is None:
        team = Team(code=code)
        session.add(team)
    team.name, team.lead_id, team.is_active = name.strip(), lead_id, is_active
