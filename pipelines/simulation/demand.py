"""What customers want: orders as they would be placed if everything were in stock."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np

from pipelines.simulation.assortment import Assortment
from pipelines.simulation.clock import DAY, HOUR, Flags, Floats, Horizon, Ints
from pipelines.simulation.customers import Customers
from pipelines.simulation.team import Team
from pipelines.simulation.words import REGIONS

STOCK_DAY_STARTS = 7 * HOUR
"""Goods come in before it; nobody orders in the two hours before, so that a day's stock is known when it begins."""
_WEEKLY = np.array([1.17, 1.12, 1.08, 1.05, 1.0, 0.74, 0.84])
_HOURLY = np.array([1.2, 0.7, 0.4, 0.2, 0.1, 0, 0, 1.5, 3, 5, 6.5, 7, 6.5, 6, 5.5, 5, 4.5, 4.5, 5, 6, 6.5, 6, 4.5, 2.5])
_DUPLICATES = 0.006
_FIRM_QUANTITY = 2.2
"""Firms want so many times what people want."""


@dataclass(frozen=True)
class Wanted:
    """Orders in the order of their time, and their lines; ``first_line`` has one entry more than there are orders."""

    placed_at: Ints
    day: Ints
    stock_day: Ints
    customer: Ints
    is_firm: Flags
    warehouse: Ints
    copy_of: Ints
    """The order this one repeats by mistake, else −1."""
    first_line: Ints
    line_order: Ints
    line_product: Ints
    line_quantity: Ints

    def __len__(self) -> int:
        return len(self.placed_at)


def want(
    horizon: Horizon, team: Team, goods: Assortment, customers: Customers, *, orders_per_day: float,
    rng: np.random.Generator,
) -> Wanted:  # fmt: skip
    """Draw every order customers would like to place."""
    counts = rng.poisson(_expected_orders(horizon, team, orders_per_day, rng))
    day = np.repeat(np.arange(horizon.days), counts)
    hours = rng.choice(24, len(day), p=_HOURLY / _HOURLY.sum())
    placed = horizon.midnight(day) + hours * HOUR + rng.integers(0, HOUR, len(day))
    order = np.argsort(placed, kind="stable")
    day, placed = day[order], placed[order]
    customer = _draw_customers(horizon, customers, day, rng)
    line_order, product = _draw_lines(goods, day, customers.is_firm[customer], rng)
    quantity = _draw_quantities(goods, product, customers.is_firm[customer][line_order], rng)
    copied = np.flatnonzero((rng.random(len(day)) < _DUPLICATES) & ~customers.is_firm[customer])
    return _with_copies(
        horizon, customers, copied=copied, placed=placed, customer=customer, line_order=line_order, product=product,
        quantity=quantity, delay=rng.integers(90, 1_500, len(copied)),
    )  # fmt: skip


def usual_daily(horizon: Horizon, goods: Assortment, wanted: Wanted) -> Floats:
    """Units a day wanted of each product × warehouse while the product is sold: what a buyer knows from before."""
    lines_a_day = len(wanted.line_order) / horizon.days
    sold_days = np.maximum((goods.pace > 0).sum(axis=1), 1)
    share = (goods.pace / goods.pace.sum(axis=0)).sum(axis=1) / sold_days
    firms = wanted.is_firm[wanted.line_order].mean() if len(wanted.line_order) else 0.0
    units = np.maximum(goods.typical_quantity, 1.0) * (1 + (_FIRM_QUANTITY - 1) * firms)
    homes = np.bincount([home for *_, home in REGIONS], weights=[part for _, part, _, _ in REGIONS])
    return np.asarray(np.outer(lines_a_day * share * units, homes / homes.sum()).ravel())


def _expected_orders(horizon: Horizon, team: Team, orders_per_day: float, rng: np.random.Generator) -> Floats:
    dates = [horizon.date_of(day) for day in range(horizon.days)]
    week_of_year = np.array([one.timetuple().tm_yday / 7 for one in dates])
    yearly = (
        1
        + 0.10 * np.cos(2 * np.pi * (week_of_year - 48) / 52.18)
        + 0.35 * np.exp(-(((week_of_year - 48.5) / 2.0) ** 2))
    )
    trend = 1 + 0.25 * np.arange(horizon.days) / 730
    shut = np.array([0.45 if one in team.holidays else 1.0 for one in dates])
    eve = np.array([1.12 if one + timedelta(days=1) in team.holidays else 1.0 for one in dates])
    level = _WEEKLY[[one.weekday() for one in dates]] * yearly * trend * shut * eve
    noise = rng.gamma(40, 1 / 40, horizon.days)
    return np.asarray(level / level.mean() * orders_per_day * noise)


def _draw_customers(horizon: Horizon, customers: Customers, day: Ints, rng: np.random.Generator) -> Ints:
    is_weekend = np.array([horizon.date_of(one).weekday() >= 5 for one in range(horizon.days)])[day]
    is_firm = rng.random(len(day)) < np.where(is_weekend, 0.05, 0.30)
    customer = np.empty(len(day), dtype=np.int64)
    for kind in (True, False):
        members = np.flatnonzero(customers.is_firm == kind)
        chance = customers.weight[members] / customers.weight[members].sum()
        customer[is_firm == kind] = rng.choice(members, int((is_firm == kind).sum()), p=chance)
    return customer


def _draw_lines(goods: Assortment, day: Ints, is_firm: Flags, rng: np.random.Generator) -> tuple[Ints, Ints]:
    count = rng.geometric(np.where(is_firm, 0.34, 0.56)).clip(1, 12)
    line_order = np.repeat(np.arange(len(day)), count)
    product = np.empty(len(line_order), dtype=np.int64)
    line_day = day[line_order]
    draw = rng.random(len(line_order))
    edges = np.searchsorted(line_day, np.arange(goods.pace.shape[1] + 1))
    for today, (start, end) in enumerate(pairwise(edges)):
        heap = np.cumsum(goods.pace[:, today])
        product[start:end] = np.searchsorted(heap, draw[start:end] * heap[-1], side="right")
    # A product is named once in an order.
    _, first = np.unique(line_order * len(goods.skus) + product, return_index=True)
    first.sort()
    return line_order[first], product[first]


def _draw_quantities(goods: Assortment, product: Ints, is_firm: Flags, rng: np.random.Generator) -> Ints:
    mean = goods.typical_quantity[product] * np.where(is_firm, _FIRM_QUANTITY, 1.0)
    return rng.geometric(1 / np.maximum(mean, 1.0)).clip(1, 240).astype(np.int64)


def _with_copies(
    horizon: Horizon, customers: Customers, *, copied: Ints, placed: Ints, customer: Ints, line_order: Ints,
    product: Ints, quantity: Ints, delay: Ints,
) -> Wanted:  # fmt: skip
    """Repeat the chosen orders some minutes later, and put everything in the order of time."""
    late = placed[copied] % DAY > 21 * HOUR  # the copy would fall into the next day
    copied, delay = copied[~late], delay[~late]
    source = np.concatenate([np.arange(len(placed)), copied])
    moments = np.concatenate([placed, placed[copied] + delay])
    order = np.argsort(moments, kind="stable")
    source, moments = source[order], moments[order]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    copy_of = np.where(order >= len(placed), rank[source], -1)
    edges = np.searchsorted(line_order, np.arange(len(placed) + 1))
    sizes = np.diff(edges)[source]
    first_line = np.concatenate([[0], np.cumsum(sizes)])
    line = np.repeat(edges[:-1][source] - first_line[:-1], sizes) + np.arange(first_line[-1])
    day = horizon.day_of(moments)
    homes = np.array([home for _, _, _, home in REGIONS])
    buyer = customer[source]
    return Wanted(
        moments, day, np.maximum(horizon.day_of(moments - STOCK_DAY_STARTS), 0), buyer, customers.is_firm[buyer],
        homes[customers.region[buyer]], copy_of, first_line.astype(np.int64),
        np.repeat(np.arange(len(moments)), sizes), product[line], quantity[line],
    )  # fmt: skip
