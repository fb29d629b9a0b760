"""Replays worked out by hand: hands, hours, cut-off, promise, limits, and questions that are refused."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from oms_core.errors import Invalid
from pipelines.replay import Changes, StageChange, replay_orders
from tests.unit.replay.past_orders import DAY, FIRST, figure, four_at_ten, order, record, stay


def test_twice_the_hands_halve_every_wait_and_every_turn():
    outcome = replay_orders(four_at_ten(), Changes(stages={"new": StageChange(200)}))
    minutes = (outcome.stays["left_after"] - outcome.stays["entered_after"]).to_list()
    assert minutes == [300, 600, 900, 1_200] * 12
    assert figure(outcome, "new", "median") == (round(25 / 60, 6), round(12.5 / 60, 6))
    assert figure(outcome, "new", "p90") == (round(40 / 60, 6), round(20 / 60, 6))
    assert figure(outcome, "new", "queue") == (0.25, 0.125)
    assert outcome.explained["new"] == 1.0


def test_half_the_hands_double_them_and_what_does_not_fit_the_day_waits_for_the_next():
    outcome = replay_orders(four_at_ten(), Changes(stages={"new": StageChange(50)}))
    hours = [(left - came) / 3_600 for came, left in outcome.stays.select("entered_after", "left_after").iter_rows()]
    # Ann works from ten to eleven: twenty minutes each, so the fourth of a day is done the next day at 10:20.
    assert [round(one, 3) for one in hours[:4]] == [0.333, 0.667, 1.0, 24.333]
    # The next day begins with it: its own four are each twenty minutes later, and two are left over.
    assert [round(one, 3) for one in hours[4:8]] == [0.667, 1.0, 24.333, 24.667]


def test_nothing_changed_is_what_was_to_the_second():
    chance = np.random.default_rng(1)
    orders, stays = [], []
    for number in range(400):
        came = FIRST + timedelta(seconds=int(chance.integers(0, 40 * 86_400)))
        orders.append(order(number, came))
        for visit, stage in enumerate(("new", "confirm", "supply", "pick", "ship", "pick", "ship", "deliver"), 1):
            left = came + timedelta(seconds=int(chance.exponential(9_000)))
            stays.append(stay(orders[-1], visit, stage, came, left))
            came = left
    outcome = replay_orders(record(orders, stays), Changes())
    for edge in ("entered", "left"):
        assert outcome.stays[f"{edge}_after"].to_list() == outcome.stays[f"{edge}_before"].to_list()
    assert outcome.stays["replayed_before"].to_list() == outcome.stays["left_before"].to_list()
    changed = outcome.figures.filter(pl.col("before") != pl.col("after"))
    assert changed.is_empty()


def test_longer_hours_let_the_overhang_of_a_day_be_done_on_it():
    short = replay_orders(four_at_ten(), Changes(stages={"new": StageChange(50)}))
    longer = replay_orders(four_at_ten(), Changes(stages={"new": StageChange(50, hours=1)}))
    assert figure(longer, "new", "p90")[1] == round(80 / 60, 6)
    assert figure(short, "new", "p90")[1] > 24


def test_what_is_placed_after_the_cut_off_is_begun_the_next_day():
    outcome = replay_orders(four_at_ten(), Changes(cutoff_hour=10))
    hours = [(left - came) / 3_600 for came, left in outcome.stays.select("entered_after", "left_after").iter_rows()]
    assert [round(one, 3) for one in hours[:4]] == [24.167, 24.333, 24.5, 24.667]
    assert figure(outcome, "", "on_time") == (1.0, 0.0)
    assert figure(replay_orders(four_at_ten(), Changes(cutoff_hour=11)), "new", "p90")[0] == round(40 / 60, 6)


def test_a_longer_promise_is_kept_more_often_and_only_what_is_due_in_both_counts():
    orders = [order(number, FIRST + number * DAY, first_promised_day=(FIRST + (number + number % 3) * DAY).date())
              for number in range(12)]  # fmt: skip
    stays = [stay(one, 1, "new", one["placed_at"], one["delivered_at"]) for one in orders]
    outcome = replay_orders(record(orders, stays), Changes(promise_days=1))
    assert figure(outcome, "", "on_time") == (round(4 / 12, 6), round(8 / 12, 6))


def test_hands_where_waits_do_not_follow_the_load_are_refused():
    chance = np.random.default_rng(4)
    orders = [order(number, FIRST + timedelta(hours=number)) for number in range(300)]
    stays = [stay(one, 1, "pick", one["placed_at"], one["placed_at"] + timedelta(seconds=int(chance.gamma(2, 9_000))))
             for one in orders]  # fmt: skip
    with pytest.raises(Invalid) as refused:
        replay_orders(record(orders, stays), Changes(stages={"pick": StageChange(150)}))
    assert refused.value.code == "replay_no_queue"
    assert refused.value.rows == [{"field": "stage", "value": "pick"}]


def unpaid(hours: int, number: int) -> dict[str, Any]:
    ends = FIRST + timedelta(hours=hours)
    return order(number, FIRST, is_cancelled=True, is_delivered=False, is_delivered_in_full=False, delivered_at=None,
                 closed_at=ends, derived_cause="payment_never_came")  # fmt: skip


def test_limits_tell_whom_they_touch_and_what_they_free():
    orders = [unpaid(30, 1), unpaid(54, 2), order(3, FIRST)]
    stays = [stay(one, 1, "new", FIRST, one["closed_at"]) for one in orders[:2]]
    stays += [stay(orders[2], 1, "new", FIRST, FIRST + 2 * DAY), stay(orders[2], 2, "pick", FIRST + 2 * DAY, None)]
    outcome = replay_orders(record(orders, stays), Changes(payment_hours=24, hold_hours=40))
    rows = {row["limit"]: row for row in outcome.limits.to_dicts()}
    assert rows["payment"] == {"limit": "payment", "hours": 24, "touched": 2, "delivered": 0, "cancelled": 2,
                               "freed_days": 1.5}  # fmt: skip
    assert rows["hold"]["touched"] == 2
    assert (rows["hold"]["delivered"], rows["hold"]["cancelled"]) == (1, 1)
    with pytest.raises(Invalid) as refused:
        replay_orders(record(orders, stays), Changes(payment_hours=54))
    assert refused.value.code == "replay_beyond_record"
    with pytest.raises(Invalid) as refused:
        replay_orders(four_at_ten(), Changes(payment_hours=54))
    assert refused.value.code == "replay_no_unpaid"


def test_a_cancelled_order_is_cancelled_when_it_was_whatever_else_differs():
    orders = [order(number, FIRST + number * DAY / 24) for number in range(60)]
    orders[7] |= {"is_cancelled": True, "is_delivered": False, "delivered_at": None}
    stays = [stay(one, 1, "new", one["placed_at"], one["placed_at"] + timedelta(minutes=50)) for one in orders]
    stays.append(stay(orders[7], 2, "confirm", stays[7]["left_at"], stays[7]["left_at"] + timedelta(minutes=5)))
    outcome = replay_orders(record(orders, stays), Changes(cutoff_hour=1))
    ends = outcome.stays.filter(pl.col("order_id") == 7)["left_after"]
    assert ends.to_list() == [int((stays[7]["left_at"] + timedelta(minutes=5)).timestamp())] * 2


def test_what_no_shop_could_do_is_refused_with_every_field_at_fault():
    changes = Changes(stages={"new": StageChange(1_000), "deliver": StageChange(120)}, cutoff_hour=25)
    with pytest.raises(Invalid) as refused:
        replay_orders(four_at_ten(), changes)
    assert [row["field"] for row in refused.value.rows] == ["cutoff_hour", "capacity", "stage"]
