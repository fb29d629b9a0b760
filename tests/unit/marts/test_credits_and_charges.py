"""Who is credited, what carriers charged and how long money was awaited, from a few raw rows."""

from decimal import Decimal

from raw_rows import at, line, order, sources

from pipelines.marts import order_facts, revenue


def test_what_a_carrier_charged_is_shared_by_quantity_to_the_cent():
    sent = {"shipment_id": 1, "order_id": 1, "shipped_at": at("2024-01-02 12:00"), "cost": Decimal("10.00")}
    rows = sources(
        orders=[order(1, placed_at=at("2024-01-01 10:00"))],
        lines=[line(1, n, net="9", quantity_shipped=Decimal(1)) for n in (1, 2, 3)],
        shipments=[{**sent, "line_id": 10 + n, "quantity": Decimal(1), "carrier": "DHL"} for n in (1, 2, 3)],
        returns=[{"return_id": 1, "order_id": 1, "line_id": 11, "quantity": Decimal(1), "net": Decimal(9),
                  "received_at": at("2024-01-09 03:00")}],
    )  # fmt: skip
    entries = revenue.build(rows).collect().sort("position", "kind", descending=[False, True])
    assert entries["carrier_cost"].to_list() == [Decimal("3.33"), None, Decimal("3.34"), Decimal("3.33")]
    assert entries["carrier"].unique().to_list() == ["DHL"]


def test_money_back_is_awaited_from_the_goods_received_or_the_cancellation():
    placed = at("2024-01-01 10:00")
    rows = sources(
        orders=[order(1, placed_at=placed, status_group="done", closed_at=placed),
                order(2, placed_at=placed, status_group="cancelled", closed_at=at("2024-01-02 10:00")),
                order(3, placed_at=placed)],
        lines=[line(1, quantity_shipped=Decimal(1), quantity_returned=Decimal(1))],
        returns=[{"return_id": 1, "order_id": 1, "line_id": 11, "quantity": Decimal(1), "net": Decimal(0),
                  "received_at": at("2024-01-09 10:00")}],
        moments=[{"order_id": 1, "refunded_at": at("2024-01-09 12:00")},
                 {"order_id": 2, "refunded_at": at("2024-01-01 12:00")}],
    )  # fmt: skip
    facts = order_facts.build(rows).collect().sort("order_id")
    assert facts["refund_wall_seconds"].to_list() == [7200, 0, None]  # given back before it was cancelled: no wait


def test_an_open_order_given_away_keeps_who_took_it_and_a_closed_one_has_who_closed_it():
    placed = at("2024-01-01 10:00")
    moves = [("anna", "2024-01-01 10:30"), (None, "2024-01-02 10:00"), ("carla", "2024-01-05 10:00")]
    rows = sources(
        orders=[order(1, placed_at=placed, manager="carla"),
                order(2, placed_at=placed, manager="carla", status_group="done", closed_at=at("2024-01-06 10:00")),
                order(3, placed_at=placed, manager="boris")],
        assignments=[{"order_id": number, "visit": visit, "manager": manager, "assigned_at": at(when)}
                     for number in (1, 2) for visit, (manager, when) in enumerate(moves, 1)],
    )  # fmt: skip
    facts = order_facts.build(rows).collect().sort("order_id")
    assert facts.select("taken_by", "manager", "owner").rows() == [
        ("anna", "anna", "carla"), ("anna", "carla", "carla"), ("boris", "boris", "boris"),
    ]  # fmt: skip
