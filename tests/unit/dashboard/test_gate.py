"""The gate lets this computer in and nobody else."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.gate import LoopbackGate


async def _page(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


async def _stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("inside")
    await socket.close()


APP = Starlette(
    routes=[Route("/", _page, methods=["GET", "POST"]), WebSocketRoute("/stream", _stream)],
    middleware=[Middleware(LoopbackGate)],
)


def _client(address: str = "127.0.0.1", base_url: str = "http://127.0.0.1:8501") -> TestClient:
    return TestClient(APP, base_url=base_url, client=(address, 40_000))


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8501", "http://localhost:8501", "http://[::1]:8501"])
def test_this_computer_is_let_in_by_each_of_its_names(base_url: str) -> None:
    assert _client(base_url=base_url).get("/").text == "inside"


@pytest.mark.parametrize("address", ["192.168.1.20", "10.0.0.1", "2001:db8::1"])
def test_another_machine_is_refused(address: str) -> None:
    assert _client(address).get("/").status_code == 403


def test_a_name_rebound_to_this_computer_is_refused() -> None:
    assert _client(base_url="http://evil.test:8501").get("/").status_code == 403


def test_a_write_from_another_site_is_refused_and_one_from_our_own_page_is_not() -> None:
    client = _client()
    assert client.post("/", headers={"Origin": "http://evil.test"}).status_code == 403
    assert client.post("/", headers={"Origin": "http://127.0.0.1:9999"}).status_code == 403
    assert client.post("/", headers={"Origin": "http://127.0.0.1:8501"}).status_code == 200
    assert client.post("/").status_code == 200


@pytest.mark.parametrize("nonsense", ["[", "[::1", "127.0.0.1:8501@evil.test"])
def test_an_address_that_makes_no_sense_is_refused(nonsense: str) -> None:
    assert _client().get("/", headers={"Host": nonsense}).status_code == 403
    assert _client().post("/", headers={"Origin": f"http://{nonsense}"}).status_code == 403


def test_the_websocket_of_another_site_or_machine_is_refused_before_it_opens() -> None:
    with _client().websocket_connect("ws://127.0.0.1:8501/stream") as socket:
        assert socket.receive_text() == "inside"
    with (
        pytest.raises(WebSocketDisconnect),
        _client().websocket_connect("ws://127.0.0.1:8501/stream", headers={"Origin": "http://evil.test"}),
    ):
        pass
    with pytest.raises(WebSocketDisconnect), _client("10.0.0.1").websocket_connect("ws://127.0.0.1:8501/stream"):
        pass
