"""A warehouse world for the trial of buying policies: what customers want is known, what suppliers promise is not kept.

Demand is that of the simulated shop, as if everything were in stock, with its seasons, promotions, launches and lumpy
products. A sale that finds no stock is lost and leaves only an empty shelf behind. Suppliers come late as they do in
the simulated shop, some orders never come; the same order on the same day has the same fate under every policy.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from pipelines.simulation.assortment import Assortment, make_assortment
from pipelines.simulation.buying import REVIEW_DAYS
from pipelines.simulation.clock import Flags, Floats, Horizon, Ints, make_horizon
from pipelines.simulation.customers import make_customers
from pipelines.simulation.demand import usual_daily, want
from pipelines.simulation.stages import WAREHOUSES
from pipelines.simulation.team import MANAGERS, make_team

LAST_DAY = date(2026, 6, 28)  # a Sunday
_CUSTOMERS = 4_000
_FAILS = 0.025
_HEARD_AFTER = 5
_LAUNCH_DAYS = 35


class Bought(NamedTuple):
    """Units of a cell on their way; ``arrives`` is the day we hear of them, good news or bad."""

    cell: int
    quantity: int
    ordered: int
    arrives: int
    is_failed: bool


@dataclass(frozen=True)
class World:
    """What is given to every policy alike; a cell is a product in a warehouse."""

    horizon: Horizon
    goods: Assortment
    demand: Ints
    """Units wanted, day × cell."""
    product: Ints
    supplier: Ints
    stated_days: Ints
    pack: Ints
    minimum: Ints
    review_weekday: Ints
    is_dock_open: Flags
    usual: Floats
    seed: int

    def lead_time(self, supplier: int, warehouse: int, day: int, stated: float) -> tuple[int, bool]:
        """Days until an order of that day arrives or is known to have failed, and whether it has failed."""
        chance = np.random.default_rng([self.seed, supplier, warehouse, day])
        terms = self.goods.suppliers
        days = stated * terms.slip[supplier] * np.exp(terms.spread[supplier] * chance.normal())
        is_failed = bool(chance.random() < _FAILS)
        arrives = day + (round(stated) + _HEARD_AFTER if is_failed else max(1, round(float(days))))
        while arrives < len(self.is_dock_open) and not self.is_dock_open[arrives]:
            arrives += 1
        return arrives, is_failed


def make_world(*, days: int, orders_per_day: float, seed: int) -> World:
    """Draw the assortment, its suppliers and everything customers will want."""
    horizon = make_horizon(LAST_DAY, days, "Europe/Warsaw")
    streams = [np.random.default_rng([seed, place]) for place in range(4)]
    team, goods = make_team(horizon, streams[0]), make_assortment(horizon, streams[1])
    customers = make_customers(_CUSTOMERS, len(MANAGERS), streams[2])
    wanted = want(horizon, team, goods, customers, orders_per_day=orders_per_day, rng=streams[3])
    cells = np.arange(len(goods.skus) * WAREHOUSES)
    product = cells // WAREHOUSES
    demand = np.zeros((days, len(cells)), dtype=np.int64)
    cell = wanted.line_product * WAREHOUSES + wanted.warehouse[wanted.line_order]
    np.add.at(demand, (wanted.stock_day[wanted.line_order], cell), wanted.line_quantity)
    dates = [horizon.date_of(day) for day in range(days)]
    return World(
        horizon, goods, demand, product, goods.supplier[product], goods.lead_days[product], goods.pack[product],
        goods.minimum[product], goods.suppliers.review_weekday[goods.supplier[product]],
        np.array([one.weekday() < 6 and one not in team.holidays for one in dates]),
        usual_daily(horizon, goods, wanted), seed,
    )  # fmt: skip


@dataclass
class Shelves:
    """The stock under one policy, and what the shop can know of the past: sales, empty shelves, receipts."""

    world: World
    on_hand: Ints
    on_order: Ints
    sold: Ints
    """Units sold, day × cell; days to come are zero."""
    was_empty: Flags
    """Whether the shelf was empty when the day ended, day × cell."""
    coming: defaultdict[int, list[Bought]] = field(default_factory=lambda: defaultdict(list))
    received: list[Bought] = field(default_factory=list)

    @classmethod
    def stocked(cls, world: World, cover_days: float) -> "Shelves":
        """Shelves of a shop that opens with so many days of the usual demand beyond the lead time."""
        begins = world.goods.launch_day[world.product] == 0
        opening = np.ceil(world.usual * (world.stated_days + cover_days)) * begins
        none = np.zeros_like(world.demand)
        return cls(world, opening.astype(np.int64), np.zeros_like(world.product), none, none.astype(bool))

    def copy(self) -> "Shelves":
        """The same shelves, to go on by another policy."""
        coming = defaultdict(list, {day: list(lines) for day, lines in self.coming.items()})
        return Shelves(
            self.world, self.on_hand.copy(), self.on_order.copy(), self.sold.copy(), self.was_empty.copy(), coming,
            list(self.received),
        )  # fmt: skip

    @property
    def position(self) -> Ints:
        """Units on the shelf and on their way."""
        return self.on_hand + self.on_order

    def live(self, day: int, order: Callable[["Shelves", int], Floats]) -> None:
        """One day: goods come in, customers buy, and in the evening ``order`` says how many units each cell wants."""
        for one in self.coming.pop(day, []):
            self.on_order[one.cell] -= one.quantity
            if not one.is_failed:
                self.on_hand[one.cell] += one.quantity
                self.received.append(one)
        self.sold[day] = np.minimum(self.world.demand[day], self.on_hand)
        self.on_hand -= self.sold[day]
        self.was_empty[day] = self.on_hand == 0
        self._buy(day, self._wanted(day, order))

    def _wanted(self, day: int, order: Callable[["Shelves", int], Floats]) -> Floats:
        """What is bought today: by the policy on the supplier's day, and alike under all for a launch."""
        world = self.world
        launch, last = world.goods.launch_day[world.product], world.goods.last_day[world.product]
        is_launch = (launch > 0) & (np.maximum(launch - world.stated_days * 3 // 2 - 4, 0) == day)
        weekday = (world.horizon.first_day + timedelta(days=day)).weekday()
        is_due = (world.review_weekday == weekday) & (launch <= day) & (day < last - world.stated_days - REVIEW_DAYS)
        wanted = np.where(is_due, order(self, day), 0.0) if is_due.any() else np.zeros(len(world.product))
        return np.where(is_launch, np.ceil(world.usual * _LAUNCH_DAYS) + 1, wanted)

    def _buy(self, day: int, wanted: Floats) -> None:
        world = self.world
        packs = np.ceil(np.maximum(wanted, world.minimum) / world.pack).astype(np.int64)
        quantity = np.where(wanted > 0, packs * world.pack, 0)
        fates: dict[tuple[int, int], tuple[int, bool]] = {}
        for cell in np.flatnonzero(quantity):
            key = int(world.supplier[cell]), int(cell) % WAREHOUSES
            if key not in fates:
                stated = float(world.goods.suppliers.stated_days[key[0]])
                fates[key] = world.lead_time(*key, day, stated)
            arrives, is_failed = fates[key]
            self.coming[arrives].append(Bought(int(cell), int(quantity[cell]), day, arrives, is_failed))
        self.on_order += quantity
