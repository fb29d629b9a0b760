"""Targets: what a figure of a channel should come to in a month, a quarter or any span of days."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Role, Team, User
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Channel
from oms_core.errors import Conflict, Forbidden, Invalid, NotFound
from oms_core.steering.models import MetricTarget

MOST_LINES = 500
LARGEST = Decimal(10) ** 13
_CODE = re.compile(r"[a-z][a-z_]{0,39}")
_ALL = frozenset({Role.EXECUTIVE, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Aim:
    """One target as it is set; ``version`` is the one it was seen in, None where it is set whatever was there."""

    metric: str
    first_day: date
    after_day: date
    target: Decimal
    cut: str = ""
    part: str = ""
    version: int | None = None

    @property
    def key(self) -> tuple[str, str, str, date, date]:
        """What it is a target of."""
        return self.metric, self.cut, self.part, self.first_day, self.after_day


@dataclass(frozen=True, slots=True)
class TargetView:
    """A target that is set; ``set_by`` is a name."""

    id: int
    metric: str
    cut: str
    part: str
    first_day: date
    after_day: date
    target: Decimal
    version: int
    set_by: str
    set_at: datetime


def set_targets(session: Session, *, actor: Actor, now: datetime, channel: str, aims: Sequence[Aim]) -> int:
    """Set targets of a channel, all or none; returns how many.

    Who is neither executive nor administrator sets those of their own team and its people. Raises ``Invalid`` naming
    rows, ``Forbidden`` (``not_your_team``), ``NotFound`` and ``Conflict`` (``stale_version``).
    """
    _require_sound(aims)
    _require_reach(session, actor, aims)
    channel_id = session.scalar(select(Channel.id).where(Channel.code == channel))
    if channel_id is None:
        raise NotFound(f"There is no channel '{channel}'.", code="unknown_channel", rows=[{"value": channel}])
    present = {
        (one.metric, one.cut, one.part, one.first_day, one.after_day): one
        for one in session.scalars(
            select(MetricTarget)
            .where(MetricTarget.channel_id == channel_id, MetricTarget.metric.in_({aim.metric for aim in aims}))
            .order_by(MetricTarget.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    for aim in aims:
        _set(session, aim, present.get(aim.key), channel_id=channel_id, actor=actor, now=now)
    session.flush()
    return len(aims)


@requires(Permission.ANALYTICS_EDIT)
def remove_target(session: Session, *, actor: Actor, now: datetime, target_id: int, version: int) -> None:  # noqa: ARG001
    """Take a target back; raises ``NotFound``, ``Forbidden`` and ``Conflict`` (``stale_version``)."""
    found = session.get(MetricTarget, target_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("There is no such target.", code="unknown_target", rows=[{"id": target_id}])
    _require_version(found, version)
    _require_reach(session, actor, [Aim(found.metric, found.first_day, found.after_day, found.target,
                                        found.cut, found.part)])  # fmt: skip
    session.delete(found)


@requires(Permission.ANALYTICS_VIEW)
def list_targets(session: Session, *, channel: str, first_day: date, after_day: date) -> list[TargetView]:
    """Targets of a channel whose span meets these days, the latest and narrowest spans first."""
    query = (
        select(MetricTarget, User.name)
        .join(User, User.id == MetricTarget.set_by_id)
        .join(Channel, Channel.id == MetricTarget.channel_id)
        .where(Channel.code == channel, MetricTarget.first_day < after_day, MetricTarget.after_day > first_day)
        .order_by(
            MetricTarget.first_day.desc(), MetricTarget.after_day, MetricTarget.metric, MetricTarget.cut,
            MetricTarget.part,
        )
    )  # fmt: skip
    return [
        TargetView(one.id, one.metric, one.cut, one.part, one.first_day, one.after_day, one.target, one.version,
                   name, one.set_at)
        for one, name in session.execute(query).all()
    ]  # fmt: skip


@requires(Permission.ANALYTICS_VIEW)
def list_team_members(session: Session) -> dict[str, list[str]]:
    """Logins of the people of every team, by the team's code: whose figures together are the team's."""
    rows = session.execute(
        select(Team.code, User.login).join(User, User.team_id == Team.id).order_by(Team.code, User.login)
    ).all()
    members: dict[str, list[str]] = {}
    for team, login in rows:
        members.setdefault(team, []).append(login)
    return members


@requires(Permission.ANALYTICS_EDIT)
def find_reach(session: Session, *, actor: Actor) -> set[tuple[str, str]] | None:
    """The cuts and parts of which somebody sets targets: those of their teams; None for all."""
    return _parts_of_lead(session, actor)


def _require_sound(aims: Sequence[Aim]) -> None:
    """Raise ``Invalid`` (``invalid_targets``) naming each row at fault."""
    faults: list[dict[str, Any]] = []
    seen: set[tuple[str, str, str, date, date]] = set()
    for row, aim in enumerate(aims):
        if message := _fault(aim) or ("is given twice" if aim.key in seen else None):
            faults.append({"field": f"lines[{row}].target", "value": aim.metric, "message": message})
        seen.add(aim.key)
    if not 1 <= len(aims) <= MOST_LINES:
        faults.append({"field": "target", "message": f"must name 1 to {MOST_LINES}"})
    if faults:
        raise Invalid("The targets cannot be set so.", code="invalid_targets", rows=faults)


def _fault(aim: Aim) -> str | None:
    if not _CODE.fullmatch(aim.metric):
        return "is unknown"
    if bool(aim.cut) != bool(aim.part) or len(aim.cut) > 20 or len(aim.part) > 100 or "\0" in aim.part:
        return "needs a cut and a part of it, or neither"
    if not aim.first_day < aim.after_day or (aim.after_day - aim.first_day).days > 800:
        return "must end after it begins"
    if not aim.target.is_finite() or abs(aim.target) >= LARGEST:
        return "is no number that can be a target"
    return None


def _parts_of_lead(session: Session, actor: Actor) -> set[tuple[str, str]] | None:
    if actor.roles & _ALL:
        return None
    own = select(User.team_id).where(User.id == actor.id).scalar_subquery()
    teams = session.execute(select(Team.id, Team.code).where(or_(Team.lead_id == actor.id, Team.id == own))).all()
    logins = session.scalars(select(User.login).where(User.team_id.in_([team.id for team in teams])))
    return {("team", team.code) for team in teams} | {("manager", login) for login in logins}


def _require_reach(session: Session, actor: Actor, aims: Sequence[Aim]) -> None:
    reach = _parts_of_lead(session, actor)
    if reach is None:
        return
    rows = [{"field": aim.cut or "channel", "value": aim.part, "message": "is not of your team"}
            for aim in aims if (aim.cut, aim.part) not in reach]  # fmt: skip
    if rows:
        raise Forbidden("You set targets of your own team and its people only.", code="not_your_team", rows=rows)


def _set(
    session: Session, aim: Aim, present: MetricTarget | None, *, channel_id: int, actor: Actor, now: datetime
) -> None:
    if present is None:
        if aim.version:
            raise Conflict("Somebody removed this target meanwhile.", code="stale_version",
                           rows=[{"field": "version", "given": aim.version, "current": 0}])  # fmt: skip
        session.add(
            MetricTarget(
                channel_id=channel_id, metric=aim.metric, cut=aim.cut, part=aim.part, first_day=aim.first_day,
                after_day=aim.after_day, target=aim.target, set_by_id=actor.id, set_at=now,
            )
        )  # fmt: skip
        return
    if aim.version is not None:
        _require_version(present, aim.version)
    if present.target != aim.target:
        present.target, present.version = aim.target, present.version + 1
        present.set_by_id, present.set_at = actor.id, now


def _require_version(present: MetricTarget, version: int) -> None:
    if present.version != version:
        rows = [{"field": "version", "given": version, "current": present.version}]
        raise Conflict("Somebody set this target meanwhile.", code="stale_version", rows=rows)
