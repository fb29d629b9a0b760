"""The simple rules that a model of missed promises has to beat: what is due soon, and the usual time of each stage."""

from collections.abc import Mapping
from typing import cast

import numpy as np

from forecasting.promise_risk_features import Snapshot
from forecasting.promise_risk_history import DAY, NEVER, Floats, Ledger, Seconds

RULES = ("due_within_24_hours", "shortest_left", "stage_medians")
SERVING_RULES = ("shortest_left", "stage_medians")
"""Those that rank orders, and so may serve: weeks before it is due, the first tells all orders alike."""

WINDOW = 28
"""Days of deliveries from which the median of a stage is taken."""


def rule_scores(ledger: Ledger, snapshot: Snapshot) -> Mapping[str, Floats]:
    """Rank orders by each rule, the riskiest highest.

    ``due_within_24_hours`` tells only yes or no. ``stage_medians`` is by how many days the median time from the
    milestone to the customer, of what was delivered in the last four weeks, overshoots what is left.
    """
    rows, now = snapshot.rows, snapshot.instants
    left = (ledger.due[rows] - now) / DAY
    reached = ledger.at_milestone(snapshot.milestone)
    gone = (now - reached[rows]) / DAY
    usual = _median_days(ledger, reached, now)
    return {
        "due_within_24_hours": (left <= 1).astype(float),
        "shortest_left": -left,
        "stage_medians": np.maximum(usual - gone, 0) - left,
    }


def _median_days(ledger: Ledger, reached: Seconds, instants: Seconds) -> Floats:
    """Median time from the milestone to the customer, of the deliveries in the four weeks before each day."""
    through = (reached < NEVER) & (ledger.delivered < NEVER)
    order = np.argsort(ledger.delivered[through], kind="stable")
    arrived = ledger.delivered[through][order]
    took = ((ledger.delivered - reached)[through][order] / DAY).clip(0)
    days, place = np.unique(instants // DAY, return_inverse=True)
    high = np.searchsorted(arrived, days * DAY)
    low = np.searchsorted(arrived, (days - WINDOW) * DAY)
    medians = [np.median(took[first:last]) if last > first else 0.0 for first, last in zip(low, high, strict=True)]
    return cast("Floats", np.array(medians)[place])
