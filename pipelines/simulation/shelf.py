"""The shelves of the demo shop: what is free, what is promised to which line, and the lines that wait."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pipelines.simulation.buying import Purchases
from pipelines.simulation.clock import NEVER, Ints
from pipelines.simulation.demand import Wanted

NO_LINE = -1


class Part(NamedTuple):
    """Units promised to a waiting line; ``bought_line`` is NO_LINE where they came back from another order."""

    line: int
    quantity: int
    moment: int
    bought_line: int


class Received(NamedTuple):
    """A bought line's units on the dock."""

    bought_line: int
    quantity: int
    moment: int


@dataclass
class StockHistory:
    """What the stock did to the orders: entries per order or, where named so, per line."""

    opening: Ints
    kept: Ints
    """Units ordered by line; 0 where the customer left."""
    waited: Ints
    """Units short at placement by line."""
    expected_day: Ints
    """Day the short units were expected at placement, by line; −1 where nothing was short."""
    ready_at: Ints
    """When nothing of an order waits any more; NEVER while something does."""
    cancelled_at: Ints
    cause: Ints
    line_cancelled_at: Ints
    line_cause: Ints
    line_cancelled: Ints
    purchases: Purchases
    parts: list[Part] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)


def make_history(wanted: Wanted, opening: Ints, purchases: Purchases) -> StockHistory:
    """History in which everything wanted is kept and nothing has happened yet."""
    orders, lines = len(wanted), len(wanted.line_order)
    return StockHistory(
        opening, wanted.line_quantity.copy(), np.zeros(lines, dtype=np.int64), np.full(lines, -1),
        wanted.placed_at.copy(), np.full(orders, NEVER), np.full(orders, -1),
        np.full(lines, NEVER), np.full(lines, -1), np.zeros(lines, dtype=np.int64), purchases,
    )  # fmt: skip


class Shelf:
    """Units by cell (product × warehouse) and by line; waiting lines are served oldest first."""

    def __init__(self, wanted: Wanted, cell: Ints, history: StockHistory) -> None:
        cells, lines = len(history.opening), len(cell)
        self.cell, self.history = cell, history
        self.free = history.opening.copy()
        self.waiting = np.zeros(cells, dtype=np.int64)
        self.reserved, self.missing = np.zeros(lines, dtype=np.int64), np.zeros(lines, dtype=np.int64)
        self.lines_missing = np.zeros(len(wanted), dtype=np.int64)
        self._order = wanted.line_order
        self._queues: defaultdict[int, deque[int]] = defaultdict(deque)

    def waiting_lines(self, cell: int) -> list[int]:
        """Lines that wait for a cell, oldest first."""
        return [line for line in self._queues[cell] if self.missing[line]]

    def start_waiting(self, line: int, quantity: int) -> None:
        """Let a line wait for ``quantity`` units."""
        self.missing[line] = quantity
        self.waiting[self.cell[line]] += quantity
        self.lines_missing[self._order[line]] += 1
        self._queues[int(self.cell[line])].append(line)
        self.history.ready_at[self._order[line]] = NEVER

    def stop_waiting(self, line: int) -> None:
        """Let a line wait no longer, served or not."""
        if self.missing[line]:
            self.waiting[self.cell[line]] -= self.missing[line]
            self.missing[line] = 0
            self.lines_missing[self._order[line]] -= 1

    def free_line(self, line: int) -> int:
        """Give back what a line was promised; return its cell."""
        cell = int(self.cell[line])
        self.free[cell] += self.reserved[line]
        self.reserved[line] = 0
        self.stop_waiting(line)
        return cell

    def serve(self, cell: int, quantity: int, moment: int, bought_line: int) -> int:
        """Serve waiting lines from ``quantity`` units, oldest first; return what is left over."""
        queue = self._queues[cell]
        while queue and quantity:
            line = queue[0]
            taken = min(int(self.missing[line]), quantity)
            if taken:
                quantity -= taken
                self._promise(line, taken)
                self.history.parts.append(Part(line, taken, moment, bought_line))
                if not self.missing[line] and not self.lines_missing[self._order[line]]:
                    self.history.ready_at[self._order[line]] = moment
            if not self.missing[line]:
                queue.popleft()
        return quantity

    def _promise(self, line: int, quantity: int) -> None:
        self.reserved[line] += quantity
        self.missing[line] -= quantity
        self.waiting[self.cell[line]] -= quantity
        if not self.missing[line]:
            self.lines_missing[self._order[line]] -= 1
