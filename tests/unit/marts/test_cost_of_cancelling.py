"""What cancelling costs, counted by hand: lost repeat customers, lines out of living orders, losses in equal time."""

from datetime import date
from decimal import Decimal

import pytest
from raw_rows import at, line, order, published

from pipelines import kpi
from pipelines.store import Store

JANUARY = {"date_from": date(2024, 1, 1), "date_to": date(2024, 2, 1)}
MONEY = "early_avoidable_margin"


def died(order_id: int, day: int, **facts) -> dict:
    """An order placed at noon of a day in January and cancelled a day later."""
    placed = at(f"2024-01-{day:02} 12:00")
    given = {"placed_at": placed, "closed_at": placed.replace(day=day + 1), "status_group": "cancelled"}
    return order(order_id, gross="100", **(given | facts))


def lived(order_id: int, stamp: str, **facts) -> dict:
    return order(order_id, placed_at=at(stamp), closed_at=at(stamp), status_group="done", gross="40", **facts)


def cancelling(order_id: int, day: int, **facts) -> dict:
    given = {
        "cancellation_id": order_id, "line_id": order_id * 10 + 1, "quantity": Decimal(3), "reason": "out_of_stock",
        "fault": "shop", "is_preventable": True, "previous_status": "new", "previous_group": "new",
        "net": Decimal(100), "gross": Decimal(100), "margin": Decimal(30), "time_estimated": False,
        "derived_cause": "stock_lost_later", "cancelled_at": at(f"2024-01-{day:02} 12:00"),
    }  # fmt: skip
    return {"order_id": order_id, **given, **facts}


def bought_twice(customer: int) -> list[dict]:
    return [
        lived(customer * 100 + number, f"2023-1{number}-05 12:00", customer_id=customer, channel=channel)
        for number, channel in enumerate(("shop", "other"), 1)
    ]


@pytest.fixture
def lost(tmp_path) -> Store:
    """1 and 5 are lost; 2 comes back in time, 3 too late, 4 bought once, 6 ordered twice by mistake."""
    orders = [one for customer in (1, 2, 3, 5, 6) for one in bought_twice(customer)]
    orders += [lived(401, "2023-12-05 12:00", customer_id=4)]
    orders += [died(customer, 9, customer_id=customer) for customer in (1, 2, 3, 4, 6)]
    orders += [lived(20, "2024-03-10 11:59", customer_id=2), lived(30, "2024-03-10 12:01", customer_id=3)]
    orders += [died(5, 20, customer_id=5), died(7, 9, customer_id=None)]
    causes = {6: "duplicate", 5: "changed_mind"}
    rows = [
        cancelling(number, 21 if number == 5 else 10, derived_cause=causes.get(number)) for number in (1, 2, 3, 4, 5, 6)
    ]
    lines = [line(one["order_id"], net="100") for one in orders if one["order_id"] < 10]
    return published(tmp_path, read_at="2024-03-15 12:00", orders=orders, lines=lines, cancellations=rows)


def test_a_repeat_customer_is_lost_who_ordered_nothing_in_sixty_days_after_a_cancelled_order(lost):
    rows = kpi.drill(lost, "repeat_customers_lost", **JANUARY)
    assert sorted(rows["number"]) == ["N1", "N3"]  # the sixty days of 5 go on, and 3 was back a minute late
    over = {"date_from": date(2024, 3, 10), "date_to": date(2024, 3, 11)}  # the 10th of January and sixty days
    [row] = kpi.compute(lost, "repeat_value_lost", lens="flow", **over)
    assert (row["value"], row["n"], row["is_mature"]) == (2 * 40 + 2 * 40, 2, True)
    assert not kpi.compute(lost, "repeat_customers_lost", **JANUARY)[0]["is_mature"]


def test_lines_out_of_orders_that_live_count_apart_from_whole_orders(tmp_path):
    orders = [lived(1, "2024-01-02 12:00"), died(2, 9)]
    lines = [line(1, net="100", quantity_cancelled=Decimal(1)), line(2, net="100")]
    rows = [cancelling(1, 3), cancelling(2, 10)]
    store = published(tmp_path, orders=orders, lines=lines, cancellations=rows)
    [value] = kpi.compute(store, "partial_cancelled_value", **JANUARY)
    [units] = kpi.compute(store, "partial_cancelled_units", by=["reason"], **JANUARY)
    assert (value["value"], value["n"], units["value"], units["by"]) == (100, 1, 3, {"reason": "out_of_stock"})


@pytest.fixture
def early(tmp_path) -> Store:
    """1 dies in time, 2 on its 15th day, 3 loses a line for no fault of ours, 4 lives, 5 is too young to tell."""
    late = {"placed_at": at("2024-01-02 12:00"), "closed_at": at("2024-01-17 12:00")}
    orders = [died(1, 3), died(2, 2, **late), lived(3, "2024-01-04 12:00"), lived(4, "2024-01-05 12:00"), died(5, 18)]
    rows = [cancelling(1, 4), cancelling(2, 17), cancelling(3, 5, derived_cause="changed_mind"), cancelling(5, 19)]
    lines = [line(number, net="100") for number in range(1, 6)]
    return published(tmp_path, read_at="2024-01-30 12:00", orders=orders, lines=lines, cancellations=rows)


def test_every_order_is_given_the_same_days_to_be_cancelled(early):
    [row] = kpi.compute(early, "early_cancel_rate", **JANUARY)
    assert (row["numerator"], row["denominator"]) == (1, 4)
    [row] = kpi.compute(early, MONEY, **JANUARY)
    assert (row["numerator"], row["denominator"], row["n"]) == (30, 4, 4)


def test_a_cause_takes_its_losses_out_of_all_orders(early):
    [row] = kpi.compute(early, MONEY, filters={"derived_cause": "stock_lost_later"}, **JANUARY)
    assert (row["numerator"], row["denominator"]) == (30, 4)
    [row] = kpi.compute(early, MONEY, filters={"derived_cause": "promise_slipped"}, **JANUARY)
    assert (row["numerator"], row["denominator"]) == (0, 4)
