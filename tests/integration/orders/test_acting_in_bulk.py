from order_life import Shop

from oms_core.access.actors import find_actor
from oms_core.bulk import BulkResult, assign_orders, cancel_orders, move_orders, prioritise_orders
from oms_core.orders.card import read_order
from oms_core.orders.labels import read_labels


def test_one_refusal_does_not_stop_the_others(fresh_sessions):
    with fresh_sessions.begin() as session:
        actor = find_actor(session, "admin")
        shop = Shop(session, actor)
        ready, short = shop.order((shop.stock("MUG", 2), 2), upto="confirm"), shop.order(("MUG", 1), upto="confirm")
    results = move_orders(fresh_sessions, actor, numbers=[short, ready, ready, "0"], to="pick")
    assert [(result.number, result.ok, result.code) for result in results] == [
        (short, False, "not_ready"),
        (ready, True, ""),
        ("0", False, "unknown_order"),
    ]
    assert "stock for 1 line" in results[0].message
    urgent = prioritise_orders(fresh_sessions, actor, numbers=[short, "0"], priority=2)
    assert [(result.number, result.ok) for result in urgent] == [(short, True), ("0", False)]
    assert assign_orders(fresh_sessions, actor, numbers=[short], manager="admin") == [BulkResult(short, ok=True)]
    assert [result.ok for result in cancel_orders(fresh_sessions, actor, numbers=[ready, short], reason="fraud")] == [
        True,
        True,
    ]
    with fresh_sessions() as session:
        assert read_labels(session, number=short).priority == 2
        assert {read_order(session, number, actor=actor).status for number in (ready, short)} == {"cancelled"}
