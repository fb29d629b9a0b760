"""No order is lost between a marketplace and us: whatever forgets, repeats or fails on the way."""

from datetime import UTC, date, datetime, timedelta

import pytest

from oms_core.errors import Conflict
from oms_core.intake.feed_progress import begin_walk, list_due_feeds, store_page
from oms_core.intake.feeds import change_feed
from oms_core.intake.inbound_reading import incoming_order
from oms_core.intake.inbound_views import count_overdue
from oms_core.intake.reconciling import list_reconciliations, list_uncounted
from oms_core.integrity.checking import check
from oms_core.orders.lost import count_lost, list_lost
from pipelines.feeds.pulling import pull_due, reconcile_day, reconcile_due, repull
from tests.concurrency.racing import race
from tests.integration.inbound.marketplace import Marketplace, an_offer
from tests.integration.inbound.receiving_shop import ReceivingShop

DAY = date(2026, 11, 20)
A_HUNDRED = range(100)


def offers(shop: ReceivingShop, count: int = 100) -> list[dict[str, object]]:
    start = datetime(2026, 11, 20, 8, tzinfo=UTC)
    return [
        an_offer(f"{shop.name}-{at}", updated_at=(start + timedelta(seconds=at)).isoformat().replace("+00:00", "Z"))
        for at in range(count)
    ]


def test_three_of_a_hundred_dropped_are_named_and_fetched(shop: ReceivingShop, market: Marketplace):
    market.orders = offers(shop)
    market.forgotten = {f"{shop.name}-{at}" for at in (7, 50, 99)}
    code = shop.market_feed(market)
    pulled = shop.pull()
    assert (pulled.pages, pulled.new, pulled.is_whole) == (4, 97, True)
    counted = reconcile_day(shop.run, shop.read, code, DAY, shop.home)
    assert (counted.theirs, counted.ours) == (100, 97)
    assert set(counted.missing) == market.forgotten
    assert set(repull(shop.run, shop.read, counted, shop.home)) == market.forgotten
    shop.decide()
    assert set(shop.outcomes().values()) == {"order"}
    assert len(shop.orders()) == 100
    [told] = shop.read(list_reconciliations, feed=code)
    assert (told.theirs, told.ours, told.recovered, told.still_missing) == (100, 100, 3, [])
    assert set(told.missing) == market.forgotten
    with shop.sessions() as session:
        assert [found for found in check(session) if found.rows] == []


def test_the_same_again_is_nothing_new(shop: ReceivingShop, market: Marketplace):
    market.orders = offers(shop, 30)
    shop.market_feed(market)
    assert shop.pull().new == 30
    again = shop.pull()
    assert (again.messages, again.new) == (30, 0)
    assert len(shop.orders()) == 30
    assert len(shop.rows("SELECT 1 FROM inbound_messages WHERE external_id LIKE :like")) == 30


def test_an_outage_in_the_middle_loses_nothing_and_is_seen(shop: ReceivingShop, market: Marketplace):
    market.orders, market.page = offers(shop, 40), 10
    market.fails_after = 2
    code = shop.market_feed(market)
    stopped = shop.pull()
    assert (stopped.new, stopped.is_whole) == (20, False)
    assert "503" in stopped.failure
    state = shop.view()
    assert state.failed_since is not None
    assert "503" in state.failure
    assert state.watermark is not None
    assert state.watermark.startswith("2026-11-01"), "what was not stored may not be skipped"
    shop.pull()
    assert shop.view().failed_since == state.failed_since, "since when, not since the last look"
    market.fails_after = None
    market.asked.clear()
    went_on = shop.pull()
    assert "first=20" in market.asked[0], "it goes on from the page where it was stopped"
    assert (went_on.new, went_on.is_whole) == (20, True)
    assert len(shop.orders()) == 40
    assert (shop.view().failed_since, shop.view().failure) == (None, "")
    assert shop.view().code == code


def test_pauses_between_failures_grow_up_to_an_hour(shop: ReceivingShop, market: Marketplace):
    market.fails_after = 0
    shop.market_feed(market)
    pauses = []
    for _attempt in range(6):
        before = datetime.now(UTC)
        shop.pull(decide=False)
        pauses.append(round((shop.view().due_at - before).total_seconds() / 60))
    assert pauses == [5, 10, 20, 40, 60, 60]
    assert shop.name not in shop.read(list_due_feeds, now=datetime.now(UTC))
    assert shop.name in shop.read(list_due_feeds, now=datetime.now(UTC) + timedelta(hours=2))


def test_an_order_that_arrives_late_is_seen_within_the_overlap(shop: ReceivingShop, market: Marketplace):
    market.orders = offers(shop, 2)
    shop.market_feed(market, overlap_minutes=15)
    shop.pull()
    late = an_offer(f"{shop.name}-late", updated_at="2026-11-20T07:50:00Z")
    market.orders.insert(0, late)
    assert shop.pull().new == 1
    assert f"{shop.name}-late" in shop.orders()


def test_a_date_in_the_future_there_skips_nothing_here(shop: ReceivingShop, market: Marketplace):
    market.orders = [an_offer(f"{shop.name}-1", updated_at="2099-01-01T00:00:00Z")]
    shop.market_feed(market)
    shop.pull()
    assert (shop.view().watermark or "") <= datetime.now(UTC).isoformat()


def test_what_was_stored_before_a_kill_is_decided_after_it(shop: ReceivingShop, market: Marketplace):
    market.orders = offers(shop, 5)
    shop.market_feed(market)
    shop.pull(decide=False)
    assert set(shop.outcomes().values()) == {None}
    assert shop.orders() == []
    now = datetime.now(UTC)
    assert shop.read(count_overdue, now=now + timedelta(minutes=14)) == 0
    assert shop.read(count_overdue, now=now + timedelta(minutes=16)) == 5
    shop.decide()
    assert len(shop.orders()) == 5
    assert shop.read(count_overdue, now=now + timedelta(days=1)) == 0


def test_two_who_pull_and_decide_at_once_make_each_order_once(shop: ReceivingShop, market: Marketplace):
    market.orders = offers(shop, 24)
    market.page = 6
    shop.market_feed(market)
    ended = race([shop.pull] * 4)
    assert [end for end in ended if isinstance(end, BaseException)] == []
    assert any(end.is_whole for end in ended)
    assert len(shop.orders()) == 24
    assert len(shop.rows("SELECT 1 FROM inbound_messages WHERE external_id LIKE :like")) == 24
    assert set(shop.outcomes().values()) == {"order"}


def test_a_walk_that_was_overtaken_stores_nothing_more(shop: ReceivingShop, market: Marketplace):
    code = shop.market_feed(market)
    first = shop.run(begin_walk, code=code)
    second = shop.run(begin_walk, code=code)
    page = [incoming_order(an_offer(f"{shop.name}-1"), first.settings)]
    facts = {"incoming": page, "cursor": None, "reached": "2026-11-20T10:00:00+00:00"}
    with pytest.raises(Conflict, match="Another walk"):
        shop.run(store_page, walk=first, **facts)
    assert shop.outcomes() == {}
    assert shop.run(store_page, walk=second, **facts) == 1


def test_a_day_is_counted_by_itself_and_what_it_misses_is_fetched(shop: ReceivingShop, market: Marketplace):
    market.orders = offers(shop, 10)
    market.forgotten = {f"{shop.name}-4"}
    code = shop.market_feed(market)
    shop.rows_changed("UPDATE channel_feeds SET created_at = now() - interval '2 days' WHERE code = :name")
    assert code in {feed for feed, _day in shop.read(list_uncounted, now=datetime.now(UTC))}
    shop.pull()
    reconcile_due(shop.run, shop.read, shop.home)
    shop.decide()
    assert len(shop.orders()) == 10
    now = datetime.now(UTC)
    assert code not in {feed for feed, _day in shop.read(list_uncounted, now=now)}
    assert {told.feed for told in shop.read(list_reconciliations, feed=code)} == {code}


def test_a_feed_that_cannot_be_read_keeps_no_other_from_being_pulled(shop: ReceivingShop, market: Marketplace):
    market.orders = offers(shop, 3)
    shop.market_feed(market)
    bad = ReceivingShop(shop.sessions, shop.home, f"{shop.name}bad")
    bad.feed(market.address, secret="file:nowhere")  # noqa: S106 - names where there is none
    pull_due(shop.run, shop.read, shop.home)
    assert "secret" in bad.view().failure
    assert shop.view().polled_at is not None
    view = bad.view()
    facts = {"address": view.address, "secret": "file:market", "settings": view.settings, "every_minutes": 5}
    shop.by("admin", change_feed, code=bad.name, version=1, overlap_minutes=0, is_active=True, **facts)
    assert pull_due(bad.run, bad.read, bad.home) == 0
    assert bad.view().failed_since is None


def test_answers_that_cannot_be_used_are_told_and_nothing_is_skipped(shop: ReceivingShop, market: Marketplace):
    shop.market_feed(market)
    for says, told in (
        (b"<html>", "not JSON"), (b"[" * 100_000, "not JSON"), (b"{}", "no list"), (b" " * (9 * 2**20), "larger"),
    ):  # fmt: skip
        market.says = says
        assert told in shop.pull().failure
    market.says = None
    market.next_page = "https://elsewhere.example/orders"
    assert "another host" in shop.pull().failure
    market.next_page = f"{market.address}/orders?first=0"
    assert "circle" in shop.pull().failure
    market.next_page = None
    assert shop.pull().is_whole


def test_what_has_no_outcome_and_feeds_with_gaps_are_among_what_may_be_lost(shop: ReceivingShop, market: Marketplace):
    market.orders = offers(shop, 2)
    code = shop.market_feed(market)
    shop.pull(decide=False)
    now = datetime.now(UTC)

    def lost(kind: str, minutes: int) -> set[str]:
        rows = shop.read(list_lost, now=now + timedelta(minutes=minutes), kind=kind, limit=500)
        return {row.task for row in rows if row.task and shop.name in row.task}

    assert lost("inbound", 14) == set()
    assert {words.rpartition(" ")[2] for words in lost("inbound", 16)} == {f"{shop.name}-0", f"{shop.name}-1"}
    shop.decide()
    assert lost("inbound", 16) == set()
    market.orders += [an_offer(f"{shop.name}-2")]
    market.forgotten = {f"{shop.name}-2"}
    counted = reconcile_day(shop.run, shop.read, code, DAY, shop.home)
    assert lost("feed", 0) == {f"{code} 2026-11-20: {shop.name}-2"}
    market.forgotten = set()
    shop.pull()
    assert lost("feed", 0) == set(), "it came in by the usual way"
    assert repull(shop.run, shop.read, counted, shop.home) == [f"{shop.name}-2"], "to fetch it again changes nothing"
    shop.decide()
    assert len(shop.orders()) == 3
    market.fails_after = 0
    shop.pull()
    assert lost("feed", 0) == {f"{code}: It answered 503 Service Unavailable."}
    assert {count.kind for count in shop.read(count_lost, now=now)} >= {"feed"}
