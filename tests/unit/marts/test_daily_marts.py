"""Daily stock and demand, from a few flows to the exact rows expected."""

from datetime import date
from decimal import Decimal

import polars as pl
from polars.testing import assert_frame_equal
from raw_rows import at, line, order, sources

from pipelines.marts import daily_demand, daily_stock, order_lines
from pipelines.marts.stock_sources import FLOWS

PRODUCTS = pl.DataFrame({"product_id": [1, 2], "sku": ["BOLT", "NUT"], "category": ["tools", None]})


def flow(day: int | None, product_id: int = 1, *, moves: int = 1, **quantities: int) -> dict:
    given = dict.fromkeys(("received", "shipped", "returned", "adjusted", "outstanding"), 0) | quantities
    when = None if day is None else date(2024, 1, day)
    amounts = {name: Decimal(value) for name, value in given.items()}
    return {"warehouse": "MAIN", "product_id": product_id, "day": when, "moves": moves, **amounts}


def flows(*rows: dict) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(FLOWS), orient="row")


STORY = (
    flow(2, received=10),
    flow(3, moves=0, outstanding=7),
    flow(5, shipped=7, outstanding=-7),
    flow(6, moves=0, outstanding=3),
)


def test_stock_is_dense_from_the_first_move_to_the_newest_day():
    built = daily_stock.build(flows(*STORY, flow(7, 2, received=1)), PRODUCTS).collect()
    bolts = built.filter(product_id=1)
    assert bolts["day"].to_list() == [date(2024, 1, day) for day in range(2, 8)]
    assert bolts["on_hand"].to_list() == [10, 10, 10, 3, 3, 3]
    assert bolts["outstanding"].to_list() == [0, 7, 7, 0, 3, 3]
    assert bolts["available"].to_list() == [10, 3, 3, 3, 0, 0]
    assert bolts["stocked_out"].to_list() == [False, False, False, False, True, True]
    assert built.filter(product_id=2).select("sku", "day").rows() == [("NUT", date(2024, 1, 7))]


def test_what_orders_wanted_before_the_first_receipt_counts():
    built = daily_stock.build(flows(flow(1, moves=0, outstanding=4), flow(2, received=5)), PRODUCTS).collect()
    assert built.select("day", "outstanding", "available").rows() == [(date(2024, 1, 2), 4, 1)]


def test_a_product_that_never_moved_has_no_stock_days():
    assert daily_stock.build(flows(flow(1, moves=0, outstanding=4)), PRODUCTS).collect().is_empty()


def test_days_from_a_base_equal_the_same_days_of_the_whole():
    whole = daily_stock.build(flows(*STORY), PRODUCTS).collect()
    since = date(2024, 1, 5)
    base = flow(None, received=10, outstanding=7)
    part = daily_stock.build(flows(base, *STORY[2:]), PRODUCTS, since=since).collect()
    assert_frame_equal(part, whole.filter(pl.col("day") >= since))


def test_demand_is_what_was_asked_for_on_the_day_placed_without_what_the_customer_took_back():
    placed = at("2024-01-06 10:00")
    cancelled = {"quantity": Decimal(2), "reason": "r", "gross": Decimal(0), "cancelled_at": at("2024-01-09 10:00")}
    rows = sources(
        orders=[order(n, placed_at=placed) for n in (1, 2, 3)] + [order(4, placed_at=placed, is_test=True)],
        lines=[
            line(1, net="4", quantity=Decimal(4), quantity_cancelled=Decimal(2)),
            line(2, net="5", quantity=Decimal(5), quantity_cancelled=Decimal(2), quantity_shipped=Decimal(3)),
            line(3, net="1", is_direct=True),
            line(4, net="9"),
        ],
        cancellations=[
            {"cancellation_id": 1, "order_id": 1, "line_id": 11, "fault": "customer", **cancelled},
            {"cancellation_id": 2, "order_id": 2, "line_id": 21, "fault": "stock", **cancelled},
        ],
    )
    stock = daily_stock.build(flows(*STORY), PRODUCTS)
    built = daily_demand.build(order_lines.build(rows), stock).collect()
    columns = ("warehouse", "day", "orders", "ordered", "unwanted", "demand", "shipped", "stocked_out")
    assert built.select(columns).rows() == [
        ("DIRECT", date(2024, 1, 6), 1, 1, 0, 1, 0, False),
        ("MAIN", date(2024, 1, 6), 2, 9, 2, 7, 3, True),
    ]
