"""Lists over HTTP: filters, search, and pages that lose nothing."""

from typing import Any

import pytest
from api_ordering import V1, a_product, an_order, fields_of, moved
from fastapi.testclient import TestClient

ORDERS, PRODUCTS = f"{V1}/orders", f"{V1}/products"


def pages(client: TestClient, path: str, **asked: Any) -> list[list[dict[str, Any]]]:
    found, cursor = [], None
    while True:
        answer = client.get(path, params=asked | ({} if cursor is None else {"cursor": cursor}))
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == {"items", "next_cursor"}
        found.append(answer.json()["items"])
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


def test_paging_through_all_orders_loses_and_repeats_none_while_new_ones_come_in(client: TestClient):
    a_product(client)
    placed = [an_order(client)["number"] for _ in range(11)]
    first = client.get(ORDERS, params={"limit": 4}).json()
    an_order(client)
    rest = []
    cursor = first["next_cursor"]
    while cursor:
        page = client.get(ORDERS, params={"limit": 4, "cursor": cursor}).json()
        rest += page["items"]
        cursor = page["next_cursor"]
    assert [row["number"] for row in first["items"] + rest] == placed[::-1]


def test_a_full_last_page_has_no_next(client: TestClient):
    a_product(client)
    for _ in range(4):
        an_order(client)
    assert [len(page) for page in pages(client, ORDERS, limit=2)] == [2, 2]


def test_an_order_in_the_list_says_what_a_queue_needs(client: TestClient):
    a_product(client, price="10.00")
    order = an_order(client, ("MUG", "2"), external_ref="shop-1")
    [row] = client.get(ORDERS).json()["items"]
    same = ("number", "channel", "external_ref", "status", "status_group", "manager", "version", "currency")
    assert {name: row[name] for name in same} == {name: order[name] for name in same}
    assert (row["customer"], row["total"], row["placed_at"]) == ("Anna Nowak", "20.00", order["placed_at"])
    assert (row["is_backordered"], row["paid_state"]) == (True, "unpaid")


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"status_group": "new"}, 1),
        ({"status_group": "confirm"}, 1),
        ({"status_group": "done"}, 0),
        ({"channel": "api"}, 2),
        ({"channel": "desk"}, 0),
        ({"manager": "admin"}, 0),
        ({"q": "shop-77"}, 1),
        ({"q": "boris"}, 1),
        ({"q": "nobody at all"}, 0),
        ({"q": "%_'\"\\"}, 0),
    ],
)
def test_orders_are_filtered_and_found(client: TestClient, asked: dict[str, str], count: int):
    a_product(client, stock="5")
    an_order(client, external_ref="shop-77", customer={"name": "Boris Weiss"})
    moved(client, an_order(client)["number"], "confirm")
    assert len(client.get(ORDERS, params=asked).json()["items"]) == count


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"status_group": "nowhere"}, "status_group"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "WyJuZXdlc3QiLCAieCIsIDFd"}, "cursor"),  # well formed, but its key is no time
        ({"q": "a\0b"}, "q"),
        ({"q": "x" * 201}, "q"),
    ],
)
def test_a_wrong_question_is_refused_by_field(client: TestClient, asked: dict[str, str], field: str):
    answer = client.get(ORDERS, params=asked)
    assert answer.status_code == 422, answer.text
    assert field in fields_of(answer.json())


def test_paging_through_all_products_loses_none(client: TestClient):
    skus = sorted(a_product(client, sku) for sku in ("b-2", "A 1", "c/3", "ż-4", "b-10", "0", "Z"))
    found = pages(client, PRODUCTS, limit=3)
    assert sorted(row["sku"] for page in found for row in page) == skus
    assert [len(page) for page in found] == [3, 3, 1]


def test_products_are_searched_by_sku_and_name(client: TestClient):
    a_product(client, "MUG-1")
    client.put(f"{PRODUCTS}/CUP-1", json={"name": "Espresso cup", "price": "4"})
    assert [row["sku"] for row in client.get(PRODUCTS, params={"q": "espresso"}).json()["items"]] == ["CUP-1"]
    assert [row["sku"] for row in client.get(PRODUCTS, params={"q": "MUG-1"}).json()["items"]] == ["MUG-1"]
