import pytest
from building import a_stocked_product, an_order, levels, written

from oms_core.errors import Conflict


def test_the_same_reference_again_is_the_same_order_and_takes_no_more_stock(session):
    a_stocked_product(session, "TEA", 10)
    first = an_order(session, {"TEA": 3}, external_ref="W-1")
    before = (written(session), levels(session))
    again = an_order(session, {"TEA": "3.000"}, external_ref="W-1")
    assert (again.created, again.id, again.number) == (False, first.id, first.number)
    assert (written(session), levels(session)) == before


def test_the_same_reference_with_another_body_is_a_conflict(session):
    a_stocked_product(session, "TEA", 10)
    first = an_order(session, {"TEA": 3}, external_ref="W-1")
    with pytest.raises(Conflict) as refusal:
        an_order(session, {"TEA": 4}, external_ref="W-1")
    assert refusal.value.code == "reference_reused"
    assert refusal.value.rows[0]["number"] == first.number
    assert levels(session) == {("MAIN", "TEA"): (10, 3)}


def test_two_channels_may_use_one_reference(session):
    a_stocked_product(session, "TEA", 10)
    assert an_order(session, {"TEA": 1}, external_ref="W-1").created
    assert an_order(session, {"TEA": 1}, external_ref="W-1", channel="api").created


def test_the_same_idempotency_key_again_is_the_same_order(session):
    a_stocked_product(session, "TEA", 10)
    first = an_order(session, {"TEA": 3}, idempotency_key="k-1")
    again = an_order(session, {"TEA": 3}, idempotency_key="k-1")
    assert (again.created, again.number) == (False, first.number)
    assert levels(session) == {("MAIN", "TEA"): (10, 3)}
    with pytest.raises(Conflict):
        an_order(session, {"TEA": 4}, idempotency_key="k-1")
