"""Absences: whole days on which people are away, and who decides in their place."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from oms_core.access.actors import Actor, load_actor, refuse_beyond, refuse_unless
from oms_core.access.models import Absence, Delegation, User
from oms_core.access.permissions import Permission, requires
from oms_core.access.users import lock_user
from oms_core.errors import Conflict, Invalid, NotFound


class AbsenceKind(StrEnum):
    """Why somebody is away."""

    LEAVE = "leave"
    SICK = "sick"
    TRAINING = "training"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """Whole days on which a person is away, both included."""

    id: int
    login: str
    name: str
    first_day: date
    last_day: date
    kind: str


@dataclass(frozen=True, slots=True)
class DelegationView:
    """Whole days on which ``delegate`` decides approvals in the place of ``login``."""

    id: int
    login: str
    delegate: str
    delegate_name: str
    first_day: date
    last_day: date


@requires(Permission.PEOPLE_VIEW)
def list_absences(session: Session, *, login: str | None = None, since: date | None = None) -> list[AbsenceView]:
    """Absences that end on ``since`` or later, the earliest first."""
    query = (
        select(Absence.id, User.login, User.name, Absence.first_day, Absence.last_day, Absence.kind)
        .join(User, User.id == Absence.user_id)
        .order_by(Absence.first_day, Absence.id)
    )
    if login is not None:
        query = query.where(User.login == login)
    if since is not None:
        query = query.where(Absence.last_day >= since)
    return [AbsenceView(*row) for row in session.execute(query).all()]


@requires(Permission.PEOPLE_EDIT)
def add_absence(
    session: Session,
    *,
    actor: Actor,  # noqa: ARG001 - as the door calls
    now: datetime,  # noqa: ARG001 - as the door calls
    login: str,
    first_day: date,
    last_day: date,
    kind: str = AbsenceKind.LEAVE,
) -> int:
    """Mark a person absent on these whole days; raises ``Conflict`` (``absence_overlaps``) where they are away already.

    What they have open is given away by ``orders.absence_cover``.
    """
    if kind not in set(AbsenceKind):
        raise _bad_period("kind", kind, "is no kind of absence")
    _refuse_turned_round(first_day, last_day)
    user = lock_user(session, login)
    overlap = session.scalars(
        select(Absence).where(Absence.user_id == user.id, Absence.first_day <= last_day, Absence.last_day >= first_day)
    ).first()
    if overlap is not None:
        raise Conflict(
            f"'{login}' is away from {overlap.first_day} to {overlap.last_day} already.",
            code="absence_overlaps",
            rows=[{"login": login, "first_day": str(overlap.first_day), "last_day": str(overlap.last_day)}],
        )
    absence = Absence(user_id=user.id, first_day=first_day, last_day=last_day, kind=kind)
    session.add(absence)
    session.flush()
    return absence.id


@requires(Permission.PEOPLE_EDIT)
def remove_absence(session: Session, *, actor: Actor, now: datetime, absence_id: int) -> None:  # noqa: ARG001 - as the door calls
    """Take an absence back."""
    absence = session.get(Absence, absence_id)
    if absence is None:
        raise NotFound("There is no such absence.", code="unknown_absence", rows=[{"absence": absence_id}])
    session.delete(absence)


@requires(None)
def list_delegations(session: Session, *, actor: Actor, login: str | None = None) -> list[DelegationView]:
    """Who stands in for the actor, or for ``login`` where the actor may see people; the latest first."""
    whose = login or actor.login
    if whose != actor.login:
        refuse_unless(actor, Permission.PEOPLE_VIEW)
    delegate = aliased(User)
    query = (
        select(Delegation.id, User.login, delegate.login, delegate.name, Delegation.first_day, Delegation.last_day)
        .join(User, User.id == Delegation.user_id)
        .join(delegate, delegate.id == Delegation.delegate_id)
        .where(User.login == whose)
        .order_by(Delegation.first_day.desc(), Delegation.id.desc())
    )
    return [DelegationView(*row) for row in session.execute(query).all()]


@requires(None)
def add_delegation(
    session: Session,
    *,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as the door calls
    login: str,
    delegate: str,
    first_day: date,
    last_day: date,
) -> int:
    """Let ``delegate`` decide approvals in the place of the actor, or of anybody where the actor may edit people.

    Raises ``Forbidden`` (``beyond_own``) for a person who may do more than the actor.
    """
    if login != actor.login:
        refuse_unless(actor, Permission.PEOPLE_EDIT)
    _refuse_turned_round(first_day, last_day)
    user = lock_user(session, login)
    if user.id != actor.id:  # who stands in decides as they could: nobody gives away more than they have
        refuse_beyond(actor, load_actor(session, user_id=user.id, login=login).permissions)
    delegate_id = session.scalar(select(User.id).where(User.login == delegate, User.is_active))
    if delegate_id is None or delegate_id == user.id:
        raise _bad_period("delegate", delegate, "must be another active user")
    taken = select(Delegation.id).where(
        Delegation.user_id == user.id, Delegation.first_day <= last_day, Delegation.last_day >= first_day
    )
    if session.scalars(taken).first() is not None:
        rows = [{"login": login, "first_day": str(first_day), "last_day": str(last_day)}]
        raise Conflict("Somebody stands in on these days already.", code="delegation_overlaps", rows=rows)
    delegation = Delegation(user_id=user.id, delegate_id=delegate_id, first_day=first_day, last_day=last_day)
    session.add(delegation)
    session.flush()
    return delegation.id


@requires(None)
def remove_delegation(session: Session, *, actor: Actor, now: datetime, delegation_id: int) -> None:  # noqa: ARG001 - as the door calls
    """Take a delegation back: one's own, or anybody's for who may edit people."""
    delegation = session.get(Delegation, delegation_id)
    if delegation is None or (delegation.user_id != actor.id and not actor.may(Permission.PEOPLE_EDIT)):
        raise NotFound("There is no such delegation.", code="unknown_delegation", rows=[{"delegation": delegation_id}])
    session.delete(delegation)


def _refuse_turned_round(first_day: date, last_day: date) -> None:
    if last_day < first_day:
        raise _bad_period("last_day", str(last_day), "must not be before the first day")


def _bad_period(field: str, value: str, message: str) -> Invalid:
    rows = [{"field": field, "value": value, "message": message}]
    return Invalid(f"These days cannot be kept so: {field} {message}.", code="invalid_absence", rows=rows)
