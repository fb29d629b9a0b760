"""What customers send back."""

from dataclasses import dataclass

import numpy as np

from oms_core.orders.delivery_models import Disposition
from pipelines.simulation.cancellations import CancelPlan
from pipelines.simulation.clock import DAY, HOUR, NEVER, Clock, Ints
from pipelines.simulation.demand import Wanted
from pipelines.simulation.stages import Way

RETURN_REASONS = ("changed_mind", "defective", "not_as_described", "wrong_item")
DISPOSITIONS = (Disposition.RESTOCK, Disposition.SCRAP, Disposition.SUPPLIER)


@dataclass(frozen=True)
class ReturnPlan:
    """One line that comes back, by order; ``received_at`` is NEVER where nothing does."""

    line: Ints
    quantity: Ints
    requested_at: Ints
    received_at: Ints
    reason: Ints
    disposition: Ints

    def restocked_at(self) -> Ints:
        """When goods fit for sale are back on the shelf."""
        return np.where(self.disposition == 0, self.received_at, NEVER)


def plan_returns(office: Clock, wanted: Wanted, way: Way, plan: CancelPlan, rng: np.random.Generator) -> ReturnPlan:
    """Draw returns of orders that go through untroubled; goods are looked at in office hours."""
    count = len(wanted)
    troubled_lines = plan.line_cancelled_at < NEVER
    troubled = np.bincount(wanted.line_order, weights=troubled_lines, minlength=count) > 0
    comes_back = rng.random(count) < np.where(wanted.is_firm, 0.015, 0.055)
    comes_back &= (way.delivered_at < NEVER) & (plan.cancelled_at >= NEVER) & ~troubled
    line = wanted.first_line[:-1] + (rng.random(count) * np.diff(wanted.first_line)).astype(np.int64)
    whole = wanted.line_quantity[line]
    requested = np.where(comes_back, way.delivered_at + (rng.uniform(0.5, 13, count) * DAY).astype(np.int64), NEVER)
    return ReturnPlan(
        line, np.where(rng.random(count) < 0.75, whole, np.maximum(whole // 2, 1)), requested,
        office.add(requested, rng.uniform(2, 6, count) * 9 * HOUR),
        rng.choice(len(RETURN_REASONS), count, p=[0.5, 0.2, 0.2, 0.1]), rng.choice(3, count, p=[0.7, 0.18, 0.12]),
    )  # fmt: skip
