"""The course of every order put together: stages, waves of shipping, cancellations, promises. Uncut by the horizon."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipelines.simulation.cancellations import cause_number
from pipelines.simulation.clock import DAY, HOUR, NEVER, Flags, Horizon, Ints
from pipelines.simulation.demand import STOCK_DAY_STARTS, Wanted
from pipelines.simulation.handling import Handling
from pipelines.simulation.shelf import StockHistory
from pipelines.simulation.stages import CARRIER_DAY, Pace, Way, end_of_day, follow
from pipelines.simulation.stockroom import Temper
from pipelines.simulation.team import Team


@dataclass(frozen=True)
class PartsByLine:
    """Units promised at once, and to lines that waited, as columns."""

    line: Ints
    quantity: Ints
    moment: Ints
    bought_line: Ints
    at_once: Ints
    """By line: units promised at placement."""


class Circumstances(NamedTuple):
    """What was settled before the stock was lived through."""

    horizon: Horizon
    team: Team
    wanted: Wanted
    handling: Handling
    pace: Pace

    def follow(self, gate: Ints) -> Way:
        """Way of every order from its gate on."""
        return follow(self.horizon, self.team, self.wanted, self.pace, gate)


@dataclass(frozen=True)
class Course:
    """Instants by order (NEVER where it does not come to that), and what was cancelled by line."""

    is_recorded: Flags
    is_short: Flags
    confirmed_at: Ints
    waits_from: Ints
    first: Way
    second: Way
    """The second wave of an order shipped in parts."""
    is_parted: Flags
    gate: Ints
    hand_over_at: Ints
    """When nothing of the order is left to hand over."""
    done_at: Ints
    cancelled_at: Ints
    cause: Ints
    line_cancelled_at: Ints
    line_cause: Ints
    line_cancelled: Ints
    first_promised_at: Ints
    promised_at: Ints
    repromised_at: Ints
    parts: PartsByLine


def set_course(setting: Circumstances, temper: Temper, history: StockHistory, rng: np.random.Generator) -> Course:
    """Follow every order through, with the stock it got."""
    wanted, handling = setting.wanted, setting.handling
    orders = len(wanted)
    parts = _parts_of(history)
    is_short = np.bincount(wanted.line_order, weights=history.waited, minlength=orders) > 0
    is_recorded = np.bincount(wanted.line_order, weights=history.kept, minlength=orders) > 0
    unreachable = history.cause == cause_number("unreachable")
    confirmed = np.where(unreachable, NEVER, handling.confirmed_at)
    cleared = np.where(unreachable, NEVER, handling.gate)
    early = setting.follow(cleared)
    is_parted = _is_parted(wanted, temper, history, parts.at_once, early.handed_at) & is_short
    gate = np.maximum(cleared, history.ready_at)
    first = _choose(is_parted, early, setting.follow(gate))
    stranded = np.isin(history.cause, [cause_number("carrier_failed"), cause_number("not_collected")])
    first = first._replace(handed_at=np.where(stranded, NEVER, first.handed_at))
    first = first._replace(delivered_at=np.where(stranded, NEVER, first.delivered_at))
    has_rest = _has_second_wave(wanted, parts, first, is_parted)
    rest_gate = np.where(has_rest, np.maximum(history.ready_at, first.handed_at + 60), NEVER)
    second = setting.follow(rest_gate)
    last_hand = np.where(has_rest, second.handed_at, np.maximum(first.handed_at, history.ready_at))
    hand_over = np.where(is_parted, last_hand, first.handed_at)
    last_done = np.where(has_rest, np.maximum(first.delivered_at, second.delivered_at), first.delivered_at)
    done = np.where(is_parted, np.maximum(last_done, hand_over + 60), first.delivered_at)
    waits = is_short & ~is_parted & (history.ready_at > confirmed + 900)
    cancelled, cause = _cancel_emptied(wanted, history, is_parted)
    line_cancelled = _before(history, cancelled[wanted.line_order])
    promised = _promise(setting, history, is_short)
    repromised, promised_at = _promise_again(setting, history, is_short, promised)
    return Course(
        is_recorded, is_short, confirmed, np.where(waits, confirmed + rng.integers(60, 800, orders), NEVER), first,
        second, is_parted, gate, hand_over, done, cancelled, cause, *line_cancelled, promised, promised_at, repromised,
        parts,
    )  # fmt: skip


def _parts_of(history: StockHistory) -> PartsByLine:
    columns = np.array(history.parts, dtype=np.int64).reshape(-1, 4).T
    return PartsByLine(columns[0], columns[1], columns[2], columns[3], history.kept - history.waited)


def _is_parted(wanted: Wanted, temper: Temper, history: StockHistory, at_once: Ints, handed_at: Ints) -> Flags:
    """What is there goes first where the customer agrees, unless the rest arrives before the carrier does."""
    there = np.bincount(wanted.line_order, weights=at_once, minlength=len(wanted)) > 0
    in_time = handed_at < np.minimum(history.ready_at, history.cancelled_at)
    return temper.accepts_parts & there & in_time


def _choose(is_parted: Flags, early: Way, late: Way) -> Way:
    return Way(*(np.where(is_parted, one, other) for one, other in zip(early, late, strict=True)))


def _has_second_wave(wanted: Wanted, parts: PartsByLine, first: Way, is_parted: Flags) -> Flags:
    order = wanted.line_order[parts.line]
    is_late = parts.moment > first.picked_from[order]
    return is_parted & (np.bincount(order, weights=is_late, minlength=len(wanted)) > 0)


def _cancel_emptied(wanted: Wanted, history: StockHistory, is_parted: Flags) -> tuple[Ints, Ints]:
    """An order whose lines were all cancelled one by one is cancelled with the last of them."""
    orders = len(wanted)
    left = np.bincount(wanted.line_order, weights=history.kept - history.line_cancelled, minlength=orders)
    emptied = (left == 0) & (history.cancelled_at >= NEVER) & ~is_parted
    moment = np.where(history.line_cancelled_at < NEVER, history.line_cancelled_at, -1)
    last = np.full(orders, -1, dtype=np.int64)
    np.maximum.at(last, wanted.line_order, moment)
    emptied &= last > 0
    cause = history.cause.copy()
    is_last = emptied[wanted.line_order] & (moment == last[wanted.line_order])
    cause[wanted.line_order[is_last]] = history.line_cause[is_last]
    return np.where(emptied, last, history.cancelled_at), cause


def _before(history: StockHistory, order_cancelled_at: Ints) -> tuple[Ints, Ints, Ints]:
    """Lines cancelled on their own, before their order was: instant, cause, units."""
    holds = history.line_cancelled_at < order_cancelled_at
    return (
        np.where(holds, history.line_cancelled_at, NEVER),
        np.where(holds, history.line_cause, -1),
        np.where(holds, history.line_cancelled, 0),
    )


def _promise(setting: Circumstances, history: StockHistory, is_short: Flags) -> Ints:
    """First promise: two working days to get ready, the carrier's time, and supply where it is needed; end of day."""
    wanted = setting.wanted
    expected = np.full(len(wanted), -1, dtype=np.int64)
    np.maximum.at(expected, wanted.line_order, history.expected_day)
    arrives = setting.horizon.midnight(expected) + STOCK_DAY_STARTS
    start = np.where(is_short, np.maximum(arrives, wanted.placed_at), wanted.placed_at)
    return _deliverable(setting, start, days_to_ready=2.2)


def _deliverable(setting: Circumstances, start: Ints, *, days_to_ready: float) -> Ints:
    team = setting.team
    office, road = team.clocks["demo"], team.clocks["demo-carrier"]
    ready = office.add(start, days_to_ready * 9 * HOUR)
    return end_of_day(setting.horizon, road.add(ready, setting.pace.planned_days() * CARRIER_DAY))


def _promise_again(setting: Circumstances, history: StockHistory, is_short: Flags, promised: Ints) -> tuple[Ints, Ints]:
    """When the supply that was waited for is overdue, the customer is told a later day: instant and new promise."""
    wanted = setting.wanted
    expected = np.full(len(wanted), -1, dtype=np.int64)
    np.maximum.at(expected, wanted.line_order, history.expected_day)
    office = setting.team.clocks["demo"]
    overdue = office.add(setting.horizon.midnight(expected + 1) + STOCK_DAY_STARTS, 3 * HOUR)
    told = is_short & (history.ready_at > overdue) & (history.cancelled_at > overdue)
    known = np.where(history.ready_at < NEVER, np.minimum(history.ready_at, overdue + 21 * DAY), overdue + 7 * DAY)
    later = _deliverable(setting, known, days_to_ready=1.0)
    told &= later > promised
    return np.where(told, overdue, NEVER), np.where(told, later, promised)
