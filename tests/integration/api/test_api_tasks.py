"""Tasks over the API: listed by whose and when, added and done."""

from datetime import UTC, datetime, timedelta

from api_ordering import V1, a_product, an_order
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

TASKS = f"{V1}/tasks"


def test_a_task_is_added_listed_and_done_once(client: TestClient):
    a_product(client, stock="5")
    order = an_order(client, ("MUG", "1"))
    due = datetime.now(UTC) - timedelta(minutes=1)
    body = {"title": "Call", "kind": "call", "number": order["number"], "assignee": "admin", "due_at": due.isoformat()}
    added = client.post(TASKS, json=body)
    assert added.status_code == 201
    task = added.json()
    assert (task["number"], task["assignee"], task["author"]) == (order["number"], "admin", "admin")
    listed = client.get(TASKS, params={"due": "overdue"}).json()
    assert [one["id"] for one in listed["items"]] == [task["id"]]
    done = client.post(f"{TASKS}/{task['id']}/done")
    assert (done.status_code, done.json()["done_by"]) == (200, "admin")
    again = client.post(f"{TASKS}/{task['id']}/done")
    assert (again.status_code, again.json()["code"]) == (409, "task_done")
    assert client.get(TASKS).json()["items"] == []
    assert [one["id"] for one in client.get(TASKS, params={"done": True}).json()["items"]] == [task["id"]]


def test_pages_of_tasks_are_whole(client: TestClient):
    for index in range(7):
        client.post(TASKS, json={"title": f"t{index}", "assignee": "admin"})
    seen, cursor = [], None
    while True:
        asked = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = client.get(TASKS, params=asked).json()
        seen += [one["title"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"t{index}" for index in range(7)]


def test_what_is_wrong_is_told_by_its_field_and_answers_are_as_documented(client: TestClient):
    document = client.get("/api/openapi.json").json()
    for method, path, address, body, status in (
        ("post", TASKS, TASKS, {"title": ""}, 422),
        ("post", TASKS, TASKS, {"title": "x", "number": "none"}, 404),
        ("post", TASKS, TASKS, {"title": "x", "customer_id": 2**62}, 404),
        ("post", TASKS, TASKS, {"title": "x"}, 201),
        ("get", TASKS, TASKS, None, 200),
        ("get", TASKS, f"{TASKS}?cursor=x", None, 422),
        ("get", TASKS, f"{TASKS}?whose=others", None, 422),
        ("post", f"{TASKS}/{{task_id}}/done", f"{TASKS}/{2**62}/done", None, 404),
    ):
        answer = client.request(method.upper(), address, json=body)
        assert answer.status_code == status, answer.text
        content = document["paths"][path][method]["responses"][str(status)]["content"]
        schema = content[answer.headers["content-type"]]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())
