"""Hourly costs: what an hour of work costs, by team and from which day on; without one nothing is reckoned."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Team, User
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid, NotFound
from oms_core.steering.cost_models import HourlyCost

_LARGEST = Decimal(100_000)
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class HourlyCostView:
    """What an hour costs from ``first_day`` on; ``team`` is None for everybody whose team has no cost of its own."""

    team: str | None
    team_name: str | None
    first_day: date
    cost: Decimal
    currency: str
    set_by: str


@requires(Permission.PEOPLE_EDIT)
def set_hourly_cost(
    session: Session, *, actor: Actor, now: datetime, cost: Decimal, currency: str, first_day: date,
    team: str | None = None,
) -> None:  # fmt: skip
    """Set what an hour of a team costs from a day on; the same day again corrects it.

    Raises ``Invalid`` for a cost that is none, ``NotFound`` for an unknown team.
    """
    _require_sound(cost, currency)
    said = {"cost": cost, "currency": currency, "set_by_id": actor.id, "set_at": now}
    session.execute(
        insert(HourlyCost)
        .values(team_id=None if team is None else _team_id(session, team), first_day=first_day, **said)
        .on_conflict_do_update(constraint="uq_hourly_costs_team_id", set_=said)
    )


@requires(Permission.COST_VIEW)
def list_hourly_costs(session: Session) -> list[HourlyCostView]:
    """Every hourly cost that was set, those for everybody first, of each team the latest first."""
    query = (
        select(Team.code, Team.name, HourlyCost.first_day, HourlyCost.cost, HourlyCost.currency, User.name)
        .select_from(HourlyCost)
        .outerjoin(Team, Team.id == HourlyCost.team_id)
        .join(User, User.id == HourlyCost.set_by_id)
        .order_by(Team.code.nulls_first(), HourlyCost.first_day.desc())
    )
    return [HourlyCostView(*row) for row in session.execute(query)]


def _require_sound(cost: Decimal, currency: str) -> None:
    rows = []
    if not 0 < cost <= _LARGEST or cost != round(cost, 2):
        rows.append({"field": "cost", "value": str(cost), "message": "must be above 0, in cents"})
    if not _CURRENCY.fullmatch(currency):
        rows.append({"field": "currency", "value": currency[:10], "message": "must be three capital letters"})
    if rows:
        raise Invalid("What an hour costs cannot be kept so.", code="invalid_hourly_cost", rows=rows)


def _team_id(session: Session, code: str) -> int:
    found = session.scalar(select(Team.id).where(Team.code == code))
    if found is None:
        raise NotFound(f"There is no team '{code}'.", code="unknown_team", rows=[{"value": code}])
    return found
