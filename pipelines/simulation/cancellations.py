"""Why orders die in the demo shop: the true cause, when it strikes, and what people write down instead."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.clock import DAY, HOUR, NEVER, Clock, Flags, Floats, Ints
from pipelines.simulation.demand import Wanted
from pipelines.simulation.handling import Handling
from pipelines.simulation.stages import Pace, Way

# True cause → the reason an honest and attentive person would state.
STATED = {
    "changed_mind": "changed_mind",
    "found_cheaper": "found_cheaper",
    "duplicate": "duplicate",
    "unreachable": "unreachable",
    "silent_too_long": "too_slow",
    "price_error": "our_mistake",
    "bad_address": "our_mistake",
    "payment_never_came": "not_paid",
    "credit_refused": "not_paid",
    "fraud": "fraud",
    "stock_lost_later": "out_of_stock",
    "carrier_failed": "carrier_failed",
    "not_collected": "not_collected",
    "no_stock_at_placement": "out_of_stock",
    "promise_slipped": "too_slow",
    "supplier_failed": "supplier_failed",
}
CAUSES = tuple(STATED)
NO_CAUSE = -1
_HONEST = 0.80
_EASY_ANSWERS = ("changed_mind", "unknown", "too_slow", "out_of_stock")
_EASY_SHARES = (0.5, 0.22, 0.16, 0.12)


@dataclass
class CancelPlan:
    """What will strike which order or line unless it is gone by then; NEVER where nothing does.

    ``needs_stock`` marks what strikes in the warehouse, so only where the goods were there at once.
    """

    cancelled_at: Ints
    cause: Ints
    needs_stock: Flags
    line_cancelled_at: Ints
    line_cause: Ints
    line_lost: Ints
    """Units that vanish from the shelf with the line; 0 where the line is cancelled for another cause."""


def cause_number(code: str) -> int:
    """Place of a cause in CAUSES."""
    return CAUSES.index(code)


def plan_cancellations(
    office: Clock, wanted: Wanted, handling: Handling, *, way: Way, pace: Pace, rng: np.random.Generator
) -> CancelPlan:
    """Draw at most one cause per order; the first that strikes in the order of the desk wins."""
    count, lines = len(wanted), len(wanted.line_order)
    plan = CancelPlan(
        np.full(count, NEVER), np.full(count, NO_CAUSE), np.zeros(count, dtype=np.bool_),
        np.full(lines, NEVER), np.full(lines, NO_CAUSE), np.zeros(lines, dtype=np.int64),
    )  # fmt: skip
    _strike_on_hold(office, wanted, handling, plan, rng)
    _strike_at_desk(office, wanted, handling, plan, rng)
    _strike_by_customer(office, wanted, way, plan, rng)
    _strike_in_warehouse(office, wanted, plan, way=way, pace=pace, rng=rng)
    _lose_stock(wanted, way, plan, rng)
    return plan


def _strike(plan: CancelPlan, code: str, applies: Flags, moment: Ints, *, needs_stock: bool = False) -> None:
    struck = applies & (plan.cancelled_at >= NEVER) & (moment < NEVER)
    plan.cancelled_at = np.where(struck, moment, plan.cancelled_at)
    plan.cause = np.where(struck, cause_number(code), plan.cause)
    plan.needs_stock = np.where(struck, needs_stock, plan.needs_stock)


def _strike_on_hold(
    office: Clock, wanted: Wanted, handling: Handling, plan: CancelPlan, rng: np.random.Generator
) -> None:
    unpaid = (handling.holds["payment"].opened_at < NEVER) & (handling.paid_at >= NEVER)
    # The desk waits a week for the money.
    given_up = office.add(wanted.placed_at + 7 * DAY, rng.uniform(0.1, 6, len(wanted)) * HOUR)
    _strike(plan, "payment_never_came", unpaid, given_up)
    for kind, code, longest in (
        ("fraud", "fraud", 9),
        ("credit", "credit_refused", 18),
        ("address", "bad_address", 36),
    ):
        hold = handling.holds[kind]
        refused_at = office.add(hold.opened_at, rng.uniform(0.2, 1, len(wanted)) * longest * HOUR)
        _strike(plan, code, hold.is_refused, refused_at)


def _strike_at_desk(
    office: Clock, wanted: Wanted, handling: Handling, plan: CancelPlan, rng: np.random.Generator
) -> None:
    """What the manager finds when the order's turn comes, and what an order suffers that has no turn."""
    count, turn = len(wanted), handling.confirmed_at
    _strike(plan, "duplicate", (wanted.copy_of >= 0) & (rng.random(count) < 0.93), turn - 1)
    _strike(plan, "price_error", rng.random(count) < 0.0035, turn - 1)
    silence = office.between(wanted.placed_at, turn) * rng.uniform(0.5, 0.95, count)
    is_silent = handling.is_forgotten & (rng.random(count) < 0.45)
    _strike(plan, "silent_too_long", is_silent, office.add(wanted.placed_at, silence))
    tries = office.add(turn, rng.uniform(2.2, 4, count) * 9 * HOUR)
    _strike(plan, "unreachable", ~wanted.is_firm & (rng.random(count) < 0.006), tries)


def _strike_by_customer(office: Clock, wanted: Wanted, way: Way, plan: CancelPlan, rng: np.random.Generator) -> None:
    """Customers call in office hours; once picking has begun it is too late."""
    count = len(wanted)
    for code, chance, mean_hours, drops_one_line in (
        ("changed_mind", 0.034, 3.0, 0.25),
        ("found_cheaper", 0.009, 4.0, 0),
    ):
        called = office.add(wanted.placed_at, rng.exponential(mean_hours * HOUR, count) + 120)
        applies = (rng.random(count) < np.where(wanted.is_firm, 0.4, 1.0) * chance) & (called < way.picked_from)
        one_line = applies & (np.diff(wanted.first_line) > 1) & (rng.random(count) < drops_one_line)
        _strike(plan, code, applies & ~one_line, called)
        for order in np.flatnonzero(one_line & (plan.cancelled_at >= NEVER)):
            line = wanted.first_line[order]
            plan.line_cancelled_at[line], plan.line_cause[line] = called[order], cause_number(code)


def _strike_in_warehouse(
    office: Clock, wanted: Wanted, plan: CancelPlan, *, way: Way, pace: Pace, rng: np.random.Generator
) -> None:
    count = len(wanted)
    uncollected = pace.is_pickup & (rng.random(count) < 0.07)
    week_later = np.where(way.packed_at < NEVER, way.packed_at + 7 * DAY, NEVER)
    _strike(
        plan, "not_collected", uncollected, office.add(week_later, rng.uniform(0.2, 12, count) * HOUR), needs_stock=True
    )
    stranded = ~pace.is_pickup & (rng.random(count) < 0.0045)
    waited = office.add(way.packed_at, rng.uniform(1.5, 4, count) * 9 * HOUR)
    _strike(plan, "carrier_failed", stranded, waited, needs_stock=True)


def _lose_stock(wanted: Wanted, way: Way, plan: CancelPlan, rng: np.random.Generator) -> None:
    """The picker finds the shelf short of what the books promise; the whole order dies if it is its only line."""
    lines = len(wanted.line_order)
    order = wanted.line_order
    touched = np.bincount(order, weights=plan.line_cancelled_at < NEVER, minlength=len(wanted)) > 0
    struck = (rng.random(lines) < 0.005) & (way.picked_from[order] < NEVER) & (plan.cancelled_at[order] >= NEVER)
    struck &= ~touched[order]
    chosen = np.flatnonzero(struck)
    _, first = np.unique(order[chosen], return_index=True)
    chosen = chosen[first]
    orders = order[chosen]
    found_at = way.picked_from[orders] + (
        (way.packed_at[orders] - way.picked_from[orders]) * rng.uniform(0.2, 0.9, len(chosen))
    ).astype(np.int64)
    plan.line_cancelled_at[chosen] = found_at
    plan.line_cause[chosen] = cause_number("stock_lost_later")
    plan.line_lost[chosen] = rng.integers(1, wanted.line_quantity[chosen] + 1)


def state_reasons(causes: Ints, rng: np.random.Generator) -> list[str]:
    """Reason people state for each true cause: mostly the right one, else an easy answer."""
    honest: Floats = rng.random(len(causes))
    easy = rng.choice(_EASY_ANSWERS, len(causes), p=_EASY_SHARES)
    return [
        STATED[CAUSES[cause]] if draw < _HONEST else str(answer)
        for cause, draw, answer in zip(causes, honest, easy, strict=True)
    ]
