"""Customers at a million: list, search and profile, each through the door.

Run as ``python -m benchmarks.customers``. ``growth`` of a question is its p95 over that in a shop a tenth the size;
``profile`` compares a customer of 2,000 orders with one of 20, asked in turn, by the quickest answer to
each. Segments and doubles look at everybody: their time is told, not bounded.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.scratch import scratch_shop
from benchmarks.scratch_orders import fill
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.config import Settings
from oms_core.customers.directory import list_customers
from oms_core.customers.duplicates import find_duplicates
from oms_core.customers.profile import brief_of, read_customer
from oms_core.customers.segments import count_customers
from oms_core.db import make_sessions

CUSTOMERS = 1_000_000
OFTEN, SELDOM = 2_000, 20
_LOOKS = 10
_MORE = """
INSERT INTO customers (name) SELECT initcap(left(md5(g::text), 7)) || ' ' || initcap(left(md5((g % 20000)::text), 9))
FROM generate_series(1, :more) g;
INSERT INTO contacts (customer_id, kind, value, normalised)
SELECT c.id, k.kind, k.value, k.value FROM customers c, LATERAL (VALUES
    ('phone', '+7' || (9000000000 + c.id * 13)), ('email', 'guest' || c.id || '@example.com')) k (kind, value)
WHERE c.id > (SELECT max(customer_id) FROM contacts);
"""
# Scattered over the shop's whole past, as a regular's orders are.
_REGULAR = """
UPDATE orders SET customer_id = :id WHERE id IN (
    SELECT id FROM orders WHERE id % greatest((SELECT count(*) FROM orders) / :count, 1) = :place LIMIT :count)
"""


class Shop:
    """A shop of a size, with the ids of a customer who orders often and of one who does so seldom."""

    def __init__(self, engine: Engine, customers: int) -> None:
        """Fill it."""
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE orders SET (fillfactor = 90)"))  # so that a row changed stays there
        fill(engine, orders=customers)
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            known = connection.scalar(text("SELECT setval('customers_id_seq', max(id)) FROM customers"))
            connection.execute(text(_MORE), {"more": max(0, customers - int(known or 0))})
            self.often, self.seldom = 7, 11
            connection.execute(text("ALTER TABLE orders DISABLE TRIGGER USER"))
            for place, (one, count) in enumerate(((self.often, OFTEN), (self.seldom, SELDOM))):
                away = text("UPDATE orders SET customer_id = 13 WHERE customer_id = :id")
                connection.execute(away, {"id": one})
                connection.execute(text(_REGULAR), {"id": one, "count": count, "place": place})
            connection.execute(text("ALTER TABLE orders ENABLE TRIGGER USER"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
        self.sessions = make_sessions(engine)
        self.actor = door.read(self.sessions, None, find_actor, login="admin")
        self.customers = customers

    def timed(self, query: Callable[..., Any], **facts: Any) -> float:  # noqa: ANN401 - those of the query
        """Milliseconds that a read took."""
        start = time.perf_counter()
        door.read(self.sessions, self.actor, query, **facts)
        return (time.perf_counter() - start) * 1_000

    def questions(self, dice: random.Random) -> dict[str, dict[str, Any]]:
        """One of each kind of search, about somebody who is there."""
        one = dice.randrange(1, self.customers // 5)
        return {
            "list": {},
            "surname": {"q": dice.choice(("anna", "gjho", "hkib"))},
            "phone": {"q": f"+48{500_000_000 + one * 37}"},
            "last digits": {"q": str(500_000_000 + one * 37)[-7:]},
            "email": {"q": f"c{one}@shop"},
            "nobody": {"q": "zzzzzz zz"},
        }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    options = parser.parse_args(argv)
    result = measure(Settings(), sizes=(options.customers // 10, options.customers), rounds=options.rounds)
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def measure(settings: Settings, *, sizes: tuple[int, int], rounds: int) -> dict[str, Any]:
    """Return milliseconds: p95 of each search in both shops, medians of profiles."""
    with ExitStack() as stack:
        small, large = (Shop(stack.enter_context(scratch_shop(settings)), size) for size in sizes)
        searches = _searches(small, large, rounds)
        profiles = _profiles(large, rounds)
        now = datetime.now(UTC)
        conditions = [{"field": "orders", "op": "at_least", "value": 3}]
        everybody = {
            "segment_ms": round(large.timed(count_customers, now=now, conditions=conditions)),
            "doubles_ms": round(large.timed(find_duplicates)),
        }
    worst = max(one["p95_ms"] for one in searches.values())
    return {"name": "customers", "customers": sizes[1], "p95_ms": worst, "searches": searches} | profiles | everybody


def _searches(small: Shop, large: Shop, rounds: int) -> dict[str, dict[str, float]]:
    taken: dict[str, tuple[list[float], list[float]]] = {}
    for turn in range(rounds + 3):
        for place, shop in enumerate((small, large)):
            for name, facts in shop.questions(random.Random(turn)).items():
                spent = shop.timed(list_customers, **facts)
                if turn >= 3:
                    taken.setdefault(name, ([], []))[place].append(spent)
    return {
        name: {"p95_ms": round(_p95(two), 1), "growth": round(_p95(two) / _p95(one), 2)}
        for name, (one, two) in taken.items()
    }


def _profiles(shop: Shop, rounds: int) -> dict[str, Any]:
    taken: dict[tuple[str, str], list[float]] = {}
    for _turn in range(_LOOKS * rounds + 3):  # a few milliseconds each: many, so that some find the machine at rest
        for read in (read_customer, brief_of):
            for who, customer_id in (("often", shop.often), ("seldom", shop.seldom)):
                taken.setdefault((read.__name__, who), []).append(shop.timed(read, customer_id=customer_id))
    told = {}
    for name, called in (("profile", "read_customer"), ("panel", "brief_of")):
        often, seldom = (taken[called, who][3:] for who in ("often", "seldom"))
        # The quickest of many: what else the machine does adds the more the longer one takes.
        ratio = min(often) / min(seldom)
        medians = {"ms": round(statistics.median(often), 2), "seldom_ms": round(statistics.median(seldom), 2)}
        told[name] = {**medians, "ratio": round(ratio, 2)}
    return told


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    sys.exit(main())
