"""A customer's no against the carrier's van: whoever comes first wins, and never do both."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from racing import race
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker
from test_order_races import breaches, ordered, stocked

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.errors import OmsError
from oms_core.orders import fulfilment
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.interception import request_cancellation
from oms_core.orders.models import Order
from oms_core.orders.progress import move_order

BOTH = text("""
SELECT o.number, o.status, l.quantity_shipped, l.quantity_cancelled FROM orders o
JOIN order_lines l ON l.order_id = o.id JOIN statuses s ON s.code = o.status
WHERE l.quantity_shipped + l.quantity_cancelled > l.quantity
   OR (s.group_code = 'cancelled' AND l.quantity_shipped > l.quantity_returned)
""")
# Asked to stop and shipped all the same: a task must call it back.
UNCALLED = text("""
SELECT o.number FROM orders o WHERE o.status = 'deliver'
   AND EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.kind IN ('recall.asked', 'hold.opened'))
   AND NOT EXISTS (SELECT FROM tasks t WHERE t.order_id = o.id AND t.title = 'Recall the goods')
""")


@pytest.fixture
def actor(fresh_sessions: sessionmaker[Session]) -> Actor:
    """The administrator of the test's own database."""
    with fresh_sessions() as session:
        return find_actor(session, "admin")


def packed(sessions: sessionmaker[Session], actor: Actor) -> str:
    """An order of two that waits for the carrier."""
    number = ordered(sessions, actor, "MUG")
    for step in ("confirm", "pick", "ship"):
        door.run(sessions, actor, move_order, number=number, to=step)
    return number


def raced(sessions: sessionmaker[Session], actor: Actor, times: int) -> Counter[tuple[str, str]]:
    """Ship orders while they are cancelled or asked to be, in turns; what became of both."""
    stocked(sessions, actor, "MUG", quantity=2 * times)
    told: Counter[tuple[str, str]] = Counter()
    for turn in range(times):
        number = packed(sessions, actor)
        stop: Callable[..., object] = partial(door.run, sessions, actor, cancel_order, reason="changed_mind")
        if turn % 2:
            stop = partial(door.run, sessions, actor, request_cancellation)
        ship = partial(door.run, sessions, actor, ship_order, number=number)
        both = [ship, partial(stop, number=number)]
        outcomes = race(both if turn % 4 < 2 else both[::-1])
        if turn % 4 >= 2:
            outcomes.reverse()
        shipped, stopped = (one.code if isinstance(one, OmsError) else type(one).__name__ for one in outcomes)
        told[shipped, stopped] += 1
    return told


@pytest.mark.parametrize("times", [40, pytest.param(500, marks=[pytest.mark.full, pytest.mark.timeout(900)])])
def test_cancelled_and_shipped_is_never_both_without_a_recall(
    fresh_sessions: sessionmaker[Session], fresh_engine: Engine, actor: Actor, times: int
):
    told = raced(fresh_sessions, actor, times)
    assert set(told) <= {
        ("Shipped", "not_cancellable"), ("Shipped", "Intercepted"), ("not_packed", "Cancelled"),
        ("not_packed", "Intercepted"),
    }, told  # fmt: skip
    with fresh_engine.connect() as connection:
        assert connection.execute(BOTH).all() == []
        assert connection.execute(UNCALLED).all() == []
    assert breaches(fresh_sessions) == {}


def test_past_the_lock_it_is_the_missing_reservation_that_stops_the_van(
    fresh_sessions: sessionmaker[Session], actor: Actor, monkeypatch: pytest.MonkeyPatch
):
    stocked(fresh_sessions, actor, "MUG", quantity=2)
    number = packed(fresh_sessions, actor)

    def read_and_let_the_other_go_first(session: Session, number: str, *, version: int | None = None) -> Order:
        order = session.scalars(select(Order).where(Order.number == number)).one()
        assert version is None
        door.run(fresh_sessions, actor, cancel_order, number=number, reason="changed_mind")
        return order

    monkeypatch.setattr(fulfilment, "lock_order", read_and_let_the_other_go_first)
    with pytest.raises(OmsError) as refusal:
        door.run(fresh_sessions, actor, ship_order, number=number)
    assert refusal.value.code == "nothing_to_ship"
    assert breaches(fresh_sessions) == {}
