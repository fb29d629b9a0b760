"""The OpenAPI document says what is really answered, and the examples of the manual run as they stand."""

import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from api_ordering import V1, a_product, an_order, moved, order_body
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from signing_in import token_of
from sqlalchemy.orm import Session, sessionmaker

from oms_core.api.application import create_api

MANUAL = Path(__file__).parents[3] / "docs" / "api.md"
PATHS = {
    f"{V1}/me": {"get"},
    f"{V1}/customers": {"get"},
    f"{V1}/customers/{{customer_id}}": {"get"},
    f"{V1}/products": {"get"},
    f"{V1}/products/{{sku}}": {"put"},
    f"{V1}/stock": {"get"},
    f"{V1}/stock/receipts": {"post"},
    f"{V1}/channels/{{code}}/messages": {"post"},
    f"{V1}/channels/{{code}}/messages/{{external_id}}": {"get"},
    f"{V1}/orders": {"get", "post"},
    f"{V1}/quotations": {"get", "post"},
    f"{V1}/quotations/{{number}}": {"get"},
    f"{V1}/quotations/{{number}}/order": {"post"},
    f"{V1}/orders/{{number}}": {"get", "patch"},
    f"{V1}/orders/{{number}}/changes": {"get"},
    f"{V1}/orders/{{number}}/events": {"get"},
    f"{V1}/orders/{{number}}/transitions": {"post"},
    f"{V1}/orders/{{number}}/shipments": {"post"},
    f"{V1}/orders/{{number}}/cancellations": {"post"},
    f"{V1}/orders/{{number}}/invoices": {"get", "post"},
    f"{V1}/tasks": {"get", "post"},
    f"{V1}/tasks/{{task_id}}/done": {"post"},
}


def documented(client: TestClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/api/openapi.json").json()
    return document


def assert_as_documented(document: dict[str, Any], path: str, method: str, answer: Any) -> None:
    responses = document["paths"][path][method]["responses"]
    assert str(answer.status_code) in responses, f"{method} {path} does not document {answer.status_code}"
    kind = answer.headers["content-type"]
    schema = responses[str(answer.status_code)]["content"][kind]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())


def test_the_document_lists_every_resource(client: TestClient):
    document = documented(client)
    assert {path: set(methods) for path, methods in document["paths"].items()} == PATHS
    assert document["openapi"].startswith("3.1")


def test_every_operation_says_what_it_does_and_how_it_refuses(client: TestClient):
    for path, methods in documented(client)["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            assert operation["description"], path
            assert {"401", "403", "422", "503"} <= operation["responses"].keys(), f"{method} {path}"
            assert operation["security"] == [{"HTTPBearer": []}], path
            for parameter in operation.get("parameters", ()):
                assert parameter.get("description"), f"{method} {path} {parameter['name']}"


def test_the_list_of_orders_says_what_its_search_looks_at(client: TestClient):
    parameters = documented(client)["paths"][f"{V1}/orders"]["get"]["parameters"]
    [searched] = (parameter["description"] for parameter in parameters if parameter["name"] == "q")
    for known in ("number", "reference", "tracking", "phone", "e-mail", "name", "comment", "SKU"):
        assert known in searched


def conversation(client: TestClient, number: str) -> list[tuple[str, str, str, Any]]:
    """What is asked, one after the other: method, path of the document, address and body."""
    stale = {"to": "confirm", "version": 1}
    one, someone = f"{V1}/orders/{{number}}", f"{V1}/customers/{{customer_id}}"
    return [
        ("put", f"{V1}/products/{{sku}}", f"{V1}/products/MUG", {"name": "Mug", "price": "1"}),
        ("get", f"{V1}/me", f"{V1}/me", None),
        ("get", f"{V1}/products", f"{V1}/products", None),
        ("get", f"{V1}/stock", f"{V1}/stock", None),
        ("post", f"{V1}/stock/receipts", f"{V1}/stock/receipts", {"warehouse": "MAIN", "sku": "MUG", "quantity": "1"}),
        ("post", f"{V1}/stock/receipts", f"{V1}/stock/receipts", {"warehouse": "MAIN", "sku": "X", "quantity": "1"}),
        ("post", f"{V1}/orders", f"{V1}/orders", order_body(("MUG", "1"), external_ref="once")),
        ("post", f"{V1}/orders", f"{V1}/orders", order_body(("MUG", "1"), external_ref="once")),
        ("post", f"{V1}/orders", f"{V1}/orders", order_body(("MUG", "2"), external_ref="once")),
        ("post", f"{V1}/orders", f"{V1}/orders", {"channel": 1}),
        ("get", f"{V1}/orders", f"{V1}/orders", None),
        ("get", one, f"{V1}/orders/{number}", None),
        ("get", one, f"{V1}/orders/none", None),
        ("get", f"{V1}/customers", f"{V1}/customers?q=anna", None),
        ("get", someone, someone.format(customer_id=customer_of(client)), None),
        ("get", someone, someone.format(customer_id=999_999_999), None),
        ("patch", one, f"{V1}/orders/{number}", {"version": 4, "comment": "Ring twice"}),
        ("patch", one, f"{V1}/orders/{number}", {"version": 4, "comment": "Ring thrice"}),
        ("get", f"{one}/changes", f"{V1}/orders/{number}/changes", None),
        ("get", f"{one}/events", f"{V1}/orders/{number}/events?before=3", None),
        ("post", f"{one}/transitions", f"{V1}/orders/{number}/transitions", stale),
        ("post", f"{one}/shipments", f"{V1}/orders/{number}/shipments", {}),
        ("post", f"{one}/invoices", f"{V1}/orders/{number}/invoices", None),
        ("post", f"{one}/invoices", f"{V1}/orders/{number}/invoices", None),
        ("get", f"{one}/invoices", f"{V1}/orders/{number}/invoices", None),
        ("post", f"{one}/transitions", f"{V1}/orders/{number}/transitions", {"to": "done"}),
        ("post", f"{one}/cancellations", f"{V1}/orders/{number}/cancellations", {"reason": "changed_mind"}),
    ]


def test_answers_are_what_the_document_says(client: TestClient):
    document = documented(client)
    a_product(client, stock="5")
    order = an_order(
        client, ("MUG", "2"), customer={"name": "Anna", "phone": "600100200", "address": {"city": "Kraków"}}
    )
    number = moved(client, order["number"], "confirm", "pick", "ship")["number"]
    statuses = []
    for method, path, address, body in conversation(client, number):
        answer = client.request(method.upper(), address, json=body)
        assert_as_documented(document, path, method, answer)
        statuses.append(answer.status_code)
    assert statuses == [
        *(200, 200, 200, 200, 201, 422, 201, 200, 409, 422, 200, 200, 404, 200, 200, 404),
        *(200, 409, 200, 200, 409, 200, 201, 409, 200, 200, 409),
    ]
    nobody = client.get(f"{V1}/orders", headers={"Authorization": "Bearer nobody"})
    assert_as_documented(document, f"{V1}/orders", "get", nobody)


def customer_of(client: TestClient) -> int:
    [found] = client.get(f"{V1}/customers", params={"q": "600100200"}).json()["items"]
    assert (found["name"], found["orders"]) == ("Anna", 1)
    return int(found["id"])


@pytest.fixture
def served(shop: sessionmaker[Session]) -> Iterator[str]:
    """The address of the API on a port of this computer."""
    server = uvicorn.Server(uvicorn.Config(create_api(lambda: shop), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are for curl")
def test_the_examples_of_the_manual_run_one_after_the_other(served: str, shop: sessionmaker[Session]):
    examples = re.findall(r"```sh\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    script = "echo\n".join(examples).replace("http://127.0.0.1:8501", served).replace("curl -sS", "curl -sS -f")
    environment = os.environ | {"TOKEN": token_of(shop, "admin")}
    told = subprocess.run(
        ["bash", "-ec", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(examples) == len(answers) == 6
    assert (answers[3]["status"], answers[4]["lines"][0]["quantity"]) == ("confirm", "3.000")
    assert answers[5]["lines"][0]["cancelled"] == "1.000"
