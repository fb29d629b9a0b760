"""A placed order is changed over HTTP: versioned, refused with both values, read as it was."""

from decimal import Decimal

from api_ordering import V1, a_product, an_order
from fastapi.testclient import TestClient

ORDERS = f"{V1}/orders"


def test_lines_and_address_are_changed_and_what_it_was_stays_readable(client: TestClient):
    a_product(client, stock="9")
    number = an_order(client, ("MUG", "3"))["number"]
    body = {
        "version": 1, "lines": [{"position": 1, "sku": "MUG", "quantity": "2"}, {"sku": "MUG", "quantity": "1"}],
        "ship_to": "Long 1", "comment": "two boxes", "delivery_method": "courier", "note": "by phone",
    }  # fmt: skip
    order = client.patch(f"{ORDERS}/{number}", json=body).json()
    assert [(line["position"], Decimal(line["quantity"])) for line in order["lines"]] == [(1, 2), (2, 1)]
    assert (order["version"], order["delivery_method"]) == (2, "courier")
    [change] = client.get(f"{ORDERS}/{number}/changes").json()
    assert (change["version"], change["note"], change["before"]["lines"][0]["quantity"]) == (2, "by phone", "3.000")


def test_what_is_null_is_emptied_and_what_is_left_out_stays(client: TestClient):
    a_product(client, stock="9")
    number = an_order(client, ("MUG", "3"))["number"]
    client.patch(f"{ORDERS}/{number}", json={"version": 1, "comment": "x", "delivery_method": "pickup"})
    order = client.patch(f"{ORDERS}/{number}", json={"version": 2, "delivery_method": None}).json()
    assert order["delivery_method"] is None
    newest = client.get(f"{ORDERS}/{number}/changes").json()[0]
    assert newest["before"]["comment"] == "x"
    assert "comment" not in {row["field"] for row in newest["diff"]}


def test_the_second_of_two_is_told_both_values(client: TestClient):
    a_product(client, stock="9")
    number = an_order(client, ("MUG", "3"))["number"]
    client.patch(f"{ORDERS}/{number}", json={"version": 1, "comment": "theirs"})
    answer = client.patch(f"{ORDERS}/{number}", json={"version": 1, "comment": "mine"})
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_version")
    [head, field] = answer.json()["errors"]
    assert (head["given"], head["current"]) == (1, 2)
    assert (field["field"], field["before"], field["theirs"], field["yours"]) == ("comment", "", "theirs", "mine")


def test_a_change_without_a_version_or_with_a_fault_is_refused(client: TestClient):
    a_product(client, stock="9")
    number = an_order(client, ("MUG", "3"))["number"]
    assert client.patch(f"{ORDERS}/{number}", json={"comment": "x"}).status_code == 422
    answer = client.patch(f"{ORDERS}/{number}", json={"version": 1, "lines": [], "shipping": "-1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_change")
    assert {error["field"] for error in answer.json()["errors"]} == {"lines", "shipping"}
