"""Warehouses chosen anew in a replay: by what lay on the shelves, and refused where there is no choice."""

from datetime import timedelta

import polars as pl
import pytest

from oms_core.errors import Invalid
from pipelines.replay import Changes, Record, Routing, replay_orders
from tests.unit.replay.past_orders import DAY, FIRST, figure, four_at_ten, line, order, record, stay

WAREHOUSES = ("NORTH", "SOUTH")


def two_warehouses() -> Record:
    """Six orders from NORTH, the last of which waited two days for goods that SOUTH had."""
    orders = [order(number, FIRST + number * DAY) for number in range(6)]
    orders += [order(6, FIRST + 6 * DAY, warehouse="SOUTH")]
    stays, lines = [], []
    for one in orders:
        came, waits = one["placed_at"], timedelta(days=2 if one["order_id"] == 5 else 0)
        stays += [
            stay(one, 1, "supply", came, came + waits),
            stay(one, 2, "pick", came + waits, came + waits + DAY / 24),
        ]
        lines.append(line(one, 1, one["warehouse"]))
    stock = [{"warehouse": "SOUTH", "product_id": 1, "day": (FIRST + day * DAY).date(), "available": 3}
             for day in range(-1, 9)]  # fmt: skip
    return record(orders, stays, lines, stock)


def test_an_order_goes_from_where_all_of_it_lay_and_waits_for_nothing_there():
    outcome = replay_orders(two_warehouses(), Changes(closed=frozenset({"NORTH"})))
    # SOUTH had three: what was sent from it is missing there for a fortnight, and three orders stay where they were.
    assert outcome.orders["warehouse_after"].to_list() == ["SOUTH"] * 3 + ["NORTH"] * 3 + ["SOUTH"]
    assert outcome.orders["is_unserved"].to_list() == [False] * 3 + [True] * 3 + [False]


def test_goods_on_another_shelf_end_the_wait_for_supply():
    outcome = replay_orders(two_warehouses(), Changes(routing=Routing.MOST_STOCK))
    assert outcome.orders["warehouse_after"].to_list()[0] == "SOUTH"
    whole, last = two_warehouses(), pl.col("order_id") >= 5
    frames = (whole.orders.filter(last), whole.stays.filter(last), whole.lines.filter(last), whole.stock)
    alone = replay_orders(record(*(frame.to_dicts() for frame in frames)), Changes(routing=Routing.MOST_STOCK))
    assert alone.orders["hours_change"].to_list()[0] == -48.0


def test_what_no_single_shelf_has_is_sent_in_parts():
    orders = [order(1, FIRST), order(2, FIRST, warehouse="SOUTH"), order(3, FIRST, warehouse="WEST")]
    stays = [stay(one, 1, "pick", FIRST, FIRST + DAY / 24) for one in orders]
    lines = [line(orders[0], 1), line(orders[0], 2), line(orders[1], 1, "SOUTH"), line(orders[2], 2, "WEST")]
    stock = [{"warehouse": place, "product_id": product, "day": (FIRST - DAY).date(), "available": 5}
             for place, product in (("SOUTH", 1), ("WEST", 2))]  # fmt: skip
    outcome = replay_orders(record(orders, stays, lines, stock), Changes(closed=frozenset({"NORTH"})))
    assert outcome.orders["places"].to_list() == [2, 1, 1]
    assert figure(outcome, "", "split") == (0.0, round(1 / 3, 6))


def test_one_warehouse_leaves_nothing_to_choose_and_none_nothing_to_send_from():
    with pytest.raises(Invalid) as refused:
        replay_orders(four_at_ten(), Changes(routing=Routing.QUICKEST))
    assert refused.value.code == "replay_one_warehouse"
    with pytest.raises(Invalid) as refused:
        replay_orders(two_warehouses(), Changes(closed=frozenset(WAREHOUSES)))
    assert refused.value.code == "replay_all_closed"
    stockless = record(two_warehouses().orders.to_dicts(), two_warehouses().stays.to_dicts())
    with pytest.raises(Invalid) as refused:
        replay_orders(stockless, Changes(closed=frozenset({"NORTH"})))
    assert refused.value.code == "replay_no_stock"
