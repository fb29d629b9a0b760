"""The launcher binds this computer's own address, at once after a kill, and says plainly when it cannot."""

import socket

import pytest

from dashboard import server
from oms_core.errors import Invalid


def test_it_opens_to_other_machines_only_when_told_by_which_name_they_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMS_PUBLIC_URL", raising=False)
    with pytest.raises(Invalid, match="OMS_PUBLIC_URL"):
        server.serve(host="0.0.0.0", port=0)  # noqa: S104 - that it is refused is the point


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Invalid, match=str(port)):
            server.serve(port=port)


def test_the_socket_sends_small_answers_at_once_and_can_be_bound_again() -> None:
    with server._listening_socket("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
