"""The server is killed in the middle of the rush: what it had answered is there, once."""

import http.client
import signal
from collections import Counter
from pathlib import Path
from threading import Event, Lock, Timer

import pytest
from serving import Answer, Server, by_clients, serving
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from test_http_race import CLIENTS, order_body, stock_the_shop

from oms_core import integrity
from oms_core.journal import OrderEvent
from oms_core.orders.models import Order


def place_all(server: Server, indexes: list[int], on_answer: Event | None = None) -> dict[int, Answer]:
    """Place the orders from many clients; who loses the server loses it silently, as a client would."""
    answers: dict[int, Answer] = {}
    lock = Lock()

    def place(index: int) -> None:
        client = server.client()
        body = order_body(index) | {"external_ref": None}
        try:
            answer = client.ask("POST", "/api/v1/orders", body, Idempotency_Key=f"kill-{index}")
        except (OSError, http.client.HTTPException):
            return
        finally:
            client.close()
        with lock:
            answers[index] = answer
            if on_answer is not None and len(answers) >= len(indexes) // 3:
                on_answer.set()

    by_clients(CLIENTS, indexes, place)
    return answers


@pytest.mark.parametrize("orders", [40, pytest.param(6_000, marks=[pytest.mark.full, pytest.mark.timeout(900)])])
def test_every_order_answered_before_a_kill_is_there_once_and_a_repeat_makes_no_second(
    fresh_engine: Engine, home: Path, tmp_path: Path, orders: int
):
    indexes = list(range(orders))
    with serving(fresh_engine.url.render_as_string(hide_password=False), home, tmp_path / "server.log") as server:
        stock_the_shop(server.client(), each=orders // 5)
        in_the_middle = Event()
        killer = Timer(0, lambda: in_the_middle.wait(120) and server.end(signal.SIGKILL))
        killer.start()
        before = place_all(server, indexes, in_the_middle)
        killer.join()
        server.start()
        placed = {index: answer["number"] for index, (status, answer) in before.items() if status == 201}
        assert 0 < len(placed) < orders
        assert {status for status, _ in before.values()} <= {201, 409}
        client = server.client()
        assert [client.ask("GET", f"/api/v1/orders/{number}")[0] for number in placed.values()] == [200] * len(placed)
        after = place_all(server, indexes)

    assert Counter(status for status, _ in after.values()).keys() <= {200, 201, 409}
    assert {after[index][0] for index in placed} == {200}
    assert {index: after[index][1]["number"] for index in placed} == placed
    numbers = {answer["number"] for status, answer in after.values() if status in {200, 201}}
    with Session(fresh_engine) as session:
        assert len(after) == orders
        assert set(session.scalars(select(Order.number))) == numbers
        placements = select(func.count()).select_from(OrderEvent).where(OrderEvent.kind == "order.placed")
        assert session.scalar(placements) == len(numbers)
        assert {found.code: found.rows for found in integrity.check(session) if found.rows} == {}
