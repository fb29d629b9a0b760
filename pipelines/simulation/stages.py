"""The warehouse's and the carrier's part: from the gate to the customer's door, in their own working hours."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipelines.simulation.assortment import Assortment
from pipelines.simulation.clock import DAY, HOUR, NEVER, Flags, Floats, Horizon, Ints
from pipelines.simulation.demand import Wanted
from pipelines.simulation.team import Team
from pipelines.simulation.trouble import Trouble
from pipelines.simulation.words import CARRIERS

WAREHOUSES = 3
CARRIER_DAY = 12 * HOUR
_TRANSIT_DAYS = np.array([1.0, 1.4, 0.7, 2.2, 0.0])
_FREIGHT, PICKUP = 3, 4
_HEAVY_GRAMS = 22_000


class Way(NamedTuple):
    """Instants of an order's way; NEVER where it does not get there."""

    picked_from: Ints
    packed_at: Ints
    handed_at: Ints
    delivered_at: Ints


@dataclass(frozen=True)
class Pace:
    """Drawn once per order, in open seconds, so that a later gate gives the same stages later."""

    picking_wait: Floats
    packing: Floats
    collecting_wait: Floats
    transit: Floats
    carrier: Ints
    load: Floats
    """warehouse × day: how much busier than usual, breakdowns included."""
    strain: Floats
    """carrier × day: extra carrier days in disruptions."""

    def planned_days(self) -> Floats:
        """Carrier days a customer is told to expect."""
        return np.asarray(_TRANSIT_DAYS[self.carrier] + 1.0)

    @property
    def is_pickup(self) -> Flags:
        """Whether the customer collects."""
        return np.asarray(self.carrier == PICKUP)


def draw_pace(horizon: Horizon, goods: Assortment, wanted: Wanted, trouble: Trouble, rng: np.random.Generator) -> Pace:
    """Draw how long the warehouse and the carrier take for every order."""
    count = len(wanted)
    carrier = _choose_carriers(goods, wanted, rng)
    transit = _TRANSIT_DAYS[carrier] * rng.lognormal(0, 0.28, count) * CARRIER_DAY
    mishap = rng.random(count) < 0.025
    transit += np.where(mishap, rng.uniform(2, 6, count) * CARRIER_DAY, 0)
    collecting = rng.gamma(2, 1.5 * HOUR, count)
    longer = {stage: trouble.stretch(stage, wanted.day) for stage in ("confirm", "pick", "ship", "deliver")}
    return Pace(
        longer["confirm"] * rng.gamma(1.6, 2.2 * HOUR, count) + 300,
        longer["pick"] * rng.gamma(1.3, 2.6 * HOUR, count) + 300,
        longer["ship"] * np.where(carrier == PICKUP, rng.gamma(1.5, 10 * HOUR, count), collecting) + 300,
        longer["deliver"] * np.where(carrier == PICKUP, 60.0, transit + 1_800), carrier,
        _load(horizon, wanted, trouble, rng), _strain(horizon, trouble, rng),
    )  # fmt: skip


def follow(horizon: Horizon, team: Team, wanted: Wanted, pace: Pace, gate: Ints) -> Way:
    """Way of every order whose gate opens at ``gate``."""
    floor, road = team.clocks["demo-warehouse"], team.clocks["demo-carrier"]
    load = pace.load[wanted.warehouse, np.clip(horizon.day_of(gate), 0, horizon.days - 1)]
    picked = floor.add(gate, pace.picking_wait * load)
    packed = floor.add(picked, pace.packing * np.sqrt(load))
    handed = floor.add(packed, pace.collecting_wait)
    strain = pace.strain[pace.carrier, np.clip(horizon.day_of(handed), 0, horizon.days - 1)]
    return Way(picked, packed, handed, road.add(handed, pace.transit + strain * CARRIER_DAY))


def _choose_carriers(goods: Assortment, wanted: Wanted, rng: np.random.Generator) -> Ints:
    grams = np.bincount(
        wanted.line_order, weights=goods.grams[wanted.line_product] * wanted.line_quantity, minlength=len(wanted)
    )
    parcel = rng.choice(3, len(wanted), p=[0.5, 0.3, 0.2])
    carrier = np.where(grams > _HEAVY_GRAMS, _FREIGHT, parcel)
    collects = ~wanted.is_firm & (rng.random(len(wanted)) < 0.08)
    return np.where(collects, PICKUP, carrier).astype(np.int64)


def _load(horizon: Horizon, wanted: Wanted, trouble: Trouble, rng: np.random.Generator) -> Floats:
    """Yesterday's orders keep today's warehouse busy; a few times a year something breaks for some days."""
    cell = wanted.warehouse * horizon.days + wanted.day
    counts = np.bincount(cell, minlength=WAREHOUSES * horizon.days).reshape(WAREHOUSES, horizon.days)
    smooth = (counts + np.roll(counts, 1, axis=1)) / 2
    load: Floats = np.clip(smooth / np.maximum(smooth.mean(axis=1, keepdims=True), 1e-9), 0.6, 2.5) ** 1.2
    for warehouse in range(WAREHOUSES):
        for first in rng.integers(0, horizon.days, rng.poisson(3 * horizon.days / 365)):
            last = first + int(rng.integers(2, 5))
            load[warehouse, first : min(last, trouble.calm_from)] *= rng.uniform(3, 6)
    return load


def _strain(horizon: Horizon, trouble: Trouble, rng: np.random.Generator) -> Floats:
    strain = np.zeros((len(CARRIERS), horizon.days))
    for carrier in range(PICKUP):
        for first in rng.integers(0, horizon.days, rng.poisson(2 * horizon.days / 365)):
            last = first + int(rng.integers(3, 9))
            strain[carrier, first : min(last, trouble.calm_from)] += rng.uniform(0.8, 2.5)
    return strain


def end_of_day(horizon: Horizon, moments: Ints) -> Ints:
    """Last second of the day on which each instant falls."""
    return np.where(moments >= NEVER, NEVER, horizon.midnight(horizon.day_of(moments)) + DAY - 1)
