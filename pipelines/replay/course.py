"""The course of every order again: each stay where it was, as long as its own work and waits, its queues anew. Pure.

A stay at a station that is a queue is its wait for a turn, its turn, and what is left over: waits for something
outside and whatever sets its work apart from the usual. What is left over is kept as it was, in the station's hours;
waits and turns are those of the changed station. So with nothing changed every stay is, to the second, what it was.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.replay.hours import Ints
from pipelines.replay.queues import queue_waits
from pipelines.replay.record import NEVER, Flags, Stays
from pipelines.replay.stations import Station, Stations, in_turn, places_by_stage, places_by_station

_MOST_ROUNDS = 60


@dataclass(frozen=True)
class Setting:
    """What is different for the stays.

    ``begins`` is the earliest instant at which work on a stay begins, ``stretch`` how many times as long its way
    takes, ``skipped`` marks waits for supply that are not needed.
    """

    station: npt.NDArray[np.str_]
    begins: Ints
    stretch: npt.NDArray[np.float64]
    skipped: Flags


@dataclass(frozen=True)
class Course:
    """When every stay began and ended, and how long it waited for its turn (seconds of the station's hours)."""

    entered: Ints
    left: Ints
    waited: Ints


@dataclass(frozen=True)
class Spent:
    """What the stays spent at their stations as it was, in the stations' hours: altogether, and beyond the queue."""

    stay: Ints
    rest: Ints
    waited: Ints
    is_known: Flags


def as_it_was(stays: Stays) -> Setting:
    """The setting in which nothing is different."""
    count = len(stays.row)
    return Setting(
        stays.station, np.full(count, -NEVER, dtype=np.int64), np.ones(count), np.zeros(count, dtype=np.bool_)
    )


def live_through(stays: Stays, before: Stations, after: Stations, setting: Setting) -> Course:
    """Let every stay follow the one before it until no instant moves any more.

    ``before`` are the stations as they were, from which what is left over is told, ``after`` as they are asked to be.
    """
    replay = _Replay(stays, before, after, setting, _spend(stays, before))
    entered, left, waited = stays.entered.copy(), stays.left.copy(), replay.spent.waited.copy()
    for _round in range(_MOST_ROUNDS):
        has_moved = False
        for stage, places in places_by_stage(stays):
            came = np.where(stays.before[places] >= 0, left[stays.before[places]], stays.entered[places])
            came = np.minimum(came, stays.order_ends[places])
            ends, waits = replay.pass_stage(stage, places, came)
            has_moved |= bool((ends != left[places]).any() or (came != entered[places]).any())
            entered[places], left[places], waited[places] = came, ends, waits
        if not has_moved:
            return Course(entered, left, waited)
    raise RuntimeError(f"Instants still move after {_MOST_ROUNDS} rounds.")


def _spend(stays: Stays, stations: Stations) -> Spent:
    count = len(stays.row)
    stay, rest, waited = (np.zeros(count, dtype=np.int64) for _ in range(3))
    is_known = np.zeros(count, dtype=np.bool_)
    for stage, places in places_by_stage(stays):
        for name, here in places_by_station(stays.station, places):
            if (station := stations.known.get((stage, name))) is None:
                continue
            closed = here[stays.left[here] < NEVER]
            stay[closed] = station.clock.worked(stays.left[closed]) - station.clock.worked(stays.entered[closed])
            waited[closed] = _wait(station, stays.entered[closed], stays.left[closed])
            rest[closed] = stay[closed] - waited[closed] - station.work
            is_known[closed] = True
    return Spent(stay, rest, waited, is_known)


def _wait(station: Station, came: Ints, left: Ints) -> Ints:
    """Seconds for which each waits for its turn; ``left``, as it was, decides between those that came together."""
    waits = np.zeros(len(came), dtype=np.int64)
    if station.work:
        turn = in_turn(came, left)
        waits[turn] = queue_waits(station.clock.worked(came[turn]), station.work)
    return waits


@dataclass(frozen=True)
class _Replay:
    stays: Stays
    before: Stations
    after: Stations
    setting: Setting
    spent: Spent

    def pass_stage(self, stage: str, places: Ints, came: Ints) -> tuple[Ints, Ints]:
        """Ends of the stays of a stage whose orders came when they are told to, and how long they waited."""
        stays = self.stays
        begun = np.maximum(came, self.setting.begins[places])
        ends = np.maximum(came, stays.left[places])  # what waits for something gets it when that came
        waits = np.zeros(len(places), dtype=np.int64)
        for name, all_here in places_by_station(self.setting.station, places):
            here = all_here[self.spent.is_known[all_here]]
            if (stage, name) in self.after.known and len(here):
                mine = np.searchsorted(places, here)
                ends[mine], waits[mine] = self._pass_station((stage, name), here, begun[mine])
        ends = np.where(self.setting.skipped[places], came, ends)
        ends = np.where(stays.was_cut_short[places], stays.left[places], ends)
        ends = np.minimum(ends, stays.order_ends[places])
        return np.where(stays.left[places] >= NEVER, NEVER, ends), waits

    def _pass_station(self, key: tuple[str, str], here: Ints, begun: Ints) -> tuple[Ints, Ints]:
        station, stays = self.after.known[key], self.stays
        waits = _wait(station, begun, stays.left[here])
        stay = self._stay(station, waits, here)
        reached = np.maximum(station.clock.moment(station.clock.worked(begun) + stay), begun)
        # Some things were done out of hours: what is as it was keeps its second.
        is_same = (begun == stays.entered[here]) & (stay == self.spent.stay[here])
        is_same &= self.setting.station[here] == stays.station[here]
        is_same &= station.clock is self.before.known[key].clock
        return np.where(is_same, stays.left[here], reached), waits

    def _stay(self, station: Station, waits: Ints, here: Ints) -> Ints:
        """Nothing takes less than its turn, unless it took less as it was."""
        spent = self.spent.stay[here]
        if not station.work:
            return np.round(spent * self.setting.stretch[here]).astype(np.int64)
        least = np.minimum(spent, station.work)
        return np.asarray(np.maximum(waits + station.work + self.spent.rest[here], least), dtype=np.int64)
