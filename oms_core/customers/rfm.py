"""Recency, frequency, money: how a customer buys, in three digits from 1 to 5 and one word. Pure.

After Hughes (1994); by fixed limits rather than fifths: where nine of ten bought once, a fifth says nothing, and
nobody's digits change because somebody else ordered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

WINDOW_DAYS = 365  # frequency and money are of the last year
RECENT_DAYS = (30, 90, 180, 365)
FREQUENT_ORDERS = (2, 3, 6, 12)
VALUABLE_SHARES = (Decimal(1), Decimal("2.5"), Decimal(5), Decimal(10))  # of what an order usually comes to
NEVER = "never"  # ordered nothing yet
# From which recency and frequency on, the first that fits; "new" bought once, lately.
_CLASSES: Sequence[tuple[str, int, int, int]] = (
    ("champion", 4, 4, 5), ("loyal", 3, 3, 5), ("new", 4, 1, 1), ("promising", 3, 1, 2), ("at_risk", 2, 3, 5),
    ("asleep", 2, 1, 2), ("lost", 1, 1, 5),
)  # fmt: skip
CLASSES = (*(name for name, *_limits in _CLASSES), NEVER)


@dataclass(frozen=True, slots=True)
class Rfm:
    """The digits and the class they make."""

    recency: int
    frequency: int
    money: int

    @property
    def name(self) -> str:
        """The class, one of ``CLASSES``."""
        return next(
            name
            for name, recency, least, most in _CLASSES
            if self.recency >= recency and least <= self.frequency <= most
        )


def rfm_of(
    *, last_order_at: datetime | None, orders: int, value: Decimal, usual: Decimal | None, now: datetime
) -> Rfm | None:
    """Judge by the last order, and by the orders and their value of the last year; None: nothing was ordered yet.

    ``usual`` is what an order of the shop in this currency comes to.
    """
    if last_order_at is None:
        return None
    recency = 5 - sum(now - last_order_at > timedelta(days=days) for days in RECENT_DAYS)
    frequency = 1 + sum(orders >= limit for limit in FREQUENT_ORDERS)
    money = 1 + sum(value >= share * usual for share in VALUABLE_SHARES) if usual else 1
    return Rfm(recency, frequency, money)


def class_sql(last_order_at: str, orders: str) -> str:
    """The class as SQL over columns of these names, with ``:now``; what ``Rfm.name`` says, in the database."""
    recency = "5 - " + " - ".join(f"({last_order_at} < :now - interval '{days} days')::int" for days in RECENT_DAYS)
    frequency = "1 + " + " + ".join(f"({orders} >= {limit})::int" for limit in FREQUENT_ORDERS)
    cases = " ".join(
        f"WHEN {recency} >= {least_recency} AND {frequency} BETWEEN {least} AND {most} THEN '{name}'"
        for name, least_recency, least, most in _CLASSES
    )
    return f"CASE WHEN {last_order_at} IS NULL THEN '{NEVER}' {cases} END"
