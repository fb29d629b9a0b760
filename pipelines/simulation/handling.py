"""What the desk does with an order before the warehouse may begin: who holds it, holds, payment, confirmation."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipelines.simulation.clock import DAY, HOUR, NEVER, Clock, Flags, Floats, Ints
from pipelines.simulation.customers import Customers
from pipelines.simulation.demand import Wanted
from pipelines.simulation.team import MANAGERS, Team
from pipelines.simulation.trouble import Trouble

METHODS = ("card", "transfer", "cash_on_delivery", "terms")
CARD, TRANSFER, CASH, TERMS = range(4)
_UTILISATION = 0.55
_LONGEST_SERVICE = 35 * 60
_FORGOTTEN = 0.012


class Hold(NamedTuple):
    """Holds of one kind, an entry per order: NEVER opened where there is none, NEVER closed where none lets go."""

    opened_at: Ints
    closed_at: Ints
    is_refused: Flags


@dataclass(frozen=True)
class Handling:
    """The desk's part of every order; ``gate`` is when work in the warehouse may begin if everything is there."""

    manager: Ints
    next_manager: Ints
    """Who took over at ``handed_over_at``; the same manager where nobody did."""
    handed_over_at: Ints
    confirmed_at: Ints
    is_forgotten: Flags
    method: Ints
    paid_at: Ints
    """NEVER for what is paid on or after delivery, or not at all."""
    holds: dict[str, Hold]
    gate: Ints

    def manager_at(self, orders: Ints, moments: Ints) -> Ints:
        """Manager who held each order at each instant."""
        return np.where(moments >= self.handed_over_at[orders], self.next_manager[orders], self.manager[orders])


def handle(
    team: Team, customers: Customers, wanted: Wanted, *, orders_per_day: float, trouble: Trouble,
    rng: np.random.Generator,
) -> Handling:  # fmt: skip
    """Assign every order, let each manager work a queue in own hours, and settle payment and holds."""
    manager, next_manager, handed_over = _assign(team, customers, wanted, rng)
    arrived = np.where(handed_over < NEVER, handed_over, wanted.placed_at)
    holder = np.where(handed_over < NEVER, next_manager, manager)
    service = _draw_service(wanted, holder, orders_per_day, rng) * trouble.stretch("new", wanted.day)
    confirmed = _work_queues(team, holder, arrived, service)
    forgotten = rng.random(len(wanted)) < _FORGOTTEN
    office = team.clocks["demo"]
    delay = np.where(forgotten, rng.uniform(1.5, 6, len(wanted)) * 9 * HOUR, rng.exponential(0.4 * HOUR, len(wanted)))
    confirmed = office.add(confirmed, delay)
    method, paid = _settle_payment(team, wanted, rng)
    holds = _open_holds(office, wanted, (method, paid), confirmed, rng)
    gate = confirmed
    for hold in holds.values():
        gate = np.where(hold.opened_at < NEVER, np.maximum(gate, hold.closed_at), gate)
    return Handling(manager, next_manager, handed_over, confirmed, forgotten, method, paid, holds, gate)


def _assign(team: Team, customers: Customers, wanted: Wanted, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Firms keep their own manager, others go by share; planned leave is respected, sickness comes as a surprise."""
    manager = _draw_present(team, wanted.day, rng.random(len(wanted)))
    own = customers.own_manager[wanted.customer]
    keeps_own = (own >= 0) & ~team.is_on_leave[np.maximum(own, 0), wanted.day]
    manager = np.where(keeps_own, own, manager)
    is_moved = team.is_sick[manager, wanted.day] & (rng.random(len(wanted)) < 0.7)
    moved_at = team.clocks["demo"].add(wanted.placed_at, rng.uniform(3, 9, len(wanted)) * HOUR)
    next_manager = _draw_present(team, wanted.day, rng.random(len(wanted)))
    is_moved &= next_manager != manager
    return manager, np.where(is_moved, next_manager, manager), np.where(is_moved, moved_at, NEVER)


def _draw_present(team: Team, day: Ints, draw: Floats) -> Ints:
    shares = np.array([person.share for person in MANAGERS])[:, None] * ~team.is_on_leave
    shares[:, shares.sum(axis=0) == 0] = 1.0
    heap = np.cumsum(shares, axis=0)
    heap /= heap[-1]
    place = np.asarray((heap[:, day] < draw).sum(axis=0), dtype=np.int64)
    return np.minimum(place, len(MANAGERS) - 1)


def _draw_service(wanted: Wanted, holder: Ints, orders_per_day: float, rng: np.random.Generator) -> Floats:
    """Seconds of work each order takes its manager: long orders and slow managers take longer."""
    capacity = len(MANAGERS) * 7.6 * HOUR * 5 / 7
    mean = min(_LONGEST_SERVICE, _UTILISATION * capacity / max(orders_per_day, 1))
    pace = np.array([person.pace for person in MANAGERS])[holder]
    drawn = rng.lognormal(-0.18, 0.6, len(wanted)) * mean * pace * (0.7 + 0.13 * np.diff(wanted.first_line))
    return np.asarray(np.maximum(drawn, 60))


def _work_queues(team: Team, holder: Ints, arrived: Ints, service: Floats) -> Ints:
    """First come, first served: finish i = Σ service to i + max over j ≤ i of (arrival j − Σ service before j).

    Both in the manager's own working time, so that nights, shifts and absences stop the queue (Lindley, 1952).
    """
    finished = np.empty(len(holder), dtype=np.int64)
    for place, clock in enumerate(team.manager_clocks):
        mine = np.flatnonzero(holder == place)
        mine = mine[np.argsort(arrived[mine], kind="stable")]
        spent = np.cumsum(service[mine].astype(np.int64))
        before = np.concatenate([[0], spent[:-1]])[: len(mine)]
        waited = np.maximum.accumulate(clock.worked(arrived[mine]) - before)
        finished[mine] = clock.moment(spent + waited)
    return finished


def _settle_payment(team: Team, wanted: Wanted, rng: np.random.Generator) -> tuple[Ints, Ints]:
    draw = rng.random(len(wanted))
    method = np.where(
        wanted.is_firm,
        np.where(draw < 0.75, TERMS, TRANSFER),
        np.select([draw < 0.62, draw < 0.82], [CARD, TRANSFER], CASH),
    )
    bank = team.clocks["demo-early"]
    slow = rng.random(len(wanted)) < 0.07
    wait = rng.exponential(4 * HOUR, len(wanted)) + slow * rng.uniform(12, 40, len(wanted)) * HOUR
    by_bank = np.where(rng.random(len(wanted)) < 0.04, NEVER, bank.add(wanted.placed_at, wait + 20 * 60))
    by_card = wanted.placed_at + rng.integers(4, 180, len(wanted))
    paid = np.select([method == CARD, method == TRANSFER], [by_card, by_bank], NEVER)
    return method.astype(np.int64), paid.astype(np.int64)


def _open_holds(
    office: Clock, wanted: Wanted, payment: tuple[Ints, Ints], confirmed: Ints, rng: np.random.Generator
) -> dict[str, Hold]:
    method, paid = payment
    placed, nobody = wanted.placed_at, np.zeros(len(wanted), dtype=np.bool_)
    waits_for_money = method == TRANSFER
    kinds = {"payment": Hold(np.where(waits_for_money, placed, NEVER), np.where(waits_for_money, paid, NEVER), nobody)}
    for kind, applies, chance, refused, opened, longest in (
        ("fraud", method == CARD, 0.016, 0.28, placed + 30, 9),
        ("credit", method == TERMS, 0.022, 0.35, placed + 20, 24),
        ("address", ~wanted.is_firm, 0.012, 0.30, confirmed, 27),
    ):
        is_held = applies & (rng.random(len(wanted)) < chance)
        is_refused = is_held & (rng.random(len(wanted)) < refused)
        closed = office.add(opened, rng.uniform(0.15, 1, len(wanted)) * longest * HOUR)
        kinds[kind] = Hold(np.where(is_held, opened, NEVER), np.where(is_held & ~is_refused, closed, NEVER), is_refused)
    return kinds


def pay_later(
    handling: Handling, customers: Customers, wanted: Wanted, delivered: Ints, rng: np.random.Generator
) -> Ints:
    """When each order is paid, those on delivery and on terms included; some firms pay late."""
    terms = customers.terms_days[wanted.customer] * DAY
    late = rng.normal(0, 3, len(wanted)) + np.where(rng.random(len(wanted)) < 0.12, rng.uniform(5, 40, len(wanted)), 0)
    on_terms = delivered + np.maximum(terms + late * DAY, HOUR).astype(np.int64)
    later = np.select([handling.method == CASH, handling.method == TERMS], [delivered, on_terms], handling.paid_at)
    return np.where(later >= NEVER, NEVER, later).astype(np.int64)
