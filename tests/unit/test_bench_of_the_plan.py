"""The trial of buying policies, small: a fair world, and a measure that can be lost."""

import numpy as np
import pytest

from benchmarks.plan import LEVELS, lead_times, reorder_point, sold_history, try_policy
from benchmarks.scratch_shelves import Shelves, make_world


@pytest.fixture(scope="module")
def world():
    return make_world(days=120, orders_per_day=10, seed=5)


def test_no_unit_is_lost_or_made(world):
    shelves = Shelves.stocked(world, 21)
    opening = shelves.on_hand.sum()

    for day in range(120):
        shelves.live(day, reorder_point)

    came = sum(one.quantity for one in shelves.received)
    assert opening + came == shelves.sold.sum() + shelves.on_hand.sum()
    assert (shelves.on_hand >= 0).all()
    assert (shelves.sold <= world.demand).all()
    assert shelves.on_order.sum() == sum(one.quantity for lines in shelves.coming.values() for one in lines)


def test_the_same_order_has_the_same_fate_under_every_policy(world):
    one, other = Shelves.stocked(world, 21), Shelves.stocked(world, 21)
    for day in range(60):
        one.live(day, reorder_point)
        other.live(day, lambda shelves, at: reorder_point(shelves, at) * 2)

    fates = [
        {(x.ordered, world.supplier[x.cell], x.cell % 2): x.arrives for x in each.received} for each in (one, other)
    ]
    shared = fates[0].keys() & fates[1].keys()
    assert len(shared) > 10
    assert all(fates[0][key] == fates[1][key] for key in shared)


def test_a_policy_knows_only_what_was_sold(world):
    shelves = Shelves.stocked(world, 21)
    for day in range(90):
        shelves.live(day, reorder_point)

    history, learnt = sold_history(shelves, 89), lead_times(shelves)

    assert history["demand"].sum() <= shelves.sold[:90].sum() < world.demand[:90].sum()
    assert history.filter(history["censored_share"] > 0).height > 0
    assert learnt.height == len(world.product)
    assert set(learnt["source"]) & {"supplier", "product"}


@pytest.mark.parametrize("policy", ["reorder_point", "plan"])
def test_a_fortnight_under_each_policy_adds_up(policy: str):
    told = try_policy(policy, LEVELS[policy][0], 5, days=14, orders_a_day=6, before=126)

    assert 0 < told["fill_rate"] < 1
    assert told["cost"] == pytest.approx(
        (told["stock"] * 2 + 19 * told["wanted"] * (1 - told["fill_rate"])) / told["wanted"], rel=2e-3
    )
    assert np.isfinite(told["cost"])
