"""Metrics over a few orders counted by hand, and over HTTP."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from raw_rows import at, line, order, published

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission
from oms_core.api.callers import Caller, identify
from oms_core.errors import Invalid, NotFound
from pipelines import kpi
from pipelines.kpi_api import kpi_router
from pipelines.metrics import METRICS
from pipelines.metrics.reference import write_reference

JANUARY = {"date_from": date(2024, 1, 1), "date_to": date(2024, 2, 1)}


def delivered_after(order_id: int, hours: int, promised: str = "2024-01-05 12:00") -> tuple[dict, dict]:
    placed = at("2024-01-02 12:00")
    arrived = placed.replace(day=2 + hours // 24, hour=12 + hours % 24)
    facts = {"first_promised_at": at(promised), "promised_at": at("2024-01-30 12:00"), "closed_at": arrived}
    shipment = {"shipment_id": order_id, "order_id": order_id, "shipped_at": placed, "delivered_at": arrived}
    return order(order_id, placed_at=placed, status_group="done", **facts), shipment


def test_cycle_time_is_the_median_with_p90_by_nearest_rank(tmp_path):
    pairs = [delivered_after(number, hours) for number, hours in enumerate([1, 2, 3, 24, 26, 27, 48, 50, 72, 240], 1)]
    orders, shipments = zip(*pairs, strict=True)
    cancelled = order(99, placed_at=at("2024-01-02 12:00"), status_group="cancelled", closed_at=at("2024-01-20 12:00"))
    store = published(tmp_path, orders=[*orders, cancelled], shipments=list(shipments))
    [row] = kpi.compute(store, "cycle_time", **JANUARY)
    assert (row["n"], row["value"], row["p90"], row["mean"]) == (10, 26.5, 72, 49.3)
    assert kpi.compute(store, "cycle_time", by=["day"], lens="flow", **JANUARY)[0]["by"] == {"day": "2024-01-02"}


def test_on_time_counts_the_undelivered_as_late_once_due_and_leaves_out_cancelled_and_not_yet_due(tmp_path):
    placed = at("2024-01-02 12:00")
    in_time, late = delivered_after(1, 24), delivered_after(2, 96)
    still_open = order(
        3, placed_at=placed, first_promised_at=at("2024-01-05 12:00"), promised_at=at("2024-01-19 22:59")
    )
    cancelled = order(4, placed_at=placed, first_promised_at=at("2024-01-05 12:00"), status_group="cancelled")
    not_due = order(5, placed_at=placed, first_promised_at=at("2024-01-20 12:00"), promised_at=at("2024-01-20 12:00"))
    store = published(
        tmp_path,
        orders=[in_time[0], late[0], still_open, {**cancelled, "closed_at": placed}, not_due],
        shipments=[in_time[1], late[1]],
    )
    [row] = kpi.compute(store, "on_time_rate", **JANUARY)
    assert (row["numerator"], row["denominator"]) == (1, 3)
    [current] = kpi.compute(store, "on_time_rate_current", **JANUARY)
    assert (current["numerator"], current["denominator"]) == (0, 1)
    late_now = kpi.drill(store, "open_late", lens="now", **JANUARY)
    assert late_now["number"].to_list() == ["N3"]


def test_a_promise_falls_due_by_the_clock_of_its_channel(tmp_path):
    promise = {"first_promised_at": at("2024-01-19 12:00"), "promised_at": at("2024-01-19 12:00")}
    zones = {"east": "Europe/Warsaw", "west": "America/Sao_Paulo"}
    orders = [
        order(number, placed_at=at("2024-01-02 12:00"), channel=channel, time_zone=zone, **promise)
        for number, (channel, zone) in enumerate(zones.items(), 1)
    ]
    store = published(tmp_path, read_at="2024-01-20 01:30", orders=orders)  # in the west it is still the 19th
    due = {channel: kpi.compute(store, "on_time_rate", channel=channel, **JANUARY)[0]["n"] for channel in zones}
    assert due == {"east": 1, "west": 0}
    assert kpi.drill(store, "open_late", lens="now", **JANUARY)["channel"].to_list() == ["east"]
    west = published(tmp_path / "west", read_at="2024-01-20 01:30", orders=orders[1:])
    assert kpi.compute(west, "open_late", lens="now", **JANUARY)[0]["value"] == 0


def test_cancel_rate_of_the_cohort_and_of_the_flow_are_two_numbers(tmp_path):
    def cancelled(order_id: int, placed: str, closed: str) -> dict:
        return order(order_id, placed_at=at(placed), closed_at=at(closed), status_group="cancelled")

    store = published(
        tmp_path,
        orders=[
            cancelled(1, "2023-12-20 12:00", "2024-01-03 12:00"),
            cancelled(2, "2024-01-05 12:00", "2024-02-03 12:00"),
            order(3, placed_at=at("2024-01-06 12:00")),
        ],
    )
    [cohort] = kpi.compute(store, "cancel_rate", **JANUARY)
    [flow] = kpi.compute(store, "cancel_rate_flow", lens="flow", **JANUARY)
    assert (cohort["numerator"], cohort["denominator"]) == (1, 2)
    assert (flow["numerator"], flow["denominator"]) == (1, 2)
    assert kpi.drill(store, "cancel_rate", limit=1, **JANUARY)["number"].to_list() == ["N2"]
    assert kpi.drill(store, "cancel_rate_flow", limit=1, lens="flow", **JANUARY)["number"].to_list() == ["N1"]


def test_an_order_cut_by_category_counts_once_in_each(tmp_path):
    lines = [line(1, 1), line(1, 2), line(1, 3, category="toys", sku="BALL"), line(2, 1, category="toys", sku="BALL")]
    placed = at("2024-01-02 12:00")
    store = published(tmp_path, orders=[order(1, placed_at=placed), order(2, placed_at=placed)], lines=lines)
    rows = kpi.compute(store, "orders_received", by=["category"], **JANUARY)
    assert [(row["by"]["category"], row["value"]) for row in rows] == [("tools", 1), ("toys", 2)]
    [toys] = kpi.compute(store, "orders_received", filters={"category": ["toys", "tools"]}, **JANUARY)
    assert toys["value"] == 2
    rows = kpi.compute(store, "orders_received", by=["product"], filters={"category": "toys"}, **JANUARY)
    assert [(row["by"]["product"], row["value"]) for row in rows] == [("BALL", 2)]
    assert kpi.compute(store, "orders_received", filters={"category": "tools"}, **JANUARY)[0]["value"] == 1


def test_money_of_two_currencies_is_not_added_up(tmp_path):
    placed = at("2024-01-02 12:00")
    store = published(
        tmp_path,
        orders=[
            order(1, placed_at=placed, gross="5"),
            order(2, placed_at=placed, gross="7", currency="BRL", channel="b"),
        ],
        lines=[line(1, net="5"), line(2, net="7")],
    )
    with pytest.raises(Invalid, match="several currencies"):
        kpi.compute(store, "ordered_value", **JANUARY)
    with pytest.raises(Invalid, match="several currencies"):
        kpi.board(store, ["ordered_value"], **JANUARY)
    assert [row["value"] for row in kpi.compute(store, "ordered_value", by=["channel"], **JANUARY)] == [7, 5]
    assert kpi.compute(store, "ordered_value", channel="shop", **JANUARY)[0]["value"] == 5
    assert kpi.compute(store, "orders_received", **JANUARY)[0]["value"] == 2


def test_fill_rate_counts_what_was_there_at_once_of_what_was_still_wanted(tmp_path):
    placed, ten, six = at("2024-01-02 12:00"), Decimal(10), Decimal(6)
    cancelled = {"cancellation_id": 1, "order_id": 1, "line_id": 11, "quantity": Decimal(2), "reason": "r",
                 "fault": "customer", "gross": Decimal(0), "cancelled_at": placed}  # fmt: skip
    store = published(
        tmp_path,
        orders=[order(1, placed_at=placed, status_group="done", closed_at=placed), order(2, placed_at=placed)],
        lines=[
            line(1, quantity=ten, quantity_shipped=Decimal(8), quantity_cancelled=Decimal(2)),
            line(2, quantity=ten),
        ],
        allocations=[{"order_id": 1, "position": 1, "quantity": six}, {"order_id": 2}],
        cancellations=[cancelled],
    )
    [row] = kpi.compute(store, "fill_rate", **JANUARY)
    assert (row["numerator"], row["denominator"], row["value"]) == (6, 8, 0.75)


def test_nothing_is_zero_orders_and_an_unknown_rate(tmp_path):
    store = published(tmp_path)
    assert kpi.compute(store, "orders_received", **JANUARY)[0]["value"] == 0
    [rate] = kpi.compute(store, "cancel_rate", **JANUARY)
    assert (rate["value"], rate["n"]) == (None, 0)
    [cycle] = kpi.compute(store, "cycle_time", **JANUARY)
    assert (cycle["value"], cycle["p90"], cycle["mean"], cycle["business_value"]) == (None, None, None, None)
    assert kpi.compute(store, "cancel_rate", by=["month"], **JANUARY) == []


def test_over_http_it_is_the_same_answer(tmp_path):
    store = published(tmp_path, orders=[order(1, placed_at=at("2024-01-02 12:00"), gross="5")])
    server = FastAPI()
    server.include_router(kpi_router(lambda: store), prefix="/api/v1")
    server.dependency_overrides[identify] = lambda: Caller(None, Actor(1, "eva", permissions=frozenset(Permission)))
    client = TestClient(server)
    got = client.get("/api/v1/kpi/orders_received?from=2024-01-01&to=2024-02-01&by=month,channel")
    assert got.json() == [
        {"code": "orders_received", "by": {"month": "2024-01", "channel": "shop"}, "value": 1, "numerator": 1,
         "denominator": None, "n": 1, "is_mature": True}
    ]  # fmt: skip
    assert client.get("/api/v1/kpi/orders_received?from=then&to=2024-02-01").status_code == 422
    asked = "/api/v1/kpi/orders_received?from=2024-01-01&to=2024-02-01&by=month,channel&as_of="
    assert client.get(asked + "2999-01-01T00:00:00Z").json() == got.json()
    with pytest.raises(NotFound, match="No figures are kept"):
        client.get(asked + "2020-01-01T00:00:00")
    assert [metric["code"] for metric in client.get("/api/v1/metrics").json()] == list(METRICS)


def test_every_metric_is_described_in_words(tmp_path):
    assert len(METRICS) >= 15
    for code, metric in METRICS.items():
        assert metric.definition.endswith("."), code
        assert metric.home in metric.days, code
        assert "cohort" in metric.to_json()["lenses"], code


def test_the_reference_of_metrics_is_what_their_definitions_say():
    written = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text()
    assert written == write_reference(METRICS.values()), "write it anew: oms metrics --markdown > docs/metrics.md"
