from datetime import date

import numpy as np
import pytest

from pipelines.simulation.cancellations import CAUSES
from pipelines.simulation.clock import NEVER, make_horizon
from pipelines.simulation.demand import STOCK_DAY_STARTS
from pipelines.simulation.outcome import Outcome, by_line, settle
from pipelines.simulation.prices import price
from pipelines.simulation.settlement import settle_money
from pipelines.simulation.story import Story, live

UNTIL = date(2026, 11, 18)


@pytest.fixture(scope="module")
def story() -> Story:
    return live(make_horizon(UNTIL, 240, "Europe/Warsaw"), orders_per_day=60, seed=1)


@pytest.fixture(scope="module")
def outcome(story: Story) -> Outcome:
    return settle(story)


def test_the_same_seed_lives_the_same_life_and_another_seed_another():
    horizon = make_horizon(UNTIL, 15, "Europe/Warsaw")
    one, same, other = (settle(live(horizon, orders_per_day=10, seed=seed)) for seed in (1, 1, 2))
    assert one.visits.equals(same.visits)
    assert one.reservations.equals(same.reservations)
    assert one.cancelled.equals(same.cancelled)
    assert not one.visits.equals(other.visits)


def test_every_cause_strikes(story, outcome):
    assert {CAUSES[cause] for cause in outcome.cancelled["cause"]} == set(CAUSES)


def test_about_as_many_orders_come_as_were_asked_for(story):
    assert len(story.wanted) / 240 == pytest.approx(60, rel=0.1)
    assert story.course.is_recorded.mean() > 0.93


def test_nobody_orders_while_the_goods_come_in(story):
    since_midnight = story.wanted.placed_at - story.horizon.midnight(story.wanted.day)
    assert not ((since_midnight > STOCK_DAY_STARTS - 2 * 3_600) & (since_midnight < STOCK_DAY_STARTS)).any()


def test_what_was_kept_is_shipped_cancelled_or_still_open(story, outcome):
    shipped, cancelled = by_line(story, outcome.shipped), by_line(story, outcome.cancelled)
    left = story.history.kept - shipped - cancelled
    assert (left >= 0).all()
    done = np.isin(story.wanted.line_order, outcome.visits.filter(outcome.visits["status"] == "done")["order"])
    assert (left[done] == 0).all()


def test_a_line_is_never_promised_more_than_it_needs(story, outcome):
    held = outcome.reservations.filter(outcome.reservations["state"] != "released")
    promised = by_line(story, held)
    assert (promised <= story.history.kept - by_line(story, outcome.cancelled)).all()


def test_stages_of_an_order_follow_each_other_in_time(outcome):
    gaps = outcome.visits.select(outcome.visits["moment"].diff().alias("gap"), "order")
    same_order = outcome.visits["order"].diff() == 0
    assert gaps.filter(same_order)["gap"].min() > 0


def test_customers_walk_away_wait_or_take_less_when_the_shelf_is_empty(story):
    wanted, kept, waited = story.wanted.line_quantity, story.history.kept, story.history.waited
    assert (kept == 0).any()
    assert ((kept > 0) & (kept < wanted)).any()
    assert (waited > 0).any()
    assert 0.02 < 1 - kept.sum() / wanted.sum() < 0.15


def test_promotions_lift_demand(story):
    units = np.zeros(story.goods.pace.shape)
    np.add.at(units, (story.wanted.line_product, story.wanted.day[story.wanted.line_order]), story.wanted.line_quantity)
    on_offer = np.zeros(units.shape, dtype=bool)
    for one in story.goods.promotions:
        on_offer[one.product, one.first_day : one.last_day + 1] = True
    offered = on_offer.any(axis=1)
    during = units[offered][on_offer[offered]].mean()
    assert during > 1.5 * units[offered][~on_offer[offered]].mean()


def test_some_suppliers_keep_being_late(story):
    late = story.goods.suppliers.slip > 1.3
    assert late.sum() == 5
    heads = story.history.purchases.orders
    came = [(story.goods.suppliers.slip[head.supplier] > 1.3, head.arrival_day - head.day) for head in heads]
    stated = [story.goods.suppliers.stated_days[head.supplier] for head in heads]
    ratio = np.array([days for _, days in came]) / np.array(stated)
    is_late = np.array([flag for flag, _ in came])
    assert ratio[is_late].mean() > 1.25 * ratio[~is_late].mean()


def test_no_refund_exceeds_what_was_paid(story, outcome):
    settlement = settle_money(story, outcome, price(story))
    paid, refunded = np.zeros(len(story.wanted)), np.zeros(len(story.wanted))
    np.add.at(paid, settlement.payments["order"].to_numpy(), settlement.payments["gross"].to_numpy())
    np.add.at(refunded, settlement.refunds["order"].to_numpy(), settlement.refunds["gross"].to_numpy())
    assert (refunded <= paid).all()
    assert (refunded > 0).any()


def test_the_last_days_leave_work_at_every_stage(story, outcome):
    last = outcome.visits.unique("order", keep="last", maintain_order=True)["status"].value_counts()
    assert set(last["status"]) == {
        "new", "confirm", "supply", "pick", "ship", "deliver", "done", "cancelled",
    }  # fmt: skip
    waiting = story.course.is_recorded & (story.history.ready_at >= NEVER)
    assert waiting.any()
