"""Orders change among others that are cancelled, shipped, placed and supplied: no deadlock, nothing lost."""

import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy.orm import Session, sessionmaker
from test_order_races import breaches, ordered, outcomes, stocked

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.change_document import LineEdit, OrderEdit
from oms_core.orders.change_log import list_changes
from oms_core.orders.changing import change_order, undo_change
from oms_core.orders.progress import move_order

SKUS = ("A", "B", "C", "D")


@pytest.fixture
def actor(fresh_sessions: sessionmaker[Session]) -> Actor:
    """The administrator of the test's own database."""
    with fresh_sessions() as session:
        return find_actor(session, "admin")


def test_of_many_who_change_one_version_one_does_and_each_other_sees_what_is_there(
    fresh_sessions: sessionmaker[Session], actor: Actor
):
    stocked(fresh_sessions, actor, "A", quantity=50)
    number = ordered(fresh_sessions, actor, "A")
    tasks = [
        partial(
            door.run, fresh_sessions, actor, change_order, number=number, version=1,
            change=OrderEdit(lines=[LineEdit("A", Decimal(quantity), 1)]),
        )
        for quantity in range(3, 11)
    ]  # fmt: skip
    assert outcomes(tasks) == {"done": 1, "stale_version": 7}
    with fresh_sessions() as session:
        assert len(list_changes(session, actor=actor, number=number)) == 1
    assert breaches(fresh_sessions) == {}


@pytest.mark.parametrize("rounds", [3, pytest.param(25, marks=pytest.mark.full)])
def test_orders_that_swap_goods_among_cancelling_supplying_and_placing_end_well(
    fresh_sessions: sessionmaker[Session], actor: Actor, rounds: int
):
    chance = random.Random(rounds)
    stocked(fresh_sessions, actor, *SKUS, quantity=12)
    do = partial(door.run, fresh_sessions, actor)
    numbers = [ordered(fresh_sessions, actor, *chance.sample(SKUS, 2)) for _ in range(8)]
    for _ in range(rounds):
        tasks: list[Callable[[], object]] = []
        for number in chance.sample(numbers, 5):
            lines = [LineEdit(sku, Decimal(chance.randint(1, 4)), None, Decimal(5)) for sku in chance.sample(SKUS, 3)]
            tasks.append(partial(do, change_order, number=number, version=None, change=OrderEdit(lines=lines)))
        tasks.append(partial(do, undo_change, number=chance.choice(numbers), version=None))
        tasks.append(partial(do, cancel_order, number=numbers.pop(), reason="changed_mind"))
        tasks.append(partial(do, move_order, number=chance.choice(numbers), to="confirm"))
        receipt = [ReceiptRequest(sku, Decimal(2)) for sku in reversed(SKUS)]
        tasks.append(partial(do, receive_goods, warehouse="MAIN", lines=receipt))
        tasks.append(partial(ordered, fresh_sessions, actor, *chance.sample(SKUS, 4)))
        told = outcomes(tasks)
        refusals = {"nothing_to_undo", "not_permitted", "not_changeable", "nothing_changes", "busy", "not_ready"}
        assert set(told) <= {"done"} | refusals, told
        assert told["busy"] <= 1, told
        numbers.append(ordered(fresh_sessions, actor, *chance.sample(SKUS, 2)))
    assert breaches(fresh_sessions) == {}
