"""Refreshing the marts after one day's events, beside rebuilding them all, in a shop of ten million order lines.

Run as ``python -m benchmarks.refresh``. The day's events are five for each order that a day brings, on orders of the
last fortnight, as a day leaves them, and a move of every product; the shop's stock has moved so every day before. The
bound is a twentieth of the full rebuild, whose time is measured on the same shop just before.
"""

import argparse
import json
import resource
import tempfile
import time
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.scratch import scratch_shop
from benchmarks.scratch_orders import DAYS, LINES, fill
from oms_core.config import Settings
from pipelines.jobs import refresh
from pipelines.store import Store

LINES_IN_ALL, BOUND, EVENTS, FORTNIGHT = 10_000_000, 0.05, 5, 14
_MEBIBYTE = 1024  # the system tells the peak in kibibytes
_STOCK = text("""
INSERT INTO stock_moves (product_id, quantity, from_location_id, to_location_id, state, done_at, actor_id)
SELECT p.id, CASE day WHEN 0 THEN 1000000 ELSE 1 END, CASE day WHEN 0 THEN away.id ELSE here.id END,
       CASE day WHEN 0 THEN here.id ELSE away.id END, 'done', now() - make_interval(days => :age - day), 1
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) day
CROSS JOIN (SELECT min(id) AS id FROM locations WHERE kind = 'stock') here
CROSS JOIN (SELECT min(id) AS id FROM locations WHERE kind = 'customer') away
CROSS JOIN products p
ORDER BY day
""")
_A_DAY = text("""
INSERT INTO order_events (order_id, sequence, kind, occurred_at, actor_id, payload)
SELECT o.id, (SELECT max(sequence) FROM order_events e WHERE e.order_id = o.id) + 1, 'order.commented', now(), 1,
       '{"text": "a day"}'
FROM (SELECT id FROM orders WHERE id > :newest - :fortnight ORDER BY hashint8(id) LIMIT :events) o
""")


def main() -> None:
    """Measure and print one JSON document."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    asked.add_argument("--lines", type=int, default=LINES_IN_ALL)
    given = asked.parse_args()
    print(json.dumps(measure(Settings(), orders=given.lines // LINES)))


def measure(settings: Settings, *, orders: int) -> dict[str, Any]:
    """Fill a shop, build its marts whole, let a day pass, and refresh them."""
    with tempfile.TemporaryDirectory(prefix="bench-refresh-") as folder, scratch_shop(settings) as engine:
        fill(engine, orders=orders)
        _move_stock(engine, range(DAYS))
        store = Store(folder)
        whole, _ = _timed(engine, store)
        events = _live_a_day(engine, orders)
        day, told = _timed(engine, store)
    return {
        "name": "refresh", "ours": round(day, 2), "bound": round(BOUND * whole, 2), "ratio": round(day / whole, 4),
        "unit": "seconds", "full": round(whole, 2), "lines": orders * LINES, "events": events, "days": told["days"],
        "peak_mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEBIBYTE,
    }  # fmt: skip


def _timed(engine: Engine, store: Store) -> tuple[float, dict[str, Any]]:
    began = time.perf_counter()
    told = refresh(engine, store)
    return time.perf_counter() - began, told


def _live_a_day(engine: Engine, orders: int) -> int:
    a_day = max(1, orders // DAYS)
    facts = {"newest": orders, "fortnight": FORTNIGHT * a_day, "events": EVENTS * a_day}
    with engine.begin() as connection:
        events = int(connection.execute(_A_DAY, facts).rowcount)
    _move_stock(engine, range(DAYS, DAYS + 1))
    return events


def _move_stock(engine: Engine, days: range) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(_STOCK, {"first": days[0], "last": days[-1], "age": DAYS})


if __name__ == "__main__":
    main()
