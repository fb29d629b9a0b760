"""Work on an order over HTTP: moves, shipments, cancellations, and their refusals."""

from decimal import Decimal
from typing import Any

import pytest
from api_ordering import V1, a_product, an_order, fields_of, moved
from fastapi.testclient import TestClient

ORDERS = f"{V1}/orders"


def test_an_order_goes_from_new_to_done(client: TestClient):
    a_product(client, stock="5")
    number = an_order(client, ("MUG", "2"))["number"]
    order = moved(client, number, "confirm", "pick", "ship", "deliver", "done")
    assert (order["status"], order["status_group"], order["next"]) == ("done", "done", [])
    assert Decimal(order["lines"][0]["shipped"]) == 2
    assert [event["sequence"] for event in order["events"]] == list(range(1, len(order["events"]) + 1))
    path = [event["to"] for event in order["events"] if event["to"]]
    assert path == ["new", "confirm", "pick", "ship", "deliver", "done"]
    [row] = client.get(f"{V1}/stock", params={"sku": "MUG"}).json()
    assert (Decimal(row["on_hand"]), Decimal(row["reserved"])) == (3, 0)


def test_a_transition_answers_with_the_order_and_its_next_version(client: TestClient):
    a_product(client, stock="5")
    order = an_order(client)
    answer = client.post(f"{ORDERS}/{order['number']}/transitions", json={"to": "confirm", "version": 1})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["version"]) == ("confirm", 2)


@pytest.mark.parametrize(
    ("resource", "body"),
    [("transitions", {"to": "pick"}), ("shipments", {}), ("cancellations", {"reason": "changed_mind"})],
)
def test_a_stale_version_is_refused_with_both_values(client: TestClient, resource: str, body: dict[str, Any]):
    a_product(client, stock="5")
    number = moved(client, an_order(client)["number"], "confirm")["number"]
    answer = client.post(f"{ORDERS}/{number}/{resource}", json=body | {"version": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_version")
    assert answer.json()["errors"] == [{"field": "version", "given": 1, "current": 2}]
    assert client.get(f"{ORDERS}/{number}").json()["version"] == 2


@pytest.mark.parametrize(
    ("to", "status", "code"),
    [("done", 409, "not_permitted"), ("nowhere", 422, "unknown_status"), ("cancelled", 409, "use_cancel")],
)
def test_a_move_that_is_not_open_is_refused(client: TestClient, to: str, status: int, code: str):
    a_product(client, stock="5")
    answer = client.post(f"{ORDERS}/{an_order(client)['number']}/transitions", json={"to": to})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_move_that_lacks_stock_says_what_it_needs(client: TestClient):
    a_product(client)
    order = moved(client, an_order(client)["number"], "confirm")
    [pick] = [step for step in order["next"] if step["to"] == "pick"]
    assert pick["needs"] == ["stock for 1 line"]
    answer = client.post(f"{ORDERS}/{order['number']}/transitions", json={"to": "pick"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    assert answer.json()["errors"] == [{"needs": "stock for 1 line"}]


def test_an_order_is_shipped_in_parts(client: TestClient):
    a_product(client, stock="5")
    number = an_order(client, ("MUG", "3"))["number"]
    moved(client, number, "confirm", "pick", "ship")
    part = {"lines": [{"position": 1, "quantity": "1"}], "carrier": "DHL", "tracking": "JD01"}
    order = client.post(f"{ORDERS}/{number}/shipments", json=part).json()
    assert (order["status"], Decimal(order["lines"][0]["shipped"])) == ("ship", 1)
    [shipped] = [event for event in order["events"] if event["kind"] == "order.shipped"]
    assert (shipped["payload"]["carrier"], shipped["payload"]["tracking"]) == ("DHL", "JD01")
    order = client.post(f"{ORDERS}/{number}/shipments", json={}).json()
    assert (order["status"], Decimal(order["lines"][0]["shipped"])) == ("deliver", 3)


@pytest.mark.parametrize(
    ("lines", "status", "code", "named"),
    [
        ([{"position": 1, "quantity": "4"}], 409, "not_reserved", "position"),
        ([{"position": 9, "quantity": "1"}], 422, "invalid_lines", "lines[0].position"),
        ([{"position": 1, "quantity": "0"}], 422, "invalid_lines", "lines[0].quantity"),
        ([], 422, "invalid_lines", "lines"),
    ],
)
def test_a_shipment_that_cannot_be_is_refused(
    client: TestClient, lines: list[dict[str, Any]], status: int, code: str, named: str
):
    a_product(client, stock="5")
    number = an_order(client, ("MUG", "3"))["number"]
    moved(client, number, "confirm", "pick", "ship")
    answer = client.post(f"{ORDERS}/{number}/shipments", json={"lines": lines})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert any(named in error or named == error.get("field") for error in answer.json()["errors"])


def test_an_order_that_is_not_packed_cannot_be_shipped(client: TestClient):
    a_product(client, stock="5")
    answer = client.post(f"{ORDERS}/{an_order(client)['number']}/shipments", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_packed")


def test_a_cancelled_order_gives_its_stock_back(client: TestClient):
    a_product(client, stock="2")
    number = an_order(client, ("MUG", "2"))["number"]
    body = {"reason": "found_cheaper", "note": "at the market"}
    order = client.post(f"{ORDERS}/{number}/cancellations", json=body).json()
    assert (order["status"], Decimal(order["lines"][0]["cancelled"])) == ("cancelled", 2)
    assert [event["kind"] for event in order["events"]].count("order.cancelled") == 1
    [row] = client.get(f"{V1}/stock", params={"sku": "MUG"}).json()
    assert Decimal(row["available"]) == 2


def test_a_part_of_an_order_may_be_cancelled(client: TestClient):
    a_product(client, stock="5")
    number = an_order(client, ("MUG", "3"))["number"]
    body = {"reason": "changed_mind", "lines": [{"position": 1, "quantity": "1"}]}
    order = client.post(f"{ORDERS}/{number}/cancellations", json=body).json()
    assert (order["status"], Decimal(order["lines"][0]["cancelled"])) == ("new", 1)
    assert Decimal(order["lines"][0]["reserved"]) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": None}, "reason"),
        ({"reason": "no_such_reason"}, "reason"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_cancellation_needs_a_known_reason(client: TestClient, body: dict[str, Any], field: str):
    a_product(client, stock="5")
    number = an_order(client)["number"]
    answer = client.post(f"{ORDERS}/{number}/cancellations", json=body)
    assert answer.status_code == 422
    assert field in fields_of(answer.json())
    assert client.get(f"{ORDERS}/{number}").json()["status"] == "new"


def test_what_was_shipped_cannot_be_cancelled(client: TestClient):
    a_product(client, stock="5")
    number = an_order(client)["number"]
    moved(client, number, "confirm", "pick", "ship", "deliver")
    answer = client.post(f"{ORDERS}/{number}/cancellations", json={"reason": "changed_mind"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_cancellable")


@pytest.mark.parametrize("resource", ["", "/transitions", "/shipments", "/cancellations"])
def test_an_unknown_order_is_not_found(client: TestClient, resource: str):
    bodies = {"/transitions": {"to": "confirm"}, "/shipments": {}, "/cancellations": {"reason": "changed_mind"}}
    method = "POST" if resource else "GET"
    answer = client.request(method, f"{ORDERS}/no-such-order{resource}", json=bodies.get(resource))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_order")
    assert "no-such-order" in answer.json()["detail"]
