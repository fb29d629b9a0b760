"""What the demo shop sells and from whom it buys: products, their pace, prices, promotions, suppliers."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipelines.simulation.clock import Floats, Horizon, Ints
from pipelines.simulation.words import BRANDS, DEPARTMENTS, FIRM_ENDS, FIRM_FORMS, FIRM_STARTS, VARIANTS

PRODUCTS = 400
SUPPLIERS = 25
TAX_PERCENT = 23
_PACE = (("fast", 0.12, 14.0), ("regular", 0.43, 3.0), ("intermittent", 0.33, 0.45), ("lumpy", 0.12, 0.22))
"""Kind, share of the assortment, typical pace of order lines against each other."""
_LATE_SUPPLIERS = 5
_PLANNED_DAYS, _LONGEST_DAYS, _PAUSE_DAYS = 56, 15, 21
"""Promotions are planned eight weeks ahead; none lasts as long as the second, none of a product follows sooner."""


class Promotion(NamedTuple):
    """A lowered price from the first to the last day, and what it does to demand."""

    product: int
    first_day: int
    last_day: int
    discount: float
    uplift: float


@dataclass(frozen=True)
class Suppliers:
    """Suppliers; true lead time in days is stated × ``slip`` × exp(``spread`` × normal)."""

    names: list[str]
    stated_days: Ints
    slip: Floats
    spread: Floats
    review_weekday: Ints


@dataclass(frozen=True)
class Assortment:
    """Products as columns; money in cents, ``pace`` (product × day) is the weight in the draw of order lines."""

    skus: list[str]
    names: list[str]
    leaves: Ints
    kinds: list[str]
    base_cents: Ints
    cost_cents: Ints
    grams: Ints
    typical_quantity: Floats
    launch_day: Ints
    last_day: Ints
    supplier: Ints
    pack: Ints
    minimum: Ints
    lead_days: Ints
    pace: Floats
    listed_cents: Ints
    """product × day, and the days after the last for which prices are planned."""
    promotions: tuple[Promotion, ...]
    planned: tuple[Promotion, ...]
    """Promotions that begin after the last day: in the price list, asked for by nobody yet."""
    suppliers: Suppliers


def make_assortment(horizon: Horizon, rng: np.random.Generator) -> Assortment:
    """Draw the whole assortment, its prices and its pace for every day."""
    leaves, names, skus, base, grams = _draw_products(rng)
    kinds = rng.choice([kind for kind, _, _ in _PACE], PRODUCTS, p=[share for _, share, _ in _PACE]).tolist()
    typical = {kind: level for kind, _, level in _PACE}
    level = np.array([typical[kind] for kind in kinds]) * rng.lognormal(0, 0.55, PRODUCTS)
    launch, last = _draw_lives(horizon, rng)
    free = np.where(launch > 0, launch + 30, 0)
    promotions = _draw_promotions(range(horizon.days), kinds, free, last, rng)
    planned = _draw_promotions(
        range(horizon.days, horizon.days + _PLANNED_DAYS), kinds, _free_after(promotions, free), last, rng.spawn(1)[0]
    )
    suppliers = _draw_suppliers(rng)
    supplier = _deal_suppliers(leaves, rng)
    is_lumpy = np.array([kind == "lumpy" for kind in kinds])
    quantity = np.where(is_lumpy, rng.uniform(8, 25, PRODUCTS), rng.choice([1.1, 1.4, 2.0, 3.0], PRODUCTS))
    quantity = np.where(base > 8_000, np.minimum(quantity, 4), quantity)
    pack = rng.choice([1, 2, 5, 6, 10, 12], PRODUCTS, p=[0.25, 0.15, 0.15, 0.2, 0.15, 0.1]).astype(np.int64)
    return Assortment(
        skus, names, leaves, kinds, base, (base * rng.uniform(0.42, 0.66, PRODUCTS)).astype(np.int64) + 1, grams,
        quantity, launch, last, supplier, pack, pack * rng.integers(1, 4, PRODUCTS),
        np.maximum(2, suppliers.stated_days[supplier] + rng.integers(-1, 2, PRODUCTS)),
        _pace_by_day(
            horizon, level=level, leaves=leaves, launch=launch, last=last, promotions=promotions, rng=rng
        ),
        _price_by_day(horizon, base, promotions + planned), promotions, planned, suppliers,
    )  # fmt: skip


def leaf_codes() -> list[tuple[str, str, str]]:
    """Leaves of the category tree in order: code, name, code of the parent."""
    return [
        (f"{code}-{place}", leaf[0], code)
        for code, _, _, _, leaves in DEPARTMENTS
        for place, leaf in enumerate(leaves, start=1)
    ]


def _draw_products(rng: np.random.Generator) -> tuple[Ints, list[str], list[str], Ints, Ints]:
    leaves = [(code, leaf) for code, _, _, _, members in DEPARTMENTS for leaf in members]
    of_product = np.sort(rng.integers(0, len(leaves), PRODUCTS))
    names: list[str] = []
    taken: set[str] = set()
    base, grams = [], []
    for place in of_product:
        _, low, high, kilograms, goods = leaves[place][1]
        name = ""
        while not name or name in taken:
            name = f"{rng.choice(BRANDS)} {rng.choice(goods)} {rng.choice(VARIANTS)}"
        taken.add(name)
        names.append(name)
        base.append(round(float(np.exp(rng.uniform(np.log(low), np.log(high))))) * 100 + 99)
        grams.append(int(kilograms * 1000 * rng.uniform(0.5, 1.6)))
    skus = [f"{leaves[place][0]}-{number:04d}" for number, place in enumerate(of_product, start=1)]
    return of_product, names, skus, np.array(base, dtype=np.int64), np.array(grams, dtype=np.int64)


def _draw_lives(horizon: Horizon, rng: np.random.Generator) -> tuple[Ints, Ints]:
    launch = np.zeros(PRODUCTS, dtype=np.int64)
    last = np.full(PRODUCTS, horizon.days + 10_000, dtype=np.int64)
    if horizon.days >= 120:  # a shorter life has no room for a launch and its first delivery
        chosen = rng.permutation(PRODUCTS)
        new, old = chosen[: PRODUCTS // 12], chosen[PRODUCTS // 12 : PRODUCTS // 12 + PRODUCTS // 33]
        launch[new] = rng.integers(horizon.days // 6, horizon.days * 9 // 10, len(new))
        last[old] = rng.integers(horizon.days // 3, horizon.days * 9 // 10, len(old))
    return launch, last


def _draw_promotions(
    days: range, kinds: list[str], free: Ints, last: Ints, rng: np.random.Generator
) -> tuple[Promotion, ...]:
    """Promotions that begin on ``days``, of each product none before the day from which it is ``free``."""
    found = []
    for product, kind in enumerate(kinds):
        yearly = {"fast": 2.2, "regular": 1.4, "intermittent": 0.5, "lumpy": 0.2}[kind]
        starts = np.sort(rng.integers(days.start, days.stop, rng.poisson(yearly * len(days) / 365)))
        possible = int(free[product])
        for start in starts:
            end = int(start) + int(rng.integers(6, 15))
            if start >= possible and end < last[product]:
                discount = float(rng.choice([0.10, 0.15, 0.20, 0.25, 0.30]))
                found.append(Promotion(product, int(start), end, discount, 1 + discount * float(rng.uniform(4, 11))))
                possible = end + _PAUSE_DAYS
    return tuple(found)


def _free_after(promotions: tuple[Promotion, ...], free: Ints) -> Ints:
    after = free.copy()
    for one in promotions:
        after[one.product] = max(after[one.product], one.last_day + _PAUSE_DAYS)
    return after


def _draw_suppliers(rng: np.random.Generator) -> Suppliers:
    names: list[str] = []
    while len(names) < SUPPLIERS:
        name = f"{rng.choice(FIRM_STARTS)}{rng.choice(FIRM_ENDS)} Supply {rng.choice(FIRM_FORMS)}"
        if name not in names:
            names.append(name)
    slip = rng.uniform(0.9, 1.12, SUPPLIERS)
    slip[rng.permutation(SUPPLIERS)[:_LATE_SUPPLIERS]] = rng.uniform(1.35, 1.9, _LATE_SUPPLIERS)
    stated = rng.choice([3, 5, 7, 10, 14, 21, 30], SUPPLIERS, p=[0.12, 0.2, 0.24, 0.2, 0.12, 0.08, 0.04])
    return Suppliers(
        names, stated.astype(np.int64),
        slip, rng.uniform(0.08, 0.38, SUPPLIERS), rng.integers(0, 5, SUPPLIERS),
    )  # fmt: skip


def _deal_suppliers(leaves: Ints, rng: np.random.Generator) -> Ints:
    """Two suppliers serve a leaf, the larger seven products of ten; every supplier serves something."""
    kinds = int(leaves.max()) + 1
    first = np.resize(rng.permutation(SUPPLIERS), kinds)
    second = np.resize(rng.permutation(SUPPLIERS), kinds)
    return np.where(rng.random(len(leaves)) < 0.7, first[leaves], second[leaves]).astype(np.int64)


def _pace_by_day(
    horizon: Horizon, *, level: Floats, leaves: Ints, launch: Ints, last: Ints, promotions: tuple[Promotion, ...],
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    days = np.arange(horizon.days)
    week = np.array([horizon.date_of(day).timetuple().tm_yday / 7 for day in range(horizon.days)])
    swings = [(swing, peak) for _, _, swing, peak, members in DEPARTMENTS for _ in members]
    swing, peak = (np.array(column)[leaves] for column in zip(*swings, strict=True))
    season = np.exp(swing[:, None] * np.cos(2 * np.pi * (week[None, :] - peak[:, None]) / 52.18))
    drift = np.exp(np.cumsum(rng.normal(0, 0.012, (len(level), horizon.days)), axis=1))
    pace: Floats = level[:, None] * season * drift
    for one in promotions:
        pace[one.product, one.first_day : one.last_day + 1] *= one.uplift
    return np.where((days >= launch[:, None]) & (days <= last[:, None]), pace, 0.0)


def _price_by_day(horizon: Horizon, base: Ints, promotions: tuple[Promotion, ...]) -> Ints:
    """Prices rise by 4 % each January and fall for promotions; they end in 9 cents."""
    days = horizon.days + _PLANNED_DAYS + _LONGEST_DAYS
    years = np.array([horizon.date_of(day).year - horizon.first_day.year for day in range(days)])
    price = base[:, None] * 1.04 ** years[None, :]
    for one in promotions:
        price[one.product, one.first_day : one.last_day + 1] *= 1 - one.discount
    return (price // 10 * 10 + 9).astype(np.int64)
