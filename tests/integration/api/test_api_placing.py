"""Placing orders over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from api_ordering import V1, a_product, an_order, fields_of, order_body
from fastapi.testclient import TestClient
from signing_in import add_person, bearer
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from oms_core.access.models import Role, User
from oms_core.journal import OrderEvent
from oms_core.orders.models import Order

ORDERS = f"{V1}/orders"


def test_a_placed_order_says_everything_about_itself(client: TestClient):
    a_product(client, "MUG", price="10.00", stock="3")
    a_product(client, "CUP", price="2.50")
    answer = client.post(ORDERS, json=order_body(("MUG", "2"), ("CUP", "1.5"), external_ref="shop-1"))
    assert answer.status_code == 201
    order = answer.json()
    assert answer.headers["location"] == f"{ORDERS}/{order['number']}"
    assert {name: order[name] for name in ("channel", "external_ref", "status", "status_group", "manager")} == {
        "channel": "api", "external_ref": "shop-1", "status": "new", "status_group": "new", "manager": None,
    }  # fmt: skip
    assert order["customer"]["name"] == "Anna Nowak"
    assert (order["version"], order["currency"]) == (1, "EUR")
    assert order["placed_at"].endswith(("Z", "+00:00"))
    assert order["placed_at"] < order["promised_at"]
    totals = {name: Decimal(value) for name, value in order["totals"].items()}
    assert totals == {"net": Decimal("23.75"), "tax": 0, "gross": Decimal("23.75"), "shipping": 0, "paid": 0}
    mug, cup = order["lines"]
    assert (mug["position"], mug["sku"], mug["unit_price"], mug["gross"]) == (1, "MUG", "10.00", "20.00")
    quantities = ("quantity", "reserved", "backordered", "shipped", "cancelled", "returned")
    assert [Decimal(mug[name]) for name in quantities] == [2, 2, 0, 0, 0, 0]
    assert [Decimal(cup[name]) for name in quantities] == [Decimal("1.5"), 0, Decimal("1.5"), 0, 0, 0]
    placed = order["events"][0]
    assert (placed["sequence"], placed["kind"], placed["actor"]) == (1, "order.placed", "admin")
    assert (placed["from"], placed["to"]) == (None, "new")
    assert {step["to"] for step in order["next"]} == {"confirm", "cancelled"}
    assert next(step for step in order["next"] if step["to"] == "cancelled")["needs"] == ["reason"]
    assert client.get(f"{ORDERS}/{order['number']}").json() == order


def test_a_key_that_may_not_give_orders_away_places_for_its_person_alone(
    client: TestClient, shop: sessionmaker[Session]
) -> None:
    a_product(client, stock="10")
    add_person(shop, "anna", Role.MANAGER)
    body = order_body(("MUG", "1")) | {"manager": "anna"}
    key = bearer(shop, scopes=["order.place", "order.view"])
    refused = client.post(ORDERS, json=body, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    own = client.post(ORDERS, json=body | {"manager": "admin"}, headers=key)
    given = client.post(ORDERS, json=body)
    assert [answer.json()["manager"] for answer in (own, given)] == ["admin", "anna"]


def test_the_same_external_ref_again_gives_the_same_order(client: TestClient):
    a_product(client, stock="10")
    body = order_body(("MUG", "2"), external_ref="shop-1")
    first = client.post(ORDERS, json=body)
    again = client.post(ORDERS, json=body | {"lines": [{"quantity": 2.0, "sku": "MUG"}], "comment": ""})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["number"] == first.json()["number"]
    assert again.headers["location"] == first.headers["location"]


@pytest.mark.parametrize("named", ["external_ref", "Idempotency-Key"])
def test_another_body_under_the_same_name_is_refused(client: TestClient, named: str):
    a_product(client, stock="10")
    headers = {"Idempotency-Key": "k1"} if named == "Idempotency-Key" else {}
    reference = {"external_ref": "shop-1"} if named == "external_ref" else {}
    first = client.post(ORDERS, json=order_body(("MUG", "2"), **reference), headers=headers)
    other = client.post(ORDERS, json=order_body(("MUG", "3"), **reference), headers=headers)
    assert (first.status_code, other.status_code) == (201, 409)
    assert other.json()["code"] == "reference_reused"
    assert first.json()["number"] in other.json()["detail"]


def test_one_key_sent_by_five_clients_at_once_makes_one_order(client: TestClient, shop: sessionmaker[Session]):
    a_product(client, stock="10")
    together = Barrier(5)

    def place(_index: int) -> tuple[int, str]:
        together.wait()
        answer = client.post(ORDERS, json=order_body(("MUG", "2")), headers={"Idempotency-Key": "once"})
        return answer.status_code, answer.json()["number"]

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(place, range(5)))
    assert sorted(status for status, _ in answers) == [200, 200, 200, 200, 201]
    assert len({number for _, number in answers}) == 1
    with shop() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 1
    [row] = client.get(f"{V1}/stock", params={"sku": "MUG"}).json()
    assert Decimal(row["reserved"]) == 2


def test_short_stock_without_backorder_is_refused_with_what_is_available_and_nothing_is_written(client: TestClient):
    a_product(client, stock="3")
    answer = client.post(ORDERS, json=order_body(("MUG", "2"), ("MUG", "2"), allow_backorder=False))
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "short_of_stock"
    assert {error["field"] for error in problem["errors"]} <= {"lines[0].quantity", "lines[1].quantity"}
    assert {
        (error["sku"], Decimal(error["requested"]), Decimal(error["available"])) for error in problem["errors"]
    } == {("MUG", 4, 3)}
    assert client.get(ORDERS).json()["items"] == []
    [row] = client.get(f"{V1}/stock", params={"sku": "MUG"}).json()
    assert Decimal(row["reserved"]) == 0


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"lines": []}, "lines"),
    ({"lines": [{"sku": "NONE", "quantity": "1"}]}, "lines[0].sku"),
    ({"lines": [{"sku": "MUG", "quantity": "0"}]}, "lines[0].quantity"),
    ({"lines": [{"sku": "MUG", "quantity": "1"}, {"sku": "MUG", "quantity": "-1"}]}, "lines[1].quantity"),
    ({"lines": [{"sku": "MUG", "quantity": "0.0001"}]}, "lines[0].quantity"),
    ({"lines": [{"sku": "MUG", "quantity": "1e400"}]}, "lines[0].quantity"),
    ({"lines": [{"sku": "MUG", "quantity": "NaN"}]}, "lines[0].quantity"),
    ({"lines": [{"sku": "MUG", "quantity": True}]}, "lines[0].quantity"),
    ({"lines": [{"sku": "MUG", "quantity": "two"}]}, "lines[0].quantity"),
    ({"lines": [{"sku": "MUG", "quantity": "1", "unit_price": "-1"}]}, "lines[0].unit_price"),
    ({"lines": [{"sku": "MUG", "quantity": "1", "unit_price": "1.005"}]}, "lines[0].unit_price"),
    ({"lines": [{"sku": "MUG", "quantity": "1", "colour": "red"}]}, "lines[0].colour"),
    ({"lines": [{"quantity": "1"}]}, "lines[0].sku"),
    ({"lines": [{"sku": "MU\0G", "quantity": "1"}]}, "lines[0].sku"),
    ({"lines": None}, "lines"),
    ({"lines": [{"sku": "MUG", "quantity": "1"}] * 1_001}, "lines"),
    ({"channel": "nowhere"}, "channel"),
    ({"warehouse": "MARS"}, "warehouse"),
    ({"customer": {}}, "customer.name"),
    ({"customer": {"id": 999_999}}, "customer.id"),
    ({"customer": {"id": 10**30}}, "customer.id"),
    ({"customer": {"id": 1, "name": "Anna"}}, "customer"),
    ({"customer": {"name": "Anna", "email": "nowhere"}}, "customer.email"),
    ({"customer": {"name": "Anna", "address": {"city": "\0"}}}, "customer.address"),
    ({"external_ref": ""}, "external_ref"),
    ({"external_ref": "x" * 101}, "external_ref"),
    ({"comment": "x" * 10_001}, "comment"),
    ({"discount_code": "SUMMER"}, "discount_code"),
]


@pytest.mark.parametrize(("facts", "field"), WRONG)
def test_a_wrong_field_is_refused_by_name(client: TestClient, facts: dict[str, Any], field: str):
    a_product(client, stock="5")
    answer = client.post(ORDERS, json=order_body(("MUG", "1")) | facts)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert any(name == field or name.startswith(f"{field}.") for name in fields_of(answer.json())), answer.json()
    assert client.get(ORDERS).json()["items"] == []


def test_a_known_customer_may_be_named_by_id(client: TestClient):
    a_product(client, stock="5")
    first = an_order(client, customer={"name": "Anna Nowak", "phone": "+48 600 100 200", "address": "Długa 1"})
    second = an_order(client, customer={"id": first["customer"]["id"]})
    assert second["customer"]["id"] == first["customer"]["id"]
    assert second["customer"]["name"] == "Anna Nowak"


def test_a_write_is_attributed_to_whose_token_it_is(client: TestClient, shop: sessionmaker[Session]):
    add_person(shop, "boris", Role.MANAGER)
    a_product(client, stock="5")
    answer = client.post(ORDERS, json=order_body(), headers=bearer(shop, "boris"))
    assert {event["actor"] for event in answer.json()["events"]} == {"boris"}
    with shop() as session:
        boris = session.scalars(select(User.id).where(User.login == "boris")).one()
        assert set(session.scalars(select(OrderEvent.actor_id))) == {boris}


def test_a_key_belongs_to_the_user_who_sent_it(client: TestClient, shop: sessionmaker[Session]):
    add_person(shop, "boris", Role.MANAGER)
    a_product(client, stock="5")
    mine = client.post(ORDERS, json=order_body(), headers={"Idempotency-Key": "k"})
    as_him = {"Idempotency-Key": "k"} | bearer(shop, "boris")
    his = client.post(ORDERS, json=order_body(("MUG", "2")), headers=as_him)
    assert (mine.status_code, his.status_code) == (201, 201)
    assert mine.json()["number"] != his.json()["number"]
