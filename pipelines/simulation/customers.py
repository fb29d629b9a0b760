"""Who buys in the demo shop: people and firms, where they live and how often they return."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.clock import Flags, Floats, Ints
from pipelines.simulation.words import FIRM_ENDS, FIRM_FORMS, FIRM_STARTS, FIRST_NAMES, LAST_NAMES, REGIONS, STREETS

FIRM_SHARE = 0.12


@dataclass(frozen=True)
class Customers:
    """Customers as columns; ``weight`` is how often one buys against the others of the same kind."""

    names: list[str]
    phones: list[str]
    emails: list[str]
    streets: list[str]
    postcodes: list[str]
    region: Ints
    is_firm: Flags
    weight: Floats
    terms_days: Ints
    discount_percent: Ints
    own_manager: Ints
    """Firms have a manager of their own; −1 for people."""

    def __len__(self) -> int:
        return len(self.names)


def make_customers(count: int, managers: int, rng: np.random.Generator) -> Customers:
    """Draw customers; firms pay later, get discounts and buy more often."""
    is_firm = rng.random(count) < FIRM_SHARE
    is_firm[:2] = (True, False)  # both kinds exist in the smallest shop
    shares = np.array([share for _, share, _, _ in REGIONS])
    names = [_firm(rng) if firm else f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}" for firm in is_firm]
    return Customers(
        names=names,
        phones=[f"+48 {first} {middle:03d} {last:03d}" for first, middle, last in _phone_parts(count, rng)],
        emails=[f"customer{number:05d}@example.com" for number in range(1, count + 1)],
        streets=[f"{rng.choice(STREETS)} {number}" for number in rng.integers(1, 120, count)],
        postcodes=[f"{head:02d}-{tail:03d}" for head, tail in rng.integers((0, 1), (99, 999), (count, 2))],
        region=rng.choice(len(REGIONS), count, p=shares / shares.sum()).astype(np.int64),
        is_firm=is_firm,
        weight=rng.lognormal(0, 1.0, count),
        terms_days=np.where(is_firm, rng.choice([14, 21, 30], count), 0).astype(np.int64),
        discount_percent=np.where(is_firm, rng.choice([0, 3, 5, 8, 12], count), 0).astype(np.int64),
        own_manager=np.where(is_firm, rng.integers(0, managers, count), -1).astype(np.int64),
    )


def _firm(rng: np.random.Generator) -> str:
    return f"{rng.choice(FIRM_STARTS)}{rng.choice(FIRM_ENDS)} {rng.choice(FIRM_FORMS)}"


def _phone_parts(count: int, rng: np.random.Generator) -> Ints:
    return rng.integers((500, 0, 0), (900, 1000, 1000), (count, 3))
