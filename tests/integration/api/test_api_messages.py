"""Messages sent to a channel over the API: kept at once, decided soon after, never two orders of one."""

from api_ordering import V1, a_product
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import find_actor
from pipelines.feeds.deciding import decide_stored

MESSAGES = f"{V1}/channels/desk/messages"
AN_ORDER = {"customer_name": "Ada", "email": "ada@example.com", "lines": [{"sku": "MUG", "quantity": "2"}]}


def decide(shop: sessionmaker[Session]) -> None:
    system = door.read(shop, None, find_actor, login="system")
    decide_stored(
        lambda use_case, **facts: door.run(shop, system, use_case, **facts),
        lambda query, **facts: door.read(shop, system, query, **facts),
    )


def test_an_order_that_is_sent_twice_is_placed_once(client: TestClient, shop: sessionmaker[Session]):
    a_product(client, stock="5")
    first = client.post(MESSAGES, json={"external_id": "A-1", "order": AN_ORDER})
    assert (first.status_code, first.json()["outcome"]) == (201, None)
    assert client.post(MESSAGES, json={"external_id": "A-1", "order": AN_ORDER}).status_code == 200
    decide(shop)
    told = client.get(f"{MESSAGES}/A-1").json()
    assert (told["outcome"], told["revision"]) == ("order", 1)
    order = client.get(f"{V1}/orders/{told['number']}").json()
    assert (order["external_ref"], order["lines"][0]["quantity"]) == ("A-1", "2.000")
    other = AN_ORDER | {"lines": [{"sku": "MUG", "quantity": "3"}]}
    assert client.post(MESSAGES, json={"external_id": "A-1", "order": other}).json()["revision"] == 2
    decide(shop)
    assert client.get(f"{MESSAGES}/A-1").json()["code"] == "reference_reused"
    assert len(client.get(f"{V1}/orders").json()["items"]) == 1


def test_what_cannot_be_placed_is_kept_all_the_same(client: TestClient, shop: sessionmaker[Session]):
    for at, order in enumerate(({}, {"lines": "?"}, {"lines": [{"sku": "NOTHING", "quantity": 1}]})):
        assert client.post(MESSAGES, json={"external_id": f"B-{at}", "order": order}).status_code == 201
    assert client.post(MESSAGES, json={"external_id": "B-9", "text": "Hello", "sender": "ada"}).status_code == 201
    decide(shop)
    with shop() as session:
        kept = session.execute(text("SELECT code, outcome FROM inbound_messages ORDER BY external_id")).all()
    assert [tuple(row) for row in kept] == [("invalid_order", "task")] * 3 + [("letter", "task")]


def test_answers_are_as_documented(client: TestClient):
    document = client.get("/api/openapi.json").json()
    one, many = f"{V1}/channels/{{code}}/messages/{{external_id}}", f"{V1}/channels/{{code}}/messages"
    for method, path, address, body, status in (
        ("post", many, MESSAGES, {"external_id": "C-1", "order": AN_ORDER}, 201),
        ("post", many, MESSAGES, {"external_id": "C-1", "order": AN_ORDER}, 200),
        ("post", many, MESSAGES, {"external_id": "C-1"}, 422),
        ("post", many, MESSAGES, {"external_id": "C-1", "order": {}, "text": "both"}, 422),
        ("post", many, MESSAGES, {"external_id": "", "order": {}}, 422),
        ("post", many, f"{V1}/channels/nowhere/messages", {"external_id": "C-1", "order": {}}, 404),
        ("get", one, f"{MESSAGES}/C-1", None, 200),
        ("get", one, f"{MESSAGES}/none", None, 404),
    ):
        answer = client.request(method.upper(), address, json=body)
        assert answer.status_code == status, answer.text
        content = document["paths"][path][method]["responses"][str(status)]["content"]
        schema = content[answer.headers["content-type"]]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())
