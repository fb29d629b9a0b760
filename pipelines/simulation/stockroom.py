"""Lives through the days of the demo shop's stock: what is promised, what runs out, who waits and who gives up."""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipelines.simulation.assortment import Assortment
from pipelines.simulation.buying import REVIEW_DAYS, Arrival, Buyer
from pipelines.simulation.cancellations import CancelPlan, cause_number
from pipelines.simulation.clock import HOUR, NEVER, Flags, Horizon, Ints
from pipelines.simulation.demand import STOCK_DAY_STARTS, Wanted, usual_daily
from pipelines.simulation.shelf import NO_LINE, Received, Shelf, StockHistory, make_history
from pipelines.simulation.stages import WAREHOUSES
from pipelines.simulation.team import Team

_DOCK_OPENS_BEFORE = HOUR


class Returned(NamedTuple):
    """Goods that come back to the shelf: line, units and moment by order; NEVER where none do."""

    line: Ints
    quantity: Ints
    restocked_at: Ints


@dataclass(frozen=True)
class Temper:
    """How customers take a shortage, drawn ahead: an entry per line, the last two per order."""

    leaves: Flags
    takes_less: Flags
    patience_days: Ints
    accepts_parts: Flags
    drops_all: Flags


def draw_temper(wanted: Wanted, rng: np.random.Generator) -> Temper:
    """People leave sooner than firms."""
    lines, firm = len(wanted.line_order), wanted.is_firm[wanted.line_order]
    draw = rng.random(lines)
    leaves = draw < np.where(firm, 0.22, 0.50)
    patience = np.where(firm, rng.gamma(3, 11, lines), rng.gamma(2.2, 6, lines)) + 1
    return Temper(
        leaves, ~leaves & (draw > np.where(firm, 0.9, 0.82)), patience.astype(np.int64),
        rng.random(len(wanted)) < np.where(wanted.is_firm, 0.65, 0.35), rng.random(len(wanted)) < 0.55,
    )  # fmt: skip


class StockRoom:
    """Day by day: releases and receipts first, waiting lines before new orders, then the buyer's review."""

    def __init__(
        self, horizon: Horizon, team: Team, goods: Assortment, wanted: Wanted, *, plan: CancelPlan, temper: Temper,
        picked_from: Ints, returned: Returned, rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self._horizon, self._wanted, self._plan, self._temper, self._rng = horizon, wanted, plan, temper, rng
        self._picked_from, self._returned, self._goods = picked_from, returned, goods
        self._office_open = [
            (today := horizon.date_of(day)).weekday() < 5 and today not in team.holidays for day in range(horizon.days)
        ]
        cell = wanted.line_product * WAREHOUSES + wanted.warehouse[wanted.line_order]
        cells = len(goods.skus) * WAREHOUSES
        self._buyer = Buyer(horizon, team, goods, usual_daily(horizon, goods, wanted), rng)
        self.history = make_history(wanted, self._buyer.opening_stock(), self._buyer.purchases)
        self._shelf = Shelf(wanted, cell, self.history)
        self._on_order = np.zeros(cells, dtype=np.int64)
        self._unreceived: dict[int, int] = {}
        self._failed_day = np.full(cells, -1, dtype=np.int64)
        self._plan_day, self._line_plan_day, self._return_day = (
            np.where(moments >= NEVER, horizon.days, horizon.day_of(moments - STOCK_DAY_STARTS))
            for moments in (plan.cancelled_at, plan.line_cancelled_at, returned.restocked_at)
        )
        self._release: defaultdict[int, list[int]] = defaultdict(list)
        self._restock: defaultdict[int, list[int]] = defaultdict(list)
        self._patience_ends: defaultdict[int, list[int]] = defaultdict(list)

    def run(self) -> StockHistory:
        """Live through every day."""
        edges = np.searchsorted(self._wanted.stock_day, np.arange(self._horizon.days + 1))
        for day in range(self._horizon.days):
            morning = int(self._horizon.midnight(day)) + STOCK_DAY_STARTS
            self._give_back(day, morning - _DOCK_OPENS_BEFORE - 300)
            self._hear_of_failures(day)
            self._receive(day, morning - _DOCK_OPENS_BEFORE)
            self._give_up(day, morning)
            sold = self._sell(day, int(edges[day]), int(edges[day + 1]))
            for line in self._buyer.review(day, sold, self._shelf.free + self._on_order - self._shelf.waiting):
                bought = self.history.purchases.lines[line]
                self._on_order[bought.cell] += bought.quantity
                self._unreceived[line] = bought.quantity
        return self.history

    def _give_back(self, day: int, moment: int) -> None:
        """What was cancelled or came back by yesterday is free today."""
        freed = {self._shelf.free_line(line) for line in self._release.pop(day, ())}
        for order in self._restock.pop(day, ()):
            cell = int(self._shelf.cell[self._returned.line[order]])
            self._shelf.free[cell] += self._returned.quantity[order]
            freed.add(cell)
        for cell in sorted(freed):
            self._shelf.free[cell] = self._shelf.serve(cell, int(self._shelf.free[cell]), moment, NO_LINE)

    def _hear_of_failures(self, day: int) -> None:
        purchases = self.history.purchases
        for line in purchases.failures.get(day, ()):
            bought = purchases.lines[line]
            self._on_order[bought.cell] -= bought.quantity
            self._failed_day[bought.cell] = day
            purchases.close(line)
            for waiting in self._shelf.waiting_lines(bought.cell):  # they are told, and most have had enough
                if self._rng.random() < 0.7:
                    self._patience_ends[day + int(self._rng.integers(0, 3))].append(waiting)

    def _receive(self, day: int, dock_opens: int) -> None:
        docked: dict[int, int] = {}
        for arrival in self.history.purchases.arrivals.get(day, ()):
            head = self.history.purchases.lines[arrival.line].order
            moment = docked.setdefault(head, dock_opens + int(self._rng.integers(0, 3_000)))
            self._take_in(arrival, moment)

    def _take_in(self, arrival: Arrival, moment: int) -> None:
        cell = self.history.purchases.lines[arrival.line].cell
        self.history.received.append(Received(arrival.line, arrival.quantity, moment))
        self._on_order[cell] -= arrival.quantity
        self._unreceived[arrival.line] -= arrival.quantity
        if not self._unreceived[arrival.line]:
            self.history.purchases.close(arrival.line)
        self._shelf.free[cell] += self._shelf.serve(cell, arrival.quantity, moment, arrival.line)

    def _give_up(self, day: int, morning: int) -> None:
        """Customers whose patience ends call in office hours, unless their order is cancelled today anyway."""
        tired = sorted(set(self._patience_ends.pop(day, ())))
        if not self._office_open[day]:
            self._patience_ends[day + 1] += tired
            return
        for line in tired:
            order = int(self._wanted.line_order[line])
            planned = self._plan_day[order] <= day and not self._plan.needs_stock[order]
            if self._shelf.missing[line] and not planned:
                self._cancel_waiting(line, order, day, morning + 2 * HOUR + int(self._rng.integers(0, 8 * HOUR)))

    def _cancel_waiting(self, line: int, order: int, day: int, moment: int) -> None:
        history, shelf = self.history, self._shelf
        cause = self._why_tired(line, day)
        lines = range(self._wanted.first_line[order], self._wanted.first_line[order + 1])
        has_goods = any(shelf.reserved[one] for one in lines)
        waits_for_more = shelf.lines_missing[order] > 1
        in_work = has_goods and self._temper.accepts_parts[order] and self._picked_from[order] < moment
        if not in_work and (self._temper.drops_all[order] or not (has_goods or waits_for_more)):
            history.cancelled_at[order], history.cause[order] = moment, cause
            for one in lines:
                shelf.stop_waiting(one)
            self._release[day + 1] += lines
            return
        history.line_cancelled_at[line], history.line_cause[line] = moment, cause
        history.line_cancelled[line] = shelf.missing[line]
        shelf.stop_waiting(line)
        if not shelf.lines_missing[order]:
            history.ready_at[order] = moment

    def _why_tired(self, line: int, day: int) -> int:
        placed_day = self._wanted.stock_day[self._wanted.line_order[line]]
        if self._failed_day[self._shelf.cell[line]] > placed_day:
            return cause_number("supplier_failed")
        if self.history.expected_day[line] < day:
            return cause_number("promise_slipped")
        return cause_number("no_stock_at_placement")

    def _sell(self, day: int, start: int, end: int) -> Ints:
        """Promise the day's orders in the order of their time; only scarce cells need to be gone through singly."""
        shelf, first = self._shelf, self._wanted.first_line
        begin, finish = int(first[start]), int(first[end])
        cell, quantity = shelf.cell[begin:finish], self._wanted.line_quantity[begin:finish]
        need = np.bincount(cell, weights=quantity, minlength=len(shelf.free)).astype(np.int64)
        is_scarce = (need > shelf.free)[cell]
        shelf.free -= np.where(need > shelf.free, 0, need)
        shelf.reserved[begin:finish] = np.where(is_scarce, 0, quantity)
        for line in begin + np.flatnonzero(is_scarce):
            self._promise_scarce(int(line), day)
        self._foresee(start, end)
        sold = np.bincount(cell, weights=self.history.kept[begin:finish], minlength=len(shelf.free))
        return sold.astype(np.int64)

    def _promise_scarce(self, line: int, day: int) -> None:
        shelf, cell = self._shelf, self._shelf.cell[line]
        quantity = int(self._wanted.line_quantity[line])
        taken = min(quantity, int(shelf.free[cell]))
        if taken < quantity and self._temper.leaves[line]:
            self.history.kept[line] = 0
            return
        shelf.free[cell] -= taken
        shelf.reserved[line] = taken
        if taken < quantity and self._temper.takes_less[line]:
            self.history.kept[line] = taken
        elif taken < quantity:
            self.history.waited[line] = quantity - taken
            self.history.expected_day[line] = self._expect(int(cell), day)
            shelf.start_waiting(line, quantity - taken)
            self._patience_ends[day + int(self._temper.patience_days[line])].append(line)

    def _expect(self, cell: int, day: int) -> int:
        named = self.history.purchases.expected_day(cell)
        if named is None:
            return day + REVIEW_DAYS + int(self._goods.lead_days[cell // WAREHOUSES])
        return named if named > day else day + 4

    def _foresee(self, start: int, end: int) -> None:
        """Note what is bound to strike the day's orders and lines, and what comes back from them."""
        plan, history, first = self._plan, self.history, self._wanted.first_line
        is_short = self._shelf.lines_missing[start:end] > 0
        for order in start + np.flatnonzero(~(plan.needs_stock[start:end] & is_short)):
            if plan.cancelled_at[order] < NEVER:
                history.cancelled_at[order], history.cause[order] = plan.cancelled_at[order], plan.cause[order]
                self._release[int(self._plan_day[order]) + 1] += range(first[order], first[order + 1])
        for order in start + np.flatnonzero(~is_short & (self._return_day[start:end] < self._horizon.days)):
            if history.kept[self._returned.line[order]] >= self._returned.quantity[order]:
                self._restock[int(self._return_day[order]) + 1].append(int(order))
        for line in first[start] + np.flatnonzero(plan.line_cancelled_at[first[start] : first[end]] < NEVER):
            if not is_short[self._wanted.line_order[line] - start] and history.kept[line]:
                self._foresee_line(int(line))

    def _foresee_line(self, line: int) -> None:
        plan, history = self._plan, self.history
        history.line_cancelled_at[line], history.line_cause[line] = plan.line_cancelled_at[line], plan.line_cause[line]
        lost = int(plan.line_lost[line])
        history.line_cancelled[line] = min(lost, int(history.kept[line])) if lost else history.kept[line]
        if not lost:  # what has vanished from the shelf does not come back
            self._release[int(self._line_plan_day[line]) + 1].append(line)
