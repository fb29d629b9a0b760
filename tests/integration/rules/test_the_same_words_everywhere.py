"""Page, bulk, API and placing import are refused alike, in the same words."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from signing_in import bearer
from sqlalchemy import Engine

from dashboard import display, refusals, translation
from oms_core import door
from oms_core.access.actors import Actor
from oms_core.api.application import create_api
from oms_core.bulk import assign_orders, cancel_orders, move_orders, release_open_orders
from oms_core.db import make_sessions
from oms_core.errors import Invalid
from oms_core.orders.progress import move_order
from oms_core.workflow.rule_library import rule_library
from pipelines.imports.orders import import_orders
from tests.building import an_order
from tests.integration.rules.shop import a_rule, with_goods

CONFIRM, PLACE = "Give the order to a manager before it is confirmed.", "At most three at once."


@pytest.fixture
def number(fresh_engine: Engine) -> str:
    """An order without a manager, in a shop where rules bind."""
    with make_sessions(fresh_engine).begin() as session:
        with_goods(session)
        placed = an_order(session, {"MUG": 5})
        rule = next(rule for rule in rule_library() if rule.code == "manager_to_confirm")
        a_rule(session, **rule.document)
        few = {"lines": "every", "where": {"field": "line.quantity", "operator": "le", "value": 3}}
        a_rule(session, code="few", changes=["place"], builder=few, expression=None, message=PLACE)
        return placed.number


def test_a_move_is_refused_alike_by_page_bulk_and_api(fresh_engine: Engine, admin: Actor, number: str) -> None:
    sessions = make_sessions(fresh_engine)
    with pytest.raises(Invalid) as refused:
        door.run(sessions, admin, move_order, number=number, to="confirm")
    (in_bulk,) = move_orders(sessions, admin, numbers=[number], to="confirm")
    with TestClient(create_api(lambda: sessions), headers=bearer(sessions)) as client:
        answer = client.post(f"/api/v1/orders/{number}/transitions", json={"to": "confirm"})
    problem = answer.json()
    assert answer.status_code == 422
    assert refusals.say(refused.value) == display.plain(CONFIRM)
    assert str(refused.value) == in_bulk.message == problem["detail"] == CONFIRM
    assert refused.value.code == in_bulk.code == problem["code"] == "rule_broken"
    assert [error["message"] for error in problem["errors"]] == [row["message"] for row in in_bulk.rows] == [CONFIRM]
    assert {problem["errors"][0]["field"], in_bulk.rows[0]["field"]} == {"manager"}


def test_what_a_rule_only_warns_of_is_told_of_each_order_of_a_bulk_act(fresh_engine: Engine, admin: Actor) -> None:
    sessions = make_sessions(fresh_engine)
    with sessions.begin() as session:
        with_goods(session)
        few, many = (an_order(session, {"MUG": count}).number for count in (1, 5))
        changes = ["move", "assign", "cancel"]
        builder = {"lines": "every", "where": {"field": "line.quantity", "operator": "le", "value": 3}}
        a_rule(
            session, code="few", changes=changes, builder=builder, expression=None, message=PLACE, severity="warn"
        )  # fmt: skip
    told = [((), (PLACE,))]
    moved = move_orders(sessions, admin, numbers=[few, many], to="confirm")
    given = assign_orders(sessions, admin, numbers=[few, many], manager="admin")
    pooled = release_open_orders(sessions, admin, login="admin")
    gone = cancel_orders(sessions, admin, numbers=[few, many], reason="duplicate")
    acts = (moved, given, pooled, gone)
    assert all(result.ok for act in acts for result in act)
    assert [tuple(result.warnings for result in act) for act in acts] == told * 4


def test_a_placement_is_refused_alike_by_import_and_api(
    fresh_engine: Engine, admin: Actor, tmp_path: Path, number: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("external_ref,sku,quantity,customer_name\n1,MUG,4,Ada\n2,MUG,3,Ada\n")
    report = import_orders(fresh_engine, path, channel="desk", actor=admin)
    assert report.created["orders"] == 1
    sessions = make_sessions(fresh_engine)
    assert [row["reason"] for row in report.to_json()["rejected"]] == [f"its order was refused: {PLACE}"]
    with TestClient(create_api(lambda: sessions), headers=bearer(sessions)) as client:
        body = {"channel": "api", "customer": {"name": "Ada"}, "lines": [{"sku": "MUG", "quantity": "4"}]}
        answer = client.post("/api/v1/orders", json=body)
    assert (answer.status_code, answer.json()["detail"]) == (422, PLACE)


def test_a_page_says_a_rule_of_the_library_in_the_language_of_who_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "language", lambda: "pl")
    refusal = Invalid(CONFIRM, code="rule_broken", rows=[{"rule": "x", "field": "manager", "message": CONFIRM}])
    said = refusals.say(refusal)
    assert said
    assert said != CONFIRM
    assert refusals.say_rows(refusal) == []
