"""Merging while orders come in: none is left with a customer who is somebody else, and nobody is merged twice."""

from functools import partial

from building import a_stocked_product, asked
from racing import race
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.customers.merging import merge_customers, undo_merge
from oms_core.customers.registration import CustomerRef, resolve_customer
from oms_core.errors import OmsError
from oms_core.orders.placement import place_order


def test_no_order_is_left_with_a_customer_who_was_merged(fresh_sessions: sessionmaker[Session], admin: Actor) -> None:
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "MUG", 1_000)
    for attempt in range(5):
        with fresh_sessions.begin() as session:
            kept = resolve_customer(session, CustomerRef(name=f"Anna {attempt}", phone="600100200"))
            gone = resolve_customer(session, CustomerRef(name=f"A. {attempt}", phone="600100200"))
        by_id = partial(
            door.run, fresh_sessions, admin, place_order, channel="desk", customer=CustomerRef(id=gone),
            lines=asked({"MUG": 1}),
        )  # fmt: skip
        by_name = partial(by_id, customer=CustomerRef(name=f"A. {attempt}", phone="600100200"))
        merging = partial(door.run, fresh_sessions, admin, merge_customers, kept_id=kept, gone_id=gone)
        results = race([by_id, by_name, merging, by_id, by_name])
        assert not [result for result in results if isinstance(result, Exception)], results
        with fresh_sessions() as session:
            owners = text("SELECT customer_id, count(*) FROM orders WHERE customer_id IN (:kept, :gone) GROUP BY 1")
            assert session.execute(owners, {"kept": kept, "gone": gone}).all() == [(kept, 4)]


def test_two_who_merge_the_same_pair_both_ways_merge_it_once(
    fresh_sessions: sessionmaker[Session], admin: Actor
) -> None:
    with fresh_sessions.begin() as session:
        one = resolve_customer(session, CustomerRef(name="Anna", phone="600100200"))
        other = resolve_customer(session, CustomerRef(name="A.", phone="600100200"))
    merge = partial(door.run, fresh_sessions, admin, merge_customers)
    results = race([partial(merge, kept_id=one, gone_id=other), partial(merge, kept_id=other, gone_id=one)])
    merges = [result for result in results if isinstance(result, int)]
    refusals = [result.code for result in results if isinstance(result, OmsError)]
    assert (len(merges), refusals) == (1, ["customer_merged"])
    undo = partial(door.run, fresh_sessions, admin, undo_merge, merge_id=merges[0])
    undone = race([undo, undo, undo])
    assert sorted(result.code for result in undone if isinstance(result, OmsError)) == ["merge_undone"] * 2
