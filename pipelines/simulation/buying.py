"""The buyer of the demo shop: a naive reorder point per product and warehouse, and suppliers who keep it or not."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pipelines.simulation.assortment import Assortment
from pipelines.simulation.clock import Flags, Floats, Horizon, Ints
from pipelines.simulation.stages import WAREHOUSES
from pipelines.simulation.team import Team

REVIEW_DAYS = 7
_COVER_DAYS = 14
_SAFETY = 1.4
_FAILS = 0.025
_RECENT_DAYS = 28
_LONG_MEMORY = 1 / 90
_LAUNCH_DAYS = 35


class BoughtLine(NamedTuple):
    """A line of a purchase order; ``cell`` is product × WAREHOUSES + warehouse."""

    order: int
    cell: int
    quantity: int
    expected_day: int


class PurchaseOrder(NamedTuple):
    """A purchase order of one supplier and warehouse; of one that fails we hear on the day it should have come."""

    supplier: int
    warehouse: int
    day: int
    arrival_day: int
    is_failed: bool


class Arrival(NamedTuple):
    """Units of a bought line coming in."""

    line: int
    quantity: int


@dataclass
class Purchases:
    """Everything bought; arrivals and failures by the day they happen."""

    orders: list[PurchaseOrder] = field(default_factory=list)
    lines: list[BoughtLine] = field(default_factory=list)
    arrivals: defaultdict[int, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    failures: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    open_lines: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Lines on order by cell, oldest first."""

    def expected_day(self, cell: int) -> int | None:
        """Day the next goods of a cell are expected by what the suppliers said."""
        return min((self.lines[line].expected_day for line in self.open_lines[cell]), default=None)

    def close(self, line: int) -> None:
        """Nothing more is expected of a line."""
        self.open_lines[self.lines[line].cell].remove(line)


class Buyer:
    """Reviews every supplier once a week, knowing only what was sold."""

    def __init__(
        self, horizon: Horizon, team: Team, goods: Assortment, usual_daily: Floats, rng: np.random.Generator
    ) -> None:
        self.purchases = Purchases()
        self._goods, self._rng, self._days = goods, rng, horizon.days
        cells = np.arange(len(goods.skus) * WAREHOUSES)
        self._product = cells // WAREHOUSES
        self._review = goods.suppliers.review_weekday[goods.supplier[self._product]]
        self._lead = goods.lead_days[self._product]
        self._recent = np.tile(usual_daily, (_RECENT_DAYS, 1))
        self._long: Floats = usual_daily.copy()
        self._usual = usual_daily
        self._weekday = [horizon.date_of(day).weekday() for day in horizon.known_days]
        closed = [horizon.date_of(day) in team.holidays for day in horizon.known_days]
        self._offset = -horizon.known_days.start
        self._is_dock_open = np.array([w < 6 and not c for w, c in zip(self._weekday, closed, strict=True)])

    def opening_stock(self) -> Ints:
        """Units on the shelf when the story begins; products launched later have none."""
        cover = (self._lead + REVIEW_DAYS + _COVER_DAYS) * self._rng.uniform(0.7, 1.3, len(self._lead))
        begins = self._goods.launch_day[self._product] == 0
        return np.where(begins, np.ceil(self._usual * cover), 0).astype(np.int64)

    def review(self, day: int, sold: Ints, position: Ints) -> list[int]:
        """Learn from the day's sales; order for the suppliers whose day it is; return the lines bought."""
        self._recent[day % _RECENT_DAYS] = sold
        self._long += _LONG_MEMORY * (sold - self._long)
        today = self._weekday[day + self._offset]
        mean = 0.6 * self._recent.mean(axis=0) + 0.4 * self._long
        point = mean * (self._lead + REVIEW_DAYS) * _SAFETY
        launch, last = self._goods.launch_day[self._product], self._goods.last_day[self._product]
        is_due = (self._review == today) & (position <= point) & (mean > 0)
        is_due &= (launch <= day) & (day < last - self._lead - _COVER_DAYS)
        need = np.ceil(point + mean * _COVER_DAYS - position)
        is_launch = (launch > 0) & (np.maximum(launch - self._lead * 3 // 2 - 4, 0) == day)
        need = np.where(is_launch, np.ceil(self._usual * _LAUNCH_DAYS) + 1, need)
        return self._order(day, (is_due & (need > 0)) | is_launch, need)

    def _order(self, day: int, wanted: Flags, need: Floats) -> list[int]:
        bought: list[int] = []
        cells = np.flatnonzero(wanted)
        supplier = self._goods.supplier[self._product[cells]]
        for group in np.unique(supplier * WAREHOUSES + cells % WAREHOUSES):
            mine = cells[supplier * WAREHOUSES + cells % WAREHOUSES == group]
            order = self._place(day, int(group) // WAREHOUSES, int(group) % WAREHOUSES, mine)
            bought += [self._add_line(order, int(cell), float(need[cell])) for cell in mine]
        return bought

    def _place(self, day: int, supplier: int, warehouse: int, cells: Ints) -> int:
        terms = self._goods.suppliers
        stated = float(self._lead[cells].mean())
        lead = stated * terms.slip[supplier] * np.exp(terms.spread[supplier] * self._rng.normal())
        failed = bool(self._rng.random() < _FAILS)
        arrival = self._working_day(day + (round(stated) + 5 if failed else max(1, round(float(lead)))))
        self.purchases.orders.append(PurchaseOrder(supplier, warehouse, day, arrival, failed))
        return len(self.purchases.orders) - 1

    def _add_line(self, order: int, cell: int, need: float) -> int:
        head, product = self.purchases.orders[order], self._product[cell]
        pack = int(self._goods.pack[product])
        quantity = max(int(self._goods.minimum[product]), int(np.ceil(need / pack)) * pack)
        expected = self._working_day(head.day + int(self._lead[cell]))
        line = len(self.purchases.lines)
        self.purchases.lines.append(BoughtLine(order, cell, quantity, expected))
        self.purchases.open_lines[cell].append(line)
        if head.is_failed:
            self.purchases.failures[head.arrival_day].append(line)
            return line
        first = quantity
        if quantity > 2 * pack and self._rng.random() < 0.07:  # some deliveries come in two parts
            first = quantity * 6 // 10
            later = self._working_day(head.arrival_day + int(self._rng.integers(3, 9)))
            self.purchases.arrivals[later].append(Arrival(line, quantity - first))
        self.purchases.arrivals[head.arrival_day].append(Arrival(line, first))
        return line

    def _working_day(self, day: int) -> int:
        while not self._is_dock_open[min(day + self._offset, len(self._is_dock_open) - 1)]:
            day += 1
        return day
