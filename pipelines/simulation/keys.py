"""The rows the story's indices stand for: ids of people, places, goods, orders and lines."""

from dataclasses import dataclass

import numpy as np

from pipelines.bulk import Cursor, reserve_ids
from pipelines.simulation.clock import Flags, Ints
from pipelines.simulation.story import Story

WAREHOUSES = (
    # code, name, latitude, longitude
    ("WAW", "Warsaw", 52.1672, 20.9679),
    ("WRO", "Wrocław", 51.0456, 16.9252),
    ("GDN", "Gdańsk", 54.3766, 18.4662),
)


@dataclass(frozen=True)
class Shop:
    """Ids of everything that was there before the first order."""

    channel: int
    currency: str
    users: dict[str, int]
    calendars: dict[str, int]
    managers: Ints
    warehouses: Ints
    locations: Ints
    outside: dict[str, int]
    categories: Ints
    products: Ints
    suppliers: Ints
    customers: Ints


@dataclass(frozen=True)
class Orders:
    """Ids by order and line; −1 for what was not recorded."""

    order: Ints
    line: Ints
    position: Ints
    number: Ints


def number_orders(cursor: Cursor, story: Story) -> Orders:
    """Give every recorded order and line its id, in the order of time."""
    kept = (story.history.kept > 0) & story.course.is_recorded[story.wanted.line_order]
    order = _spread(cursor, story.course.is_recorded, "orders")
    number = np.full_like(order, -1)
    numbers = reserve_ids(cursor, "orders", int((order >= 0).sum()), sequence="order_numbers")
    number[order >= 0] = np.arange(numbers.start, numbers.stop)
    before = np.concatenate([[0], np.cumsum(kept)])
    position = before[1:] - before[story.wanted.first_line[story.wanted.line_order]]
    return Orders(order, _spread(cursor, kept, "order_lines"), np.where(kept, position, -1), number)


def _spread(cursor: Cursor, is_recorded: Flags, table: str) -> Ints:
    ids = np.full(len(is_recorded), -1, dtype=np.int64)
    ids[is_recorded] = np.array(reserve_ids(cursor, table, int(is_recorded.sum())), dtype=np.int64)
    return ids


def ids_of(cursor: Cursor, table: str, count: int) -> Ints:
    """Take ids for ``count`` rows."""
    return np.array(reserve_ids(cursor, table, count), dtype=np.int64)
