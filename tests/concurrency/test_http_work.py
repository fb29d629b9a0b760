"""Many clients place, confirm, cancel and receive on the same few products at once."""

import random
from collections import Counter
from pathlib import Path
from threading import Lock, local
from typing import Any

from serving import Answer, Client, by_clients, serving
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from test_http_race import CLIENTS, SKUS, order_body, stock_the_shop

from oms_core import integrity

PIECES = 200
REFUSALS = {"short_of_stock", "not_permitted", "not_ready", "not_cancellable", "exceeds_open", "stale_version"}


def test_no_work_at_once_fails_or_breaks_an_invariant(fresh_engine: Engine, home: Path, tmp_path: Path):
    told: Counter[str] = Counter()
    numbers: list[str] = []
    lock, mine = Lock(), local()
    with serving(fresh_engine.url.render_as_string(hide_password=False), home, tmp_path / "server.log") as server:
        stock_the_shop(server.client(), each=30)

        def work(index: int) -> None:
            client = mine.__dict__.setdefault("client", server.client())
            status, answer = one_piece(client, index, list(numbers))
            assert status < 300 or answer["code"] in REFUSALS, answer
            with lock:
                told[str(answer.get("code", status))] += 1
                if status == 201 and "number" in answer:
                    numbers.append(answer["number"])

        by_clients(CLIENTS, list(range(PIECES)), work)
    assert told["201"] > PIECES / 4
    assert told["200"] > PIECES / 10
    with Session(fresh_engine) as session:
        assert {found.code: found.rows for found in integrity.check(session) if found.rows} == {}


def one_piece(client: Client, index: int, numbers: list[str]) -> Answer:
    """Do the piece of work of this index, on one of the orders placed so far."""
    dice = random.Random(index)
    kind = dice.choices(["place", "cancel", "part", "move", "receive"], [40, 15, 10, 25, 10])[0]
    if kind == "receive":
        receipt = {"warehouse": "MAIN", "sku": dice.choice(SKUS), "quantity": str(dice.randint(1, 4))}
        return client.ask("POST", "/api/v1/stock/receipts", receipt)
    if kind == "place" or not numbers:
        return client.ask("POST", "/api/v1/orders", order_body(index))
    order = f"/api/v1/orders/{dice.choice(numbers[-20:])}"
    part: dict[str, Any] = {"lines": [{"position": 1, "quantity": "1"}]} if kind == "part" else {}
    if kind != "move":
        return client.ask("POST", f"{order}/cancellations", {"reason": "changed_mind", **part})
    return client.ask("POST", f"{order}/transitions", {"to": dice.choice(["confirm", "pick", "ship", "deliver"])})
