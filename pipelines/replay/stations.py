"""Who or what works each stage, with hours and pace learnt from the stays that ended there. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.replay.changes import STAGES, WORKED, StageChange
from pipelines.replay.hours import Clock, Ints, StationHours, clock_of, learn_hours
from pipelines.replay.queues import learn_pace
from pipelines.replay.record import NEVER, Stays

_TOLD = 0.05
"""A stage whose queues explain less of how its stays differ is none: its waits are for something else."""
_TIMELESS = ("supply", "preorder")
"""Stages that end when something comes, whatever the hours."""


@dataclass(frozen=True)
class Station:
    """Hours of a station with their clock, the seconds an order keeps it (0: it is no queue), what that explains."""

    hours: StationHours
    clock: Clock
    work: int
    explained: float

    def changed(self, change: StageChange, time_zone: str) -> "Station":
        """The station with other hands and hours."""
        hours = self.hours.longer(change.hours) if change.hours else self.hours
        clock = clock_of(hours, time_zone) if change.hours else self.clock
        return replace(self, hours=hours, clock=clock, work=-(-self.work * 100 // change.capacity))


@dataclass(frozen=True)
class Stations:
    """Stations by stage and name, in the zone whose clock their hours are read off."""

    known: Mapping[tuple[str, str], Station]
    explained: Mapping[str, float]
    """By worked stage: how much of how its stays differ its queues explain (0 to 1)."""
    time_zone: str

    def changed(self, changes: Mapping[str, StageChange]) -> "Stations":
        """All stations, those of changed stages with other hands and hours."""
        differ = {stage: change for stage, change in changes.items() if not change.is_none}
        known = {
            (stage, name): one.changed(differ[stage], self.time_zone) if stage in differ else one
            for (stage, name), one in self.known.items()
        }
        return replace(self, known=known)

    def queues(self) -> list[str]:
        """Stages of which the record tells what another capacity would do."""
        return [stage for stage in WORKED if self.explained.get(stage, 0) >= _TOLD]


def learn_stations(stays: Stays, time_zone: str) -> Stations:
    """Learn every station from the stays that ended there."""
    found, counts = {}, {}
    for stage, places in places_by_stage(stays):
        if stage in _TIMELESS:
            continue
        for name, here in places_by_station(stays.station, places):
            ended = here[stays.left[here] < NEVER]
            if len(ended):
                found[stage, name] = _learn(stays, ended, time_zone)
                counts[stage, name] = len(ended)
    explained = {stage: _share(found, counts, stage) for stage in WORKED}
    known = {
        key: one if explained.get(key[0], 0) >= _TOLD else replace(one, work=0) for key, one in found.items()
    }  # fmt: skip
    return Stations(known, explained, time_zone)


def _learn(stays: Stays, ended: Ints, time_zone: str) -> Station:
    finished = pl.from_epoch(pl.Series(stays.left[ended]), time_unit="s").dt.replace_time_zone("UTC")
    hours = learn_hours(finished, time_zone)
    clock = clock_of(hours, time_zone)
    ended = ended[in_turn(stays.entered[ended], stays.left[ended])]
    pace = learn_pace(clock.worked(stays.entered[ended]), clock.worked(stays.left[ended]))
    return Station(hours, clock, pace.work, pace.explained)


def _share(found: Mapping[tuple[str, str], Station], counts: Mapping[tuple[str, str], int], stage: str) -> float:
    here = [(found[key].explained, count) for key, count in counts.items() if key[0] == stage]
    return sum(share * count for share, count in here) / max(1, sum(count for _, count in here))


def in_turn(arrived: Ints, finished: Ints) -> Ints:
    """Places in the order of arrival; of those that came together the one finished first is first."""
    return np.lexsort((finished, arrived))


def places_by_stage(stays: Stays) -> Iterator[tuple[str, Ints]]:
    """Stages on the way of an order, each with the places of its stays."""
    for stage in STAGES:
        places = np.flatnonzero(stays.stage == stage)
        if len(places):
            yield stage, places


def places_by_station(station: npt.NDArray[np.str_], places: Ints) -> Iterator[tuple[str, Ints]]:
    """Stations among the places of a stage, each with its own."""
    names, which = np.unique(station[places], return_inverse=True)
    order = np.argsort(which, kind="stable")
    edges = np.searchsorted(which[order], np.arange(len(names) + 1))
    for at, name in enumerate(names):
        yield str(name), places[order[edges[at] : edges[at + 1]]]
