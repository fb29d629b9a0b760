"""Saving: what it is worth that orders need fewer touches than before. Pure."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Saving:
    """Touches an order before and now, at what a touch took before and an hour costs; ``worth`` is below 0 for more."""

    touches_before: float
    touches_now: float
    orders: int
    minutes_a_touch: float
    cost_an_hour: float

    @property
    def hours(self) -> float:
        """People's hours that the fewer touches of these orders spare."""
        return (self.touches_before - self.touches_now) * self.orders * self.minutes_a_touch / 60

    @property
    def worth(self) -> float:
        """What these hours would have cost."""
        return self.hours * self.cost_an_hour


def find_saving(before: pl.DataFrame, now: pl.DataFrame, *, cost_an_hour: float) -> Saving | None:
    """Compare two periods of ``credit.by_person``; None where one of them has no touches to compare by.

    A touch takes what the stages of the period before took by the touches they took: so only the number of touches
    decides, and not that the same stages are weighed anew.
    """
    counted = [
        (float(rows["touches"].sum()), int(rows["orders"].sum()), float(rows["minutes"].sum()))
        for rows in (before, now)
    ]  # fmt: skip
    if not all(touches and orders for touches, orders, _minutes in counted):
        return None
    (touches_before, orders_before, minutes), (touches_now, orders_now, _) = counted
    return Saving(
        touches_before / orders_before, touches_now / orders_now, orders_now, minutes / touches_before, cost_an_hour
    )
