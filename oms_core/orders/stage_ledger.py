"""The ledger of an order's stays: how long it was where, by the clock and in working hours, every coming back. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from oms_core.orders.card_views import HeldView, OrderCard, StayView
from oms_core.workflow.business_time import Calendar, business_seconds
from oms_core.workflow.models import Group


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in a status: the how manyth there (``visit``, from 1), and how long it took or has taken so far.

    ``business_seconds`` is None where no working hours are kept; ``held_seconds`` are those by the clock, of
    ``wall_seconds``, in which a hold was open.
    """

    status: str
    status_name: str
    group: Group
    visit: int
    entered_at: datetime
    left_at: datetime | None
    wall_seconds: int
    business_seconds: int | None
    held_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stage took altogether; ``visits`` is how often the order came into it from another."""

    visits: int
    wall_seconds: int
    business_seconds: int | None


def ledger_of(card: OrderCard, *, now: datetime) -> tuple[Stay, ...]:
    """Every stay in its order; that in which the order is ends now."""
    visits = Counter[str]()
    stays = []
    for stay in card.stays:
        visits[stay.status] += 1
        wall, business = _lengths(stay, card.surroundings.calendar, now)
        stays.append(
            Stay(
                stay.status, stay.status_name, stay.group, visits[stay.status], stay.entered_at, stay.left_at, wall,
                business, _held(stay, card.held, now),
            )
        )  # fmt: skip
    return tuple(stays)


def spent_by_stage(stays: Sequence[Stay]) -> dict[Group, Spent]:
    """Sum stays by stage, in the order in which the stages were first entered."""
    visits, walls, hours = Counter[Group](), Counter[Group](), dict[Group, int | None]()
    before: Group | None = None
    for stay in stays:
        visits[stay.group] += stay.group is not before
        walls[stay.group] += stay.wall_seconds
        so_far = hours.get(stay.group, 0)
        hours[stay.group] = (
            None if so_far is None or stay.business_seconds is None else so_far + stay.business_seconds
        )  # fmt: skip
        before = stay.group
    return {group: Spent(visits[group], walls[group], hours[group]) for group in hours}


def _lengths(stay: StayView, calendar: Calendar, now: datetime) -> tuple[int, int | None]:
    if stay.left_at is not None and stay.wall_seconds is not None:
        return stay.wall_seconds, stay.business_seconds
    until = stay.left_at or max(now, stay.entered_at)
    wall = int((until - stay.entered_at).total_seconds())
    return wall, business_seconds(stay.entered_at, until, calendar) if calendar.hours else None


def _held(stay: StayView, held: Sequence[HeldView], now: datetime) -> int:
    end = stay.left_at or now
    shared = (min(end, span.left_at or now) - max(stay.entered_at, span.began_at) for span in held)
    return int(sum(max(0.0, length.total_seconds()) for length in shared))
