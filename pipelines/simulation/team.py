"""The people of the demo shop: managers with shifts, speeds and absences, and one user of every other role."""

from dataclasses import dataclass
from datetime import date, time
from typing import NamedTuple

import numpy as np

from oms_core.access.models import Role
from pipelines.simulation.clock import Clock, Flags, Horizon, Hours, make_clock
from pipelines.simulation.holidays import public_holidays


class Person(NamedTuple):
    """A user of the shop; ``pace`` is the time a manager takes against the average, ``share`` of new orders."""

    login: str
    name: str
    role: Role
    calendar: str = "demo"
    pace: float = 1.0
    share: float = 1.0


class Leave(NamedTuple):
    """Days a manager is away; nobody knew of sick days beforehand."""

    manager: int
    first_day: int
    last_day: int
    kind: str


MANAGERS = (
    Person("anna", "Anna Zielińska", Role.MANAGER, "demo", 0.80, 1.2),
    Person("boris", "Boris Kovalenko", Role.MANAGER, "demo", 1.30, 1.0),
    Person("clara", "Clara Becker", Role.MANAGER, "demo-early", 0.90, 1.1),
    Person("david", "David Moreau", Role.MANAGER, "demo", 1.00, 1.0),
    Person("elena", "Elena García", Role.MANAGER, "demo-late", 0.95, 1.0),
    Person("farid", "Farid Demir", Role.MANAGER, "demo-weekend", 1.10, 1.0),
    Person("greta", "Greta Lindqvist", Role.MANAGER, "demo-early", 0.75, 1.2),
    Person("hugo", "Hugo Mazur", Role.MANAGER, "demo-late", 1.55, 0.8),
)
OTHERS = (
    Person("lena", "Lena Wiśniewska", Role.LEAD),
    Person("pavel", "Pavel Novák", Role.BUYER),
    Person("wanda", "Wanda Kozłowska", Role.WAREHOUSE, "demo-warehouse"),
    Person("witold", "Witold Krawczyk", Role.WAREHOUSE, "demo-warehouse"),
    Person("walter", "Walter Hoffmann", Role.WAREHOUSE, "demo-warehouse"),
    Person("kamil", "Kamil Woźniak", Role.COURIER, "demo-carrier"),
    Person("ewa", "Ewa Dąbrowska", Role.EXECUTIVE),
)
LEAD, BUYER, WAREHOUSE_STAFF, COURIER = "lena", "pavel", ("wanda", "witold", "walter"), "kamil"


def _week(days: range, opens: int, closes: int) -> Hours:
    return {day: ((time(opens), time(closes)),) for day in days}


CALENDARS: dict[str, tuple[str, Hours]] = {
    "demo": ("Weekdays 9–18", _week(range(5), 9, 18)),
    "demo-early": ("Weekdays 7–15", _week(range(5), 7, 15)),
    "demo-late": ("Weekdays 11–19", _week(range(5), 11, 19)),
    "demo-weekend": ("Wednesday to Sunday 9–17", _week(range(2, 7), 9, 17)),
    "demo-warehouse": ("Weekdays 6–20, Saturday 6–14", {**_week(range(5), 6, 20), **_week(range(5, 6), 6, 14)}),
    "demo-carrier": ("Monday to Saturday 8–20", _week(range(6), 8, 20)),
}


@dataclass(frozen=True)
class Team:
    """Calendars as clocks, and the managers' leave."""

    holidays: dict[date, str]
    clocks: dict[str, Clock]
    manager_clocks: tuple[Clock, ...]
    leave: tuple[Leave, ...]
    is_on_leave: Flags
    """manager × day: away, and known before."""
    is_sick: Flags
    """manager × day: away, and not known before the day."""


def make_team(horizon: Horizon, rng: np.random.Generator) -> Team:
    """Draw the leave of two summers and sick days; lay out every calendar."""
    last_year = horizon.date_of(horizon.known_days[-1]).year
    holidays = public_holidays(horizon.date_of(horizon.known_days[0]).year, last_year)
    closed = frozenset(holidays)
    clocks = {code: make_clock(horizon, hours, closed) for code, (_, hours) in CALENDARS.items()}
    leave = _draw_leave(horizon, rng)
    is_on_leave = np.zeros((len(MANAGERS), horizon.days), dtype=np.bool_)
    is_sick = np.zeros_like(is_on_leave)
    for one in leave:
        (is_sick if one.kind == "sick" else is_on_leave)[one.manager, max(one.first_day, 0) : one.last_day + 1] = True
    own = tuple(_own_clock(horizon, person, place, leave, closed) for place, person in enumerate(MANAGERS))
    return Team(holidays, clocks, own, leave, is_on_leave, is_sick)


def _draw_leave(horizon: Horizon, rng: np.random.Generator) -> tuple[Leave, ...]:
    found: list[Leave] = []
    for manager in range(len(MANAGERS)):
        taken = np.zeros(horizon.days + 30, dtype=np.bool_)
        holidays = rng.poisson(2.2 * horizon.days / 365)
        illnesses = rng.poisson(2.0 * horizon.days / 365)
        for kind, count, longest in (("leave", holidays, 12), ("sick", illnesses, 4)):
            for first in rng.integers(0, horizon.days, count):
                last = int(first) + int(rng.integers(longest // 2, longest + 1)) - 1
                if not taken[first : last + 1].any():
                    taken[first : last + 1] = True
                    found.append(Leave(manager, int(first), last, kind))
    return tuple(found)


def _own_clock(
    horizon: Horizon, person: Person, place: int, leave: tuple[Leave, ...], closed: frozenset[date]
) -> Clock:
    away = {horizon.date_of(day) for one in leave if one.manager == place for day in range(one[1], one[2] + 1)}
    return make_clock(horizon, CALENDARS[person.calendar][1], closed | away)
