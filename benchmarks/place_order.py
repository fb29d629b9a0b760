"""Orders per second through the door, against pgbench writing the same rows and nothing else.

Run as ``python -m benchmarks.place_order``; ours and the bound take turns on one server, fsync on.
"""

import argparse
import json
import multiprocessing
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psycopg2
from sqlalchemy import URL, text

import oms_core.schema  # noqa: F401 - every process imports the whole schema before it maps anything
from benchmarks.scratch import empty_database, scratch_shop
from oms_core import door, embedded
from oms_core.access.actors import find_actor
from oms_core.config import Settings
from oms_core.db import make_engine, make_sessions
from oms_core.orders.placement import CustomerRef, LineRequest, place_order

PRODUCTS = 1_000
WRITERS = (1, 4)
WARM_UP_ORDERS = 50
# One line from each third of the products, as the bound draws them: an order never names one twice.
THIRDS = ((1, 333), (334, 666), (667, PRODUCTS))

STOCK = f"""
INSERT INTO products (sku, name, tax_rate)
SELECT 'P' || g, 'Product ' || g, 0.2 FROM generate_series(1, {PRODUCTS}) g;
INSERT INTO prices (price_list_id, product_id, valid_from, unit_price)
SELECT l.id, p.id, '2020-01-01', 10 FROM price_lists l, products p;
INSERT INTO stock_levels (location_id, product_id, on_hand)
SELECT l.id, p.id, 1000000000 FROM locations l, products p WHERE l.code = 'MAIN';
INSERT INTO customers (name) SELECT 'Customer ' || g FROM generate_series(1, {PRODUCTS}) g;
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, ours and the bound in turn")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each measurement")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    options = parser.parse_args(argv)
    result = measure(Settings(), rounds=options.rounds, seconds=options.seconds)
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def measure(settings: Settings, *, rounds: int, seconds: float) -> dict[str, object]:
    """Return the medians per number of writers: orders and transactions per second, and their ratio."""
    ours: dict[int, list[float]] = {writers: [] for writers in WRITERS}
    bound: dict[int, list[float]] = {writers: [] for writers in WRITERS}
    with scratch_shop(settings) as engine, empty_database(settings) as bound_url:
        with engine.begin() as connection:
            connection.execute(text(STOCK))
        _run_script(bound_url, settings.shared / "bench" / "place_order_schema.sql")
        _vacuum(engine.url, "products, prices, stock_levels, customers")
        _vacuum(bound_url, "product, stock_level")
        for _ in range(rounds):
            for writers in WRITERS:
                ours[writers].append(_orders_per_second(engine.url, writers, seconds))
                bound[writers].append(_bound_per_second(settings, bound_url, writers, seconds))
    return {
        "name": "place_order",
        "ours": {str(writers): round(statistics.median(ours[writers]), 1) for writers in WRITERS},
        "bound": {str(writers): round(statistics.median(bound[writers]), 1) for writers in WRITERS},
        "ratio": {
            str(writers): round(statistics.median(ours[writers]) / statistics.median(bound[writers]), 3)
            for writers in WRITERS
        },
        "unit": "orders per second",
        "rounds": rounds,
        "seconds": seconds,
        "all": {"ours": ours, "bound": bound},
    }


def _orders_per_second(url: URL, writers: int, seconds: float) -> float:
    """Let ``writers`` processes place orders for ``seconds`` each, starting together."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(writers)
    address = url.render_as_string(hide_password=False)
    with context.Pool(writers, initializer=_remember, initargs=(start,)) as pool:
        return sum(pool.starmap(_write_orders, [(address, seconds, seed) for seed in range(writers)], chunksize=1))


_start: Barrier


def _remember(start: Barrier) -> None:
    global _start  # noqa: PLW0603 - a barrier can only be inherited, not passed as an argument
    _start = start


def _write_orders(address: str, seconds: float, seed: int) -> float:
    engine = make_engine(address)
    sessions = make_sessions(engine)
    with sessions() as session:
        actor = find_actor(session, "admin")
    draw = random.Random(seed)

    def place() -> None:
        lines = [LineRequest(f"P{draw.randint(*third)}", Decimal(1)) for third in THIRDS]
        customer = CustomerRef(id=draw.randint(1, PRODUCTS))
        door.run(sessions, actor, place_order, channel="desk", customer=customer, lines=lines)

    for _ in range(WARM_UP_ORDERS):
        place()
    _start.wait(timeout=120)
    count, begun = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        place()
        count += 1
    engine.dispose()
    return count / elapsed


def _bound_per_second(settings: Settings, url: URL, writers: int, seconds: float) -> float:
    script = settings.shared / "bench" / "place_order.sql"
    words: list[str | Path] = [
        *(embedded.binary(settings.home, "pgbench"), "-n", "-M", "prepared", "-f", script),
        *("-c", str(writers), "-j", str(writers), "-T", str(max(1, round(seconds))), str(url.database)),
    ]
    done = subprocess.run(words, env=_environment(url), capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench said nothing of its rate: {done.stdout}{done.stderr}")
    return float(found.group(1))


def _environment(url: URL) -> dict[str, str]:
    host = url.host or url.query.get("host")
    named = {"PGHOST": host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    return os.environ | {name: str(value) for name, value in named.items() if value}


def _run_script(url: URL, script: Path) -> None:
    connection = psycopg2.connect(_plain(url))
    with connection, connection.cursor() as cursor:
        cursor.execute(script.read_text())
    connection.close()


def _vacuum(url: URL, tables: str) -> None:
    """Clean up after filling and count the rows, so that no autovacuum falls into one of the turns."""
    connection = psycopg2.connect(_plain(url))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {tables}")
    connection.close()


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


if __name__ == "__main__":
    raise SystemExit(main())
