"""Marts of orders, from a few raw rows to the exact rows expected."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from raw_rows import at, line, one, order, sources

from pipelines.marts import cancellations, order_facts, order_lines, revenue, status_intervals


@pytest.mark.parametrize(
    ("placed", "day"),
    [
        ("2024-03-30 12:00", date(2024, 3, 30)),
        ("2024-03-31 02:59", date(2024, 3, 30)),  # 04:59 in Warsaw, on the night the clock goes forward
        ("2024-03-31 03:00", date(2024, 3, 31)),  # 05:00: the business day begins
        ("2024-10-27 03:59", date(2024, 10, 26)),  # 04:59 on the night it goes back
        ("2024-10-27 04:00", date(2024, 10, 27)),
    ],
)
def test_the_business_day_begins_when_the_channel_says_in_its_own_zone(placed, day):
    facts = order_facts.build(sources(orders=[order(1, placed_at=at(placed))]))
    assert one(facts, "placed_day", "month") == (day, day.strftime("%Y-%m"))


def test_a_delivery_after_midnight_misses_a_promise_of_the_day_before():
    rows = sources(
        orders=[
            order(
                1, placed_at=at("2024-01-01 10:00"), closed_at=at("2024-01-04 23:30"), status_group="done",
                first_promised_at=at("2024-01-03 23:00"), promised_at=at("2024-01-04 23:00"),
            )
        ],
        shipments=[{"shipment_id": 1, "order_id": 1, "shipped_at": at("2024-01-02 10:00"),
                    "delivered_at": at("2024-01-04 23:30")}],
    )  # fmt: skip
    facts = order_facts.build(rows)
    days = ("first_promised_day", "promised_day", "delivered_day", "closed_day")
    assert one(facts, *days) == (date(2024, 1, 4), date(2024, 1, 5), date(2024, 1, 5), date(2024, 1, 4))


def test_the_cycle_of_a_done_order_runs_to_its_last_delivery():
    shipped = {"order_id": 1, "shipped_at": at("2024-01-01 12:00")}
    rows = sources(
        orders=[order(1, placed_at=at("2024-01-01 10:00"), closed_at=at("2024-01-03 10:00"), status_group="done")],
        shipments=[
            {"shipment_id": 1, **shipped, "delivered_at": at("2024-01-02 10:00")},
            {"shipment_id": 2, **shipped, "delivered_at": at("2024-01-03 10:00")},
        ],
        intervals=[
            {"order_id": 1, "visit": 1, "status_group": "new", "business_seconds": 600},
            {"order_id": 1, "visit": 2, "status_group": "deliver", "business_seconds": 1200},
        ],
    )
    facts = order_facts.build(rows)
    assert one(facts, "cycle_wall_seconds", "cycle_business_seconds") == (2 * 86_400, 1800)


def test_a_delivery_at_an_unknown_time_has_no_cycle():
    rows = sources(
        orders=[order(1, placed_at=at("2024-01-01 10:00"), closed_at=at("2024-01-03 10:00"), status_group="done")],
        shipments=[{"shipment_id": 1, "order_id": 1, "shipped_at": at("2024-01-01 12:00")}],
        intervals=[{"order_id": 1, "visit": 1, "status_group": "new", "business_seconds": 600}],
    )
    columns = ("delivered_at", "delivered_day", "cycle_wall_seconds", "cycle_business_seconds")
    assert one(order_facts.build(rows), *columns) == (None, None, None, None)


def test_a_part_the_customer_gave_up_does_not_spoil_a_delivery_in_full_and_one_we_lost_does():
    def delivered(fault: str) -> bool:
        rows = sources(
            orders=[order(1, placed_at=at("2024-01-01 10:00"), closed_at=at("2024-01-03 10:00"), status_group="done")],
            lines=[line(1, quantity=Decimal(3), quantity_shipped=Decimal(2), quantity_cancelled=Decimal(1))],
            cancellations=[
                {"cancellation_id": 1, "order_id": 1, "line_id": 11, "quantity": Decimal(1), "reason": "r",
                 "fault": fault, "gross": Decimal(1), "cancelled_at": at("2024-01-01 11:00")}
            ],
        )  # fmt: skip
        return one(order_facts.build(rows), "is_delivered_in_full")[0]

    assert delivered("customer")
    assert not delivered("stock")


def test_pre_orders_tests_and_duplicates_are_kept_but_not_counted():
    placed = {"placed_at": at("2024-01-01 10:00")}
    rows = sources(
        orders=[
            order(1, **placed),
            order(2, is_test=True, **placed),
            order(3, is_duplicate=True, **placed),
            order(4, status_group="preorder", **placed),
        ]
    )
    assert order_facts.build(rows).collect()["is_counted"].to_list() == [True, False, False, False]


def test_a_stay_is_credited_to_whoever_held_the_order_when_it_ended():
    stay = {"order_id": 1, "status": "new", "manager": "boris"}
    rows = sources(
        orders=[order(1, placed_at=at("2024-01-01 10:00"), manager="carla")],
        intervals=[
            {**stay, "visit": 1, "status_group": "new", "entered_at": at("2024-01-01 10:00"),
             "left_at": at("2024-01-01 11:00"), "wall_seconds": 3600, "business_seconds": 3600},
            {**stay, "visit": 2, "status_group": "confirm", "entered_at": at("2024-01-01 11:00"),
             "left_at": at("2024-01-01 13:00"), "wall_seconds": 7200, "business_seconds": 7200},
            {**stay, "visit": 3, "status_group": "new", "entered_at": at("2024-01-01 13:00")},
        ],
        assignments=[
            {"order_id": 1, "visit": 1, "manager": "anna", "assigned_at": at("2024-01-01 10:30")},
            {"order_id": 1, "visit": 2, "manager": "carla", "assigned_at": at("2024-01-01 12:59")},
        ],
    )  # fmt: skip
    stays = status_intervals.build(rows).collect()
    assert stays["manager"].to_list() == ["anna", "carla", "carla"]
    assert stays["is_reentry"].to_list() == [False, False, True]
    assert stays["is_open"].to_list() == [False, False, True]


def test_before_anybody_held_it_a_stay_belongs_to_nobody():
    rows = sources(
        orders=[order(1, placed_at=at("2024-01-01 10:00"))],
        intervals=[{"order_id": 1, "visit": 1, "status": "new", "status_group": "new", "manager": "anna",
                    "entered_at": at("2024-01-01 10:00"), "left_at": at("2024-01-01 11:00"), "wall_seconds": 3600,
                    "business_seconds": 0}],
        assignments=[{"order_id": 1, "visit": 1, "manager": "anna", "assigned_at": at("2024-01-01 11:30")}],
    )  # fmt: skip
    assert one(status_intervals.build(rows), "manager") == (None,)


def test_lines_that_suppliers_ship_belong_to_the_warehouse_direct_and_so_does_an_order_of_them_alone():
    rows = sources(
        orders=[order(1, placed_at=at("2024-01-01 10:00")), order(2, placed_at=at("2024-01-01 10:00"))],
        lines=[line(1, 1, is_direct=True), line(1, 2), line(2, 1, is_direct=True)],
    )
    assert order_lines.build(rows).collect()["warehouse"].to_list() == ["DIRECT", "MAIN", "DIRECT"]
    assert order_facts.build(rows).collect()["warehouse"].to_list() == ["MAIN", "DIRECT"]


def test_what_placement_reserved_at_once_is_unknown_without_its_event_and_nothing_where_it_says_so():
    rows = sources(
        orders=[order(number, placed_at=at("2024-01-01 10:00")) for number in (1, 2, 3)],
        lines=[line(1, 1, quantity=Decimal(5)), line(2, 1), line(3, 1)],
        allocations=[{"order_id": 1, "position": 1, "quantity": Decimal(3)}, {"order_id": 2}],
    )
    assert order_lines.build(rows).collect()["quantity_allocated"].to_list() == [3, 0, None]


def test_costs_round_half_up_once_per_line():
    rows = sources(
        orders=[order(1, placed_at=at("2024-01-01 10:00"))],
        lines=[line(1, 1, net="10", unit_cost=Decimal("0.1250")), line(1, 2, net="10")],
    )
    built = order_lines.build(rows).collect()
    assert built["cost"].to_list() == [Decimal("0.13"), None]
    assert built["margin"].to_list() == [Decimal("9.87"), None]


def test_partial_shipments_sum_exactly_to_the_line_and_returns_take_it_back():
    shipped = {"order_id": 1, "line_id": 11, "quantity": Decimal(1)}
    rows = sources(
        orders=[order(1, placed_at=at("2024-01-01 10:00"))],
        lines=[line(1, net="10.00", quantity=Decimal(3), quantity_shipped=Decimal(3))],
        shipments=[{"shipment_id": n, **shipped, "shipped_at": at(f"2024-01-0{n} 12:00")} for n in (1, 2, 3)],
        returns=[{"return_id": 9, **shipped, "net": Decimal("3.33"), "received_at": at("2024-01-09 03:00")}],
    )
    entries = revenue.build(rows).collect().sort("day")
    assert entries["net"].to_list() == [Decimal("3.33"), Decimal("3.34"), Decimal("3.33"), Decimal("-3.33")]
    assert entries["kind"].to_list() == ["shipped"] * 3 + ["returned"]
    assert entries["day"].to_list() == [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3), date(2024, 1, 8)]
    assert entries["placed_day"].unique().to_list() == [date(2024, 1, 1)]


def test_a_cancellation_names_its_line_stage_and_manager_at_the_time():
    cancelled = {"order_id": 1, "reason": "too_slow", "fault": "us", "is_preventable": True,
                 "previous_status": "picking", "previous_group": "pick", "time_estimated": False}  # fmt: skip
    rows = sources(
        orders=[order(1, placed_at=at("2024-01-01 10:00"), status_group="cancelled", manager="carla")],
        lines=[line(1, quantity=Decimal(2), quantity_cancelled=Decimal(2))],
        cancellations=[{"cancellation_id": 5, **cancelled, "line_id": 11, "quantity": Decimal(2),
                        "net": Decimal(8), "gross": Decimal(10), "cancelled_at": at("2024-01-02 10:00")}],
        assignments=[{"order_id": 1, "visit": 1, "manager": "anna", "assigned_at": at("2024-01-01 11:00")},
                     {"order_id": 1, "visit": 2, "manager": "carla", "assigned_at": at("2024-01-03 11:00")}],
    )  # fmt: skip
    columns = ("sku", "manager", "status_group", "is_whole_order", "cancelled_day", "wall_seconds")
    expected = ("BOLT", "anna", "pick", True, date(2024, 1, 2), 86_400)
    assert one(cancellations.build(rows), *columns) == expected
    assert one(order_facts.build(rows), "reason", "fault", "is_cancelled") == ("too_slow", "us", True)


def test_a_shop_without_orders_gives_empty_marts_of_the_declared_columns():
    for mart in (order_facts, order_lines, revenue, status_intervals, cancellations):
        built = mart.build(sources()).collect()
        assert built.is_empty()
        assert dict(built.schema) == dict(pl.Schema(mart.SCHEMA))


def test_going_from_status_to_status_within_a_stage_is_one_stay():
    stay = {"order_id": 1, "manager": "anna", "business_seconds": 600}
    rows = sources(
        orders=[order(1, placed_at=at("2024-01-01 10:00"))],
        intervals=[
            {**stay, "visit": 1, "status": "ship", "status_group": "ship", "entered_at": at("2024-01-01 10:00"),
             "left_at": at("2024-01-01 11:00"), "wall_seconds": 3600},
            {**stay, "visit": 2, "status": "labelled", "status_group": "ship", "entered_at": at("2024-01-01 11:00"),
             "left_at": at("2024-01-01 13:00"), "wall_seconds": 7200},
            {**stay, "visit": 3, "status": "deliver", "status_group": "deliver", "entered_at": at("2024-01-01 13:00"),
             "left_at": at("2024-01-01 14:00"), "wall_seconds": 3600},
            {**stay, "visit": 4, "status": "at_carrier", "status_group": "deliver", "business_seconds": None,
             "entered_at": at("2024-01-01 14:00")},
        ],
    )  # fmt: skip
    stays = status_intervals.build(rows).collect().sort("visit")
    columns = ("visit", "status", "status_group", "is_open", "is_reentry", "wall_seconds", "business_seconds")
    assert stays.select(columns).rows() == [
        (1, "labelled", "ship", False, False, 10_800, 1200), (3, "at_carrier", "deliver", True, False, None, None),
    ]  # fmt: skip
    assert stays["left_at"].to_list() == [at("2024-01-01 13:00"), None]
