"""Builders of what the tests of the API start from, through the API itself."""

from typing import Any

from fastapi.testclient import TestClient

V1 = "/api/v1"


def a_product(client: TestClient, sku: str = "MUG", *, price: str = "10.00", stock: str | None = None) -> str:
    """Put a product, and goods of it into MAIN when asked to; returns the SKU."""
    assert client.put(f"{V1}/products/{sku}", json={"name": f"The {sku}", "price": price}).is_success
    if stock is not None:
        receipt = {"warehouse": "MAIN", "sku": sku, "quantity": stock}
        assert client.post(f"{V1}/stock/receipts", json=receipt).status_code == 201
    return sku


def order_body(*lines: tuple[str, str], **facts: Any) -> dict[str, Any]:
    """The body that places an order for these SKUs and quantities."""
    wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in lines or (("MUG", "1"),)]
    return {"channel": "api", "customer": {"name": "Anna Nowak"}, "lines": wanted, **facts}


def an_order(client: TestClient, *lines: tuple[str, str], **facts: Any) -> dict[str, Any]:
    """Place an order and return it."""
    answer = client.post(f"{V1}/orders", json=order_body(*lines, **facts))
    assert answer.status_code == 201, answer.text
    return answer.json()


def moved(client: TestClient, number: str, *statuses: str) -> dict[str, Any]:
    """Move an order through the statuses and return it as it is then."""
    for status in statuses:
        answer = client.post(f"{V1}/orders/{number}/transitions", json={"to": status})
        assert answer.status_code == 200, answer.text
    return client.get(f"{V1}/orders/{number}").json()


def fields_of(problem: dict[str, Any]) -> set[str]:
    """The fields that a problem document names."""
    return {error["field"] for error in problem["errors"]}
