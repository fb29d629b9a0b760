"""Quotations over HTTP: made, read, listed, ordered once."""

from api_ordering import V1, a_product
from fastapi.testclient import TestClient


def _quoted(client: TestClient, **facts: object) -> dict[str, object]:
    body = {
        "channel": "api", "customer": {"name": "Anna", "phone": "600100200"},
        "lines": [{"sku": "MUG", "quantity": "2", "unit_price": "8.00", "discount": "1.00"}], "shipping": "5.00",
    }  # fmt: skip
    answer = client.post(f"{V1}/quotations", json=body | facts)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"{V1}/quotations/{answer.json()['number']}"
    made: dict[str, object] = answer.json()
    return made


def test_a_quotation_becomes_an_order_once(client: TestClient):
    a_product(client, stock="5")
    made = _quoted(client)
    assert (made["state"], made["total"], made["version"]) == ("open", "20.00", 1)
    assert client.get(f"{V1}/quotations/{made['number']}").json() == made
    ordered = client.post(f"{V1}/quotations/{made['number']}/order", json={"version": 1})
    assert ordered.status_code == 201, ordered.text
    order = ordered.json()
    assert (order["totals"]["gross"], order["totals"]["shipping"], order["lines"][0]["unit_price"]) == (
        "15.00", "5.00", "8.00",
    )  # fmt: skip
    again = client.post(f"{V1}/quotations/{made['number']}/order", json={"version": 1})
    assert (again.status_code, again.json()["code"]) == (409, "quotation_ordered")
    assert again.json()["errors"][0]["order"] == order["number"]


def test_quotations_are_listed_by_state_page_by_page(client: TestClient):
    a_product(client, stock="1")
    numbers = [_quoted(client)["number"] for _ in range(3)]
    first = client.get(f"{V1}/quotations", params={"limit": 2, "state": "open"}).json()
    second = client.get(f"{V1}/quotations", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [row["number"] for row in [*first["items"], *second["items"]]] == numbers[::-1]
    assert client.get(f"{V1}/quotations", params={"state": "declined"}).json()["items"] == []
    assert client.get(f"{V1}/quotations", params={"cursor": "x"}).status_code == 422


def test_what_is_short_or_malformed_is_refused_with_its_rows(client: TestClient):
    a_product(client, stock="1")
    made = _quoted(client)
    short = client.post(f"{V1}/quotations/{made['number']}/order", json={})
    assert (short.status_code, short.json()["errors"][0]["available"]) == (409, "1.000")
    waiting = client.post(f"{V1}/quotations/{made['number']}/order", json={"allow_backorder": True})
    assert waiting.json()["lines"][0]["backordered"] == "1.000"
    bad = {"channel": "api", "customer": {"name": "A"}, "lines": [{"sku": "NO", "quantity": "1"}]}
    answer = client.post(f"{V1}/quotations", json=bad)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "lines[0].sku")
    assert client.get(f"{V1}/quotations/Q0").status_code == 404
