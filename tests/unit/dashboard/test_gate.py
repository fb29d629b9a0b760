"""The gate lets in who is signed in, by our names and from our pages, and nobody else."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.addresses import Addresses, addresses_of, own_path
from dashboard.gate import Gate
from dashboard.visits import COOKIE
from oms_core.access.actors import Actor
from oms_core.access.people import Person
from oms_core.access.sessions import Resumed
from oms_core.api.callers import SIGNED_IN
from oms_core.config import Settings
from oms_core.errors import DatabaseAway

HERE = "http://127.0.0.1:8501"
STREAM = "ws://127.0.0.1:8501/_stcore/stream"
ANNA = Resumed(Actor(7, "anna"), Person("anna", "Anna", "en", frozenset()), 1, False, False)
NEWCOMER = Resumed(Actor(8, "lena"), Person("lena", "Lena", "en", frozenset()), 2, True, False)
GOOD = "good"
KNOWN = {GOOD: ANNA, "one-time": NEWCOMER}


async def _echo(request: Request) -> JSONResponse:
    found = getattr(request.state, SIGNED_IN, None)
    seen = {"login": found and found.actor.login, "client": request.client and request.client.host}
    return JSONResponse(seen | {"headers": dict(request.headers)})


async def _stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(getattr(socket.state, SIGNED_IN).actor.login)
    await socket.close()


def served(find: Any = lambda token, _is_use: KNOWN.get(token), **settings: str) -> Starlette:
    """Everything behind the gate answers who is believed to be there."""
    addresses = addresses_of(Settings(**settings))
    return Starlette(
        routes=[WebSocketRoute("/_stcore/stream", _stream), Route("/{rest:path}", _echo, methods=["GET", "POST"])],
        middleware=[Middleware(Gate, addresses=lambda: addresses, find_session=find)],
    )


def client_of(token: str = GOOD, base_url: str = HERE, app: Any = None, address: str = "127.0.0.1") -> TestClient:
    cookies = {COOKIE: token} if token else {}
    return TestClient(app or served(), base_url=base_url, cookies=cookies, follow_redirects=False, client=(address, 4))


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8501", "http://localhost:8501", "http://[::1]:8501"])
def test_who_is_signed_in_passes_by_each_name_of_this_computer(base_url: str) -> None:
    assert client_of(base_url=base_url).get("/orders").json()["login"] == "anna"


@pytest.mark.parametrize("token", ["", "unknown", "'; DROP TABLE users; --", "ü\x00"])
def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back_to_where_they_were(token: str) -> None:
    client = client_of("")
    answer = client.get("/orders?view=late&q=a%26b", headers={"Cookie": f"{COOKIE}={token}".encode()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/orders%3Fview%3Dlate%26q%3Da%2526b")
    assert client.get("/").headers["location"] == "/login"


@pytest.mark.parametrize("path", ["/api", "/api/v1/orders", "/api/openapi.json", "/api/v1/kpi/orders_received"])
def test_a_stranger_is_refused_by_a_problem_document_at_every_address_of_the_interface(path: str) -> None:
    for answer in (client_of("").get(path), client_of("").post(path, json={})):
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "path", ["/_stcore/host-config", "/_stcore/upload_file/a/b", "/media/a.csv", "/component/x", "/static/js/x.js"]
)
def test_what_scripts_fetch_is_refused_without_a_form(path: str) -> None:
    assert client_of("").get(path).status_code == 401
    assert client_of("").post("/orders").status_code == 401


@pytest.mark.parametrize(
    "path", ["/healthz", "/login", "/logout", "/_stcore/health", "/auth/oidc/login", "/auth/oidc/callback"]
)
def test_a_stranger_may_sign_in_and_ask_whether_we_live(path: str) -> None:
    assert client_of("").get(path).json()["login"] is None


@pytest.mark.parametrize("path", ["/login/", "/login/x", "/healthz/../orders", "/LOGIN", "//login"])
def test_nothing_beside_those_addresses_is_public(path: str) -> None:
    assert "login" not in client_of("").get(HERE + path).text


def test_a_token_in_the_header_is_left_to_the_interface_and_opens_no_page() -> None:
    bearer = {"Authorization": "Bearer oms_x"}
    assert client_of("").get("/api/v1/orders", headers=bearer).json()["login"] is None
    assert client_of("").get("/orders", headers=bearer).status_code == 303
    assert client_of("good").get("/api/v1/orders", headers=bearer).json()["login"] is None  # one caller, not two


def test_nobody_is_believed_who_claims_a_name_in_a_header() -> None:
    seen = client_of("good").get("/orders", headers={"X-OMS-User": "admin", "x-oms-actor": "admin"}).json()
    assert seen["login"] == "anna"
    assert not {"x-oms-user", "x-oms-actor"} & seen["headers"].keys()
    assert client_of("").get("/orders", headers={"X-OMS-User": "admin"}).status_code == 303


def test_a_one_time_password_opens_its_own_change_and_nothing_else() -> None:
    client = client_of("one-time")
    assert client.get("/orders").headers["location"] == "/password"
    assert client.get("/password").json()["login"] == "lena"
    refused = client.get("/api/v1/orders")
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    assert client.get("/media/a.csv").status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(STREAM):
        pass


def test_a_name_rebound_to_this_computer_is_refused() -> None:
    assert client_of(base_url="http://evil.test:8501").get("/").status_code == 403
    assert client_of(base_url="http://evil.test:8501").get("/login").status_code == 403


@pytest.mark.parametrize("nonsense", ["[", "[::1", "127.0.0.1:8501@evil.test", "", "evil.test:127.0.0.1"])
def test_an_address_that_makes_no_sense_is_refused(nonsense: str) -> None:
    assert client_of().get("/", headers={"Host": nonsense}).status_code == 403
    assert client_of().post("/", headers={"Origin": f"http://{nonsense}"}).status_code == 403


def test_a_write_from_another_site_is_refused_and_one_from_our_own_page_is_not() -> None:
    client = client_of()
    for origin in ("http://evil.test", "http://127.0.0.1:9999", "null", "http://127.0.0.1:8501.evil.test"):
        assert client.post("/api/v1/orders", headers={"Origin": origin}).status_code == 403, origin
        assert client.post("/login", headers={"Origin": origin}).status_code == 403, origin
    for place in ("cross-site", "same-site"):
        assert client.post("/orders", headers={"Sec-Fetch-Site": place}).status_code == 403
    assert client.post("/orders", headers={"Origin": HERE, "Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert client.post("/orders").status_code == 200


def test_the_websocket_opens_for_a_session_of_ours_alone() -> None:
    with client_of().websocket_connect(STREAM, headers={"Origin": HERE}) as socket:
        assert socket.receive_text() == "anna"
    refused = [
        (client_of(""), {}), (client_of("unknown"), {}), (client_of(), {"Origin": "http://evil.test"}),
        (client_of(), {"Host": "evil.test"}), (client_of(""), {"Authorization": "Bearer oms_x"}),
    ]  # fmt: skip
    for client, headers in refused:
        with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(STREAM, headers=headers):
            pass
        assert closed.value.code == 1008


def test_a_database_that_is_away_is_told_and_lets_nobody_in() -> None:
    def away(_token: str, _is_use: bool) -> None:
        raise DatabaseAway("away")

    client = client_of(app=served(away))
    assert client.get("/orders").status_code == client.get("/api/v1/orders").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_looking_whether_one_is_signed_in_is_no_use_of_the_session() -> None:
    uses: list[tuple[str, bool]] = []
    client = client_of(app=served(lambda token, is_use: uses.append((token, is_use)) or ANNA))
    client.get("/api/v1/me")
    client.get("/api/v1/orders")
    assert uses == [("good", False), ("good", True)]


def test_the_public_name_is_ours_when_it_is_set_and_its_pages_write_by_tls_alone() -> None:
    app = served(public_url="https://orders.example.com", allowed_hosts="intern.example")
    client = client_of(base_url="http://orders.example.com", app=app)
    assert client.post("/x", headers={"Origin": "https://orders.example.com"}).status_code == 200
    assert client.post("/x", headers={"Origin": "http://orders.example.com"}).status_code == 403
    assert client_of(base_url="http://intern.example", app=app).get("/x").status_code == 200
    behind = {"Origin": "https://orders.example.com", "Host": "127.0.0.1:8501"}  # a proxy that asks by our own name
    assert client_of(app=app).post("/x", headers=behind).status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_says_who_calls(peer: str, forwarded: str, caller: str) -> None:
    app = served(trusted_proxies="127.0.0.1, 10.0.0.0/8")
    client = client_of(app=app, address=peer)
    assert client.get("/x", headers={"X-Forwarded-For": forwarded}).json()["client"] == caller
    plain = client_of(address=peer)
    assert plain.get("/x", headers={"X-Forwarded-For": forwarded}).json()["client"] == peer


def test_every_answer_forbids_framing_by_others_and_guessing_its_kind() -> None:
    for path in ("/orders", "/api/v1/orders", "/login"):
        headers = client_of("").get(path).headers
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "wanted",
    [
        None, "", "orders", "//evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test", "/\t/evil.test",
        "javascript:alert(1)", "///evil.test", "/x\r\nSet-Cookie: a=b", "/login?next=/login", "/logout", "/password",
        "/api/v1/orders", "/" + "a" * 3000,
    ],
)  # fmt: skip
def test_nobody_is_sent_anywhere_but_to_a_page_of_ours(wanted: str | None) -> None:
    assert own_path(wanted) == "/"


def test_a_page_of_ours_is_kept_with_its_address() -> None:
    assert own_path("/orders?view=late&q=a%26b#x") == "/orders?view=late&q=a%26b#x"


def test_addresses_without_a_setting_are_this_computers_own() -> None:
    addresses = addresses_of(Settings(public_url=""))
    assert addresses == Addresses(frozenset({"127.0.0.1", "localhost", "::1"}), "", ())
    assert not addresses.is_secure
