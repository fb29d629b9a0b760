"""Thirty-two clients order ten scarce products at once through the server itself."""

import random
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from threading import Lock, local
from typing import Any

import pytest
from serving import Client, by_clients, serving
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from oms_core import integrity
from oms_core.inventory.models import StockLevel
from oms_core.orders.models import Order, OrderLine

CLIENTS = 32
SKUS = [f"SCARCE-{index}" for index in range(10)]


def order_body(index: int) -> dict[str, Any]:
    """The order of this index: one to three lines, sometimes one product twice; a fifth want all or nothing."""
    dice = random.Random(index)
    skus = [dice.choice(SKUS) for _ in range(dice.randint(1, 3))]
    return {
        "channel": "api",
        "external_ref": f"race-{index}",
        "customer": {"name": f"Buyer {index % 50}", "email": f"buyer{index % 50}@example.com"},
        "lines": [{"sku": sku, "quantity": str(dice.randint(1, 3))} for sku in skus],
        "allow_backorder": index % 5 != 0,
    }


def stock_the_shop(client: Client, *, each: int) -> None:
    for sku in SKUS:
        assert client.ask("PUT", f"/api/v1/products/{sku}", {"name": sku, "price": "9.99"})[0] in {200, 201}
        receipt = {"warehouse": "MAIN", "sku": sku, "quantity": str(each)}
        assert client.ask("POST", "/api/v1/stock/receipts", receipt)[0] == 201


@pytest.mark.parametrize("orders", [120, pytest.param(20_000, marks=[pytest.mark.full, pytest.mark.timeout(1_800)])])
def test_clients_reserve_exactly_the_stock_and_none_is_told_of_a_failure(
    fresh_engine: Engine, home: Path, tmp_path: Path, orders: int
):
    each = orders * 2 // 10  # about four are asked for where two are there
    answers: Counter[int] = Counter()
    slowest, lock, mine = [0.0], Lock(), local()
    with serving(fresh_engine.url.render_as_string(hide_password=False), home, tmp_path / "server.log") as server:
        stock_the_shop(server.client(), each=each)

        def place(index: int) -> None:
            client = mine.__dict__.setdefault("client", server.client())
            started = time.perf_counter()
            status, answer = client.ask("POST", "/api/v1/orders", order_body(index))
            took = time.perf_counter() - started
            refused = status == 409 and answer["code"] == "short_of_stock" and index % 5 == 0
            assert status == 201 or refused, answer
            with lock:
                answers[status] += 1
                slowest[0] = max(slowest[0], took)

        started = time.perf_counter()
        by_clients(CLIENTS, list(range(orders)), place)
        seconds = time.perf_counter() - started
    rate = f"{orders / seconds:.0f}/s, slowest {slowest[0]:.2f} s"
    print(f"\n{orders} orders by {CLIENTS} clients in {seconds:.1f} s ({rate}): {dict(answers)}")  # noqa: T201 - a figure
    with Session(fresh_engine) as session:
        levels = session.scalars(select(StockLevel)).all()
        assert [level.on_hand for level in levels] == [Decimal(each)] * len(SKUS)
        assert [level.reserved for level in levels] == [Decimal(each)] * len(SKUS)
        assert session.scalar(select(func.count()).select_from(Order)) == answers[201]
        assert session.scalar(select(func.sum(OrderLine.quantity))) > each * len(SKUS)
        assert {found.code: found.rows for found in integrity.check(session) if found.rows} == {}
