"""A suspicion is listed with its evidence until somebody judges it; how often it was right is counted."""

from datetime import timedelta

import pytest
from holding import person
from order_life import Shop
from sqlalchemy import text

from oms_core.access.models import Role
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.personal_data import HIDDEN
from oms_core.steering.anomalies import judge_anomaly, list_anomalies, measure_precision


def listed(shop: Shop, **asked: object) -> list[tuple[str, str]]:
    return [(one.kind, one.number) for one in list_anomalies(shop.session, actor=shop.actor, now=shop.now, **asked)]


@pytest.fixture
def twice(shop: Shop) -> tuple[str, str]:
    """The same goods, ordered twice by one customer."""
    shop.stock("MUG", 10)
    return shop.order(("MUG", 2)), shop.order(("MUG", 2))


def test_an_order_that_came_twice_is_suspected_with_its_evidence_until_it_is_judged(shop, twice):
    [one] = list_anomalies(shop.session, actor=shop.actor, now=shop.now, kind="duplicate")
    assert (one.number, one.evidence["first"]) == (twice[1], twice[0])
    shop.do(judge_anomaly, kind="duplicate", number=twice[1], is_true=False, note=" two gifts ")
    assert listed(shop) == []
    kept = shop.session.execute(text("SELECT is_true, note, evidence FROM anomaly_verdicts")).one()
    assert (kept.is_true, kept.note, kept.evidence["first"]) == (False, "two gifts", twice[0])


def test_a_verdict_may_be_changed_and_counts_once_in_the_precision(shop, twice):
    for is_true in (False, True):
        shop.do(judge_anomaly, kind="duplicate", number=twice[1], is_true=is_true)
    told = {one.kind: (one.right, one.wrong, one.share) for one in measure_precision(shop.session)}
    assert told.pop("duplicate") == (1, 0, 1.0)
    assert set(told.values()) == {(0, 0, None)}


def test_what_is_wrong_no_more_cannot_be_judged(shop, twice):
    shop.do(cancel_order, number=twice[0], reason="duplicate")
    with pytest.raises(Conflict):
        shop.do(judge_anomaly, kind="duplicate", number=twice[1], is_true=True)
    with pytest.raises(NotFound):
        shop.do(judge_anomaly, kind="duplicate", number="none", is_true=True)
    with pytest.raises(Invalid):
        listed(shop, kind="ghost")


def test_who_sees_no_personal_data_sees_no_names(shop, twice):
    looks = person(shop, "eva", Role.EXECUTIVE)
    [one] = list_anomalies(shop.session, actor=looks, now=shop.now)
    assert one.customer == HIDDEN


def test_long_ago_is_not_looked_at_once_it_is_closed(shop):
    shop.stock("MUG", 10)
    _, second = (shop.order(("MUG", 2), upto="done") for _ in range(2))
    assert listed(shop) == [("duplicate", second)]
    shop.now += timedelta(days=30)
    assert listed(shop) == []
