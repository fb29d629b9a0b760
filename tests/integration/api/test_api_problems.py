"""Refusals that every resource shares: problem documents, unknown callers, bodies that are none, a rush."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from api_ordering import V1, a_product, order_body
from building import NOON
from fastapi import APIRouter
from fastapi.testclient import TestClient
from signing_in import bearer
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from oms_core.access.models import User
from oms_core.access.sign_in_models import ApiToken
from oms_core.api.admission import LARGEST_BODY_BYTES
from oms_core.api.application import create_api
from oms_core.db import make_engine, make_sessions

ORDERS = f"{V1}/orders"
MEMBERS = {"type", "title", "status", "code", "detail", "errors"}


def test_every_refusal_is_a_problem_document(client: TestClient):
    refusals = [
        client.get("/api/v1/nowhere"),
        client.get("/api/elsewhere"),
        client.delete(ORDERS),
        client.get(f"{ORDERS}/1"),
        client.post(ORDERS, json={}),
        client.post(ORDERS, content="{", headers={"Content-Type": "application/json"}),
        client.get(ORDERS, headers={"Authorization": "Bearer nobody"}),
    ]
    assert [answer.status_code for answer in refusals] == [404, 404, 405, 404, 422, 400, 401]
    for answer in refusals:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json().keys() == MEMBERS
        assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize("path", [ORDERS, f"{ORDERS}/1", f"{V1}/stock", f"{V1}/products", "/api/openapi.json"])
def test_nobody_unknown_may_even_look(client: TestClient, path: str):
    told = {"": "not_signed_in", "Bearer": "not_signed_in", "Basic YTpi": "not_signed_in"}
    told |= {
        f"Bearer {token}": "unknown_token" for token in ("nobody", "oms_", "oms_ü", "a\tb", "'; DROP TABLE users; --")
    }
    for given, code in told.items():
        answer = client.get(path, headers={"Authorization": given.encode(), "X-OMS-Actor": "admin"})
        assert (answer.status_code, answer.json()["code"]) == (401, code), given
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_ends_when_it_is_revoked_or_its_time_is_over(shop: sessionmaker[Session], client: TestClient):
    mine = bearer(shop, days=1)
    assert client.get(ORDERS, headers=mine).status_code == 200
    with shop.begin() as session:
        session.execute(update(ApiToken).where(ApiToken.expires_at.is_not(None)).values(expires_at=NOON))
    assert client.get(ORDERS, headers=mine).status_code == 401
    with shop.begin() as session:
        session.execute(update(ApiToken).values(revoked_at=NOON))
    assert client.get(ORDERS).status_code == 401


def test_a_token_may_do_no_more_than_its_scopes(shop: sessionmaker[Session], client: TestClient):
    reader = bearer(shop, scopes=["order.view"])
    assert client.get(ORDERS, headers=reader).status_code == 200
    refused = client.put(f"{V1}/products/MUG", json={"name": "Mug", "price": "1"}, headers=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert refused.json()["errors"][0]["value"] == "product.edit"


def test_a_user_who_left_cannot_act(client: TestClient, shop: sessionmaker[Session]):
    a_product(client)
    with shop.begin() as session:
        session.execute(update(User).where(User.login == "admin").values(is_active=False))
    assert client.post(ORDERS, json=order_body()).status_code == 401


NO_ORDERS = [
    *(b"", b"{", b"[1]", b"null", b'"text"', b"\xff\xfe", b"1e999999999", b"[" * 100_000),
    *(b'{"channel": "\\ud800"}', b'{"customer": {"name": "A", "address": {"\\ud800": "x"}}}'),
]


@pytest.mark.parametrize("body", NO_ORDERS)
def test_a_body_that_is_no_order_is_refused_without_a_failure(client: TestClient, body: bytes):
    answer = client.post(ORDERS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["code"] in {"malformed_json", "malformed_body", "invalid_request"}


def test_json_that_breaks_off_is_told_by_its_place(client: TestClient):
    answer = client.post(ORDERS, content=b'{"channel": }', headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
    assert "12" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_body_beyond_the_limit_is_refused(client: TestClient, is_declared: bool):
    body = json.dumps(order_body(comment="x" * LARGEST_BODY_BYTES)).encode()
    content = body if is_declared else iter([body[:1000], body[1000:]])
    answer = client.post(ORDERS, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "body_too_large"


def test_a_key_that_is_too_long_or_empty_is_refused(client: TestClient):
    for key in ("", "k" * 181):
        answer = client.post(ORDERS, json=order_body(), headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


def test_a_database_that_is_away_is_told_with_when_to_come_back():
    gone = make_sessions(make_engine("postgresql+psycopg2://nobody:x@127.0.0.1:1/none"))
    with TestClient(create_api(lambda: gone), raise_server_exceptions=False) as client:
        answer = client.get(ORDERS, headers={"Authorization": "Bearer oms_whatever"})
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
    assert answer.headers["retry-after"] == "1"


def test_a_fault_of_ours_is_told_without_its_insides(shop: sessionmaker[Session]):
    router = APIRouter()

    @router.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret")

    with TestClient(
        create_api(lambda: shop, routers=[router]), raise_server_exceptions=False, headers=bearer(shop)
    ) as client:
        answer = client.get(f"{V1}/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


def test_more_requests_than_places_wait_for_their_turn(shop: sessionmaker[Session]):
    router, together = APIRouter(), Barrier(3)

    @router.get("/meet")
    def meet() -> str:
        together.wait(10)  # only three at once pass; a fourth place would leave one of six behind
        return "met"

    api = create_api(lambda: shop, routers=[router], at_once=3)
    with TestClient(api, headers=bearer(shop)) as client, ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _index: client.get(f"{V1}/meet"), range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6


def test_who_waits_too_long_for_a_place_is_told_to_come_back(shop: sessionmaker[Session]):
    router, started, finish = APIRouter(), Event(), Event()

    @router.get("/slow")
    def slow() -> None:
        started.set()
        finish.wait(10)

    api = create_api(lambda: shop, routers=[router], at_once=1, longest_wait=0.1)
    with TestClient(api, headers=bearer(shop)) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.get, f"{V1}/slow")
        started.wait(10)
        second = client.get(ORDERS)
        finish.set()
        assert first.result().status_code == 200
    assert (second.status_code, second.json()["code"]) == (503, "busy")
    assert second.headers["retry-after"] == "1"
