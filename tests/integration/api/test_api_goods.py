"""Products and stock over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from api_ordering import V1, a_product, an_order, fields_of
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.catalog.models import Price, Supplier
from oms_core.purchasing.ordering import PurchaseLine, place_purchase_order
from oms_core.purchasing.receiving import receive_purchase_order

PRODUCTS, STOCK, RECEIPTS = f"{V1}/products", f"{V1}/stock", f"{V1}/stock/receipts"


def test_a_product_is_put_and_put_again(client: TestClient):
    body = {"name": "Blue mug", "price": "19.90", "uom": "kg", "tax_rate": "0.23", "barcode": "590"}
    assert client.put(f"{PRODUCTS}/MUG", json=body).status_code == 201
    again = client.put(f"{PRODUCTS}/MUG", json={"name": "Bluer mug", "price": 20})
    assert again.status_code == 200
    product = again.json()
    assert (product["sku"], product["name"], product["price"]) == ("MUG", "Bluer mug", "20.00")
    assert (product["uom"], Decimal(product["tax_rate"]), product["barcode"]) == ("kg", Decimal("0.23"), "590")
    assert client.get(PRODUCTS).json()["items"] == [product]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"price": "1"}, "name"),
        ({"name": "Mug"}, "price"),
        ({"name": "", "price": "1"}, "name"),
        ({"name": "Mug", "price": "-1"}, "price"),
        ({"name": "Mug", "price": "1.005"}, "price"),
        ({"name": "Mug", "price": "1e400"}, "price"),
        ({"name": "Mug", "price": "1", "tax_rate": "-0.1"}, "tax_rate"),
        ({"name": "Mug", "price": "1", "tax_rate": "23"}, "tax_rate"),
        ({"name": "Mug", "price": "1", "uom": ""}, "uom"),
        ({"name": "x" * 301, "price": "1"}, "name"),
        ({"name": "Mug", "price": "1", "cost": "1"}, "cost"),
    ],
)
def test_a_wrong_product_is_refused_by_field(client: TestClient, body: dict[str, Any], field: str):
    answer = client.put(f"{PRODUCTS}/MUG", json=body)
    assert answer.status_code == 422, answer.text
    assert field in fields_of(answer.json())
    assert client.get(PRODUCTS).json()["items"] == []


def test_a_sku_may_hold_any_character_of_an_address(client: TestClient):
    answer = client.put(f"{PRODUCTS}/A%2F1%20%3F%C5%BC", json={"name": "Odd", "price": "1"})
    assert (answer.status_code, answer.json()["sku"]) == (201, "A/1 ?ż")


def test_goods_come_in_and_the_answer_says_what_lies_there(client: TestClient):
    a_product(client)
    body = {"warehouse": "MAIN", "sku": "MUG", "quantity": "10.5", "unit_cost": "4.25", "reference": "note 7"}
    answer = client.post(RECEIPTS, json=body)
    assert answer.status_code == 201
    row = answer.json()
    assert (row["sku"], row["warehouse"]) == ("MUG", "MAIN")
    figures = {name: Decimal(row[name]) for name in ("on_hand", "reserved", "available", "on_order")}
    assert figures == {"on_hand": Decimal("10.5"), "reserved": 0, "available": Decimal("10.5"), "on_order": 0}
    assert client.get(STOCK).json() == [row]


def test_a_receipt_repeated_under_its_key_comes_in_once(client: TestClient):
    a_product(client)
    body = {"warehouse": "MAIN", "sku": "MUG", "quantity": "10"}
    first, again = (client.post(RECEIPTS, json=body, headers={"Idempotency-Key": "note-7"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert Decimal(again.json()["on_hand"]) == 10
    other = client.post(RECEIPTS, json=body | {"quantity": "11"}, headers={"Idempotency-Key": "note-7"})
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def test_goods_that_come_in_go_to_the_oldest_order_that_waits(client: TestClient):
    a_product(client)
    older, younger = (an_order(client, ("MUG", "2"))["number"] for _ in range(2))
    assert client.post(RECEIPTS, json={"warehouse": "MAIN", "sku": "MUG", "quantity": "3"}).status_code == 201
    lines = [client.get(f"{V1}/orders/{number}").json()["lines"][0] for number in (older, younger)]
    assert [Decimal(line["reserved"]) for line in lines] == [2, 1]
    assert [Decimal(line["backordered"]) for line in lines] == [0, 1]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"sku": "NONE"}, "sku"),
        ({"warehouse": "MARS"}, "warehouse"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "0.0001"}, "quantity"),
        ({"unit_cost": "-1"}, "unit_cost"),
        ({"reference": "x" * 61}, "reference"),
        ({"lines": []}, "lines"),
    ],
)
def test_a_wrong_receipt_is_refused_by_field(client: TestClient, facts: dict[str, Any], field: str):
    a_product(client)
    answer = client.post(RECEIPTS, json={"warehouse": "MAIN", "sku": "MUG", "quantity": "1"} | facts)
    assert answer.status_code == 422, answer.text
    assert field in fields_of(answer.json())
    assert "lines[" not in answer.text
    assert all(Decimal(row["on_hand"]) == 0 for row in client.get(STOCK).json())


def test_what_is_bought_is_on_order_until_it_comes(client: TestClient, shop: sessionmaker[Session]):
    a_product(client, stock="1")
    with shop.begin() as session:
        session.add(Supplier(code="ACME", name="Acme"))
    actor = door.read(shop, None, find_actor, login="admin")
    bought = door.run(
        shop, actor, place_purchase_order, currency="EUR", supplier="ACME", warehouse="MAIN",
        lines=[PurchaseLine("MUG", Decimal(7), unit_cost=Decimal(4), expected_on=date(2030, 1, 7))],
    )  # fmt: skip
    [row] = client.get(STOCK).json()
    assert (Decimal(row["on_hand"]), Decimal(row["on_order"])) == (1, 7)
    door.run(shop, actor, receive_purchase_order, number=bought.number)
    [row] = client.get(STOCK).json()
    assert (Decimal(row["on_hand"]), Decimal(row["on_order"])) == (8, 0)


def test_a_new_price_holds_from_now_and_the_old_one_stays_known(client: TestClient, shop: sessionmaker[Session]):
    for price in ("10.00", "10.00", "12.00"):
        a_product(client, price=price)
    with shop() as session:
        prices = session.scalars(select(Price.unit_price).order_by(Price.valid_from)).all()
    assert prices == [Decimal("10.00"), Decimal("12.00")]
    assert an_order(client)["lines"][0]["unit_price"] == "12.00"


def test_a_product_put_without_some_facts_keeps_them_and_an_empty_barcode_takes_it_away(client: TestClient):
    client.put(f"{PRODUCTS}/MUG", json={"name": "Mug", "price": "1", "barcode": "590"})
    assert client.put(f"{PRODUCTS}/MUG", json={"name": "Mug", "price": "1"}).json()["barcode"] == "590"
    assert client.put(f"{PRODUCTS}/MUG", json={"name": "Mug", "price": "1", "barcode": ""}).json()["barcode"] is None


def test_stock_is_a_bare_list_by_sku_and_warehouse(client: TestClient):
    a_product(client, "MUG", stock="1")
    a_product(client, "CUP", stock="2")
    assert [row["sku"] for row in client.get(STOCK).json()] == ["CUP", "MUG"]
    [row] = client.get(STOCK, params={"sku": "CUP", "warehouse": "MAIN"}).json()
    assert Decimal(row["available"]) == 2
    assert client.get(STOCK, params={"sku": "NONE"}).json() == []
    assert client.get(STOCK, params={"warehouse": "MARS"}).json() == []
