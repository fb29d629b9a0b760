from datetime import date
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oms_core.orders.shares import share_of
from pipelines.simulation.buying import Purchases
from pipelines.simulation.clock import make_horizon
from pipelines.simulation.columns import shares
from pipelines.simulation.demand import Wanted
from pipelines.simulation.handling import _work_queues
from pipelines.simulation.shelf import NO_LINE, Shelf, make_history
from pipelines.simulation.team import MANAGERS, make_team

HORIZON = make_horizon(date(2026, 11, 21), 60, "Europe/Warsaw")
TEAM = make_team(HORIZON, np.random.default_rng(3))


@given(st.lists(st.tuples(st.integers(0, 40 * 86_400), st.integers(60, 9_000)), min_size=1, max_size=60))
def test_the_queue_of_a_manager_is_worked_one_by_one_in_working_hours(jobs):
    arrived = np.array([int(HORIZON.midnight(0)) + after for after, _ in jobs], dtype=np.int64)
    service = np.array([seconds for _, seconds in jobs], dtype=np.float64)
    clock, free_at, expected = TEAM.manager_clocks[0], 0, {}
    for job in np.argsort(arrived, kind="stable"):
        begins = max(int(clock.worked(arrived[job : job + 1])[0]), free_at)
        free_at = begins + int(service[job])
        expected[job] = int(clock.moment(np.array([free_at]))[0])
    finished = _work_queues(TEAM, np.zeros(len(jobs), dtype=np.int64), arrived, service)
    assert finished.tolist() == [expected[job] for job in range(len(jobs))]


def test_a_manager_works_through_nobody_s_absence():
    for place, clock in enumerate(TEAM.manager_clocks):
        for day in np.flatnonzero(TEAM.is_on_leave[place] | TEAM.is_sick[place]):
            ends = np.array([HORIZON.midnight(int(day)), HORIZON.midnight(int(day) + 1)])
            assert clock.between(ends[:1], ends[1:])[0] == 0
    assert len(TEAM.manager_clocks) == len(MANAGERS) == 8


@given(st.integers(0, 10**7), st.integers(1, 50), st.data())
def test_shares_of_columns_are_the_shares_of_the_order_service(cents, of, data):
    before = data.draw(st.integers(0, of - 1))
    quantity = data.draw(st.integers(1, of - before))
    slow = share_of(Decimal(cents) / 100, Decimal(quantity), of=Decimal(of), before=Decimal(before))
    fast = shares(*(np.array([number]) for number in (cents, quantity, of, before)))
    assert Decimal(int(fast[0])) / 100 == slow


def three_lines_of_one_cell() -> Shelf:
    order = np.arange(3)
    wanted = Wanted(
        placed_at=order, day=order * 0, stock_day=order * 0, customer=order, is_firm=order < 0, warehouse=order * 0,
        copy_of=order * 0 - 1, first_line=np.arange(4), line_order=order, line_product=order * 0,
        line_quantity=np.array([5, 4, 3]),
    )  # fmt: skip
    return Shelf(wanted, order * 0, make_history(wanted, np.zeros(1, dtype=np.int64), Purchases()))


def test_waiting_lines_are_served_oldest_first_and_in_parts():
    shelf = three_lines_of_one_cell()
    for line, quantity in enumerate((5, 4, 3)):
        shelf.start_waiting(line, quantity)
    assert shelf.serve(0, 7, 100, NO_LINE) == 0
    assert shelf.reserved.tolist() == [5, 2, 0]
    assert shelf.waiting[0] == 5
    assert shelf.serve(0, 9, 200, NO_LINE) == 4
    assert shelf.history.ready_at.tolist() == [100, 200, 200]
    assert [tuple(part)[:3] for part in shelf.history.parts] == [(0, 5, 100), (1, 2, 100), (1, 2, 200), (2, 3, 200)]


def test_who_stops_waiting_is_passed_over_and_what_is_freed_is_free():
    shelf = three_lines_of_one_cell()
    for line, quantity in enumerate((5, 4, 3)):
        shelf.start_waiting(line, quantity)
    shelf.serve(0, 6, 100, NO_LINE)
    shelf.free_line(1)
    assert shelf.free[0] == 1
    assert shelf.serve(0, 2, 200, NO_LINE) == 0
    assert shelf.reserved.tolist() == [5, 0, 2]
    assert shelf.waiting_lines(0) == [2]
