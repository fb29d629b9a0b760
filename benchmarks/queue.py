"""The order queue at a million orders: views, filters, sorts and searches, each a page of fifty, through the door.

Run as ``python -m benchmarks.queue``. The bound is the very SQL that the page needed, run again by psycopg2 and
nothing else, so ``ratio`` is what our own part adds; ``growth`` is our p95 over that in a shop a tenth the size. Both
shops are asked in turn, so that what else the machine does falls on all alike; ``quiet`` takes the quickest answer to
each question instead, to which the machine's other work adds nothing. Counting all views is told beside it.
"""

import argparse
import json
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg2
import psycopg2.extensions
from sqlalchemy import Engine, event

from benchmarks.scratch import scratch_shop
from benchmarks.scratch_orders import PRODUCTS, fill
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.config import Settings
from oms_core.db import make_sessions
from oms_core.orders.queries import count_views, list_orders

SIZES = (100_000, 1_000_000)
WARM_UP = 3
# A statement that reads rows; what opens, prepares and ends a transaction is no part of the bound.
_READS = re.compile(rb"\s*(SELECT|WITH|EXECUTE)\b")
Question = Mapping[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=SIZES[1], help="orders of the large shop; the small has a tenth")
    parser.add_argument("--rounds", type=int, default=20, help="how often each question is asked")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    options = parser.parse_args(argv)
    result = measure(Settings(), sizes=(options.orders // 10, options.orders), rounds=options.rounds)
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def measure(settings: Settings, *, sizes: tuple[int, int], rounds: int) -> dict[str, object]:
    """Return the p95 in milliseconds of ours and the bound, over all questions and for each."""
    with ExitStack() as stack:
        shops = [stack.enter_context(_large_shop(settings, size)) for size in sizes]
        for turn in range(rounds + WARM_UP):
            for shop in shops:
                shop.ask_all(random.Random(turn), keep=turn >= WARM_UP)
    small, large = shops
    return {
        "name": "queue",
        "ours": _p95(large.ours), "bound": _p95(large.bound), "ratio": round(_p95(large.ours) / _p95(large.bound), 2),
        "small": _p95(small.ours), "growth": round(_p95(large.ours) / _p95(small.ours), 2),
        "quiet": _quiet(small, large),
        "unit": "p95 in ms",
        "orders": sizes[1], "rounds": rounds,
        "filled_seconds": large.filled_seconds,
        "count_views": {"median": round(statistics.median(large.counts), 1), "p95": _p95({"": large.counts})},
        "questions": {
            name: {
                "ours": _p95({"": large.ours[name]}), "bound": _p95({"": large.bound[name]}),
                "small": _p95({"": small.ours[name]}),
            }
            for name in large.ours
        },
    }  # fmt: skip


class _Shop:
    """A shop to be asked, and how long its answers took."""

    def __init__(self, engine: Engine, size: int, filled_seconds: float) -> None:
        self.size, self.filled_seconds = size, filled_seconds
        self.ours: dict[str, list[float]] = {}
        self.bound: dict[str, list[float]] = {}
        self.counts: list[float] = []
        self._said: list[bytes] = []
        engine.dispose()
        event.listen(engine, "do_connect", lambda _dialect, _record, _words, options: self._listen(options))
        self._sessions = make_sessions(engine)
        with self._sessions() as session:
            self._actor = find_actor(session, "admin")
        self._bare = psycopg2.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
        self._bare.autocommit = True
        self._prepared: set[bytes] = set()

    def ask_all(self, draw: random.Random, *, keep: bool) -> None:
        """Ask each question once, ours and the bound in turn."""
        for name, question in questions(draw, self.size).items():
            self._said.clear()
            ours = _taken(lambda asked=question: self._ask(asked))
            statements = [words for words in self._said if _READS.match(words)]
            for words in {words for words in self._said if words.startswith(b"PREPARE")} - self._prepared:
                self._bare.cursor().execute(words)
                self._prepared.add(words)
            bound = _taken(lambda said=statements: self._replay(said))
            if keep:
                self.ours.setdefault(name, []).append(ours)
                self.bound.setdefault(name, []).append(bound)
        counted = _taken(lambda: door.read(self._sessions, self._actor, count_views, now=self._now, manager="m3"))
        if keep:
            self.counts.append(counted)

    @property
    def _now(self) -> datetime:
        return datetime.now(UTC)

    def _ask(self, question: Question) -> None:
        asked = {name: value for name, value in question.items() if name != "page"}
        cursor = None
        for _ in range(question.get("page", 1) - 1):
            cursor = door.read(
                self._sessions, self._actor, list_orders, now=self._now, cursor=cursor, **asked
            ).next_cursor
        door.read(self._sessions, self._actor, list_orders, now=self._now, cursor=cursor, **asked)

    def _replay(self, statements: Sequence[bytes]) -> None:
        cursor = self._bare.cursor()
        for words in statements:
            cursor.execute(words)
            cursor.fetchall()

    def _listen(self, options: dict[str, Any]) -> None:
        said = self._said

        class Listening(psycopg2.extensions.cursor):  # type: ignore[misc]
            def execute(self, *words: Any) -> Any:  # noqa: ANN401 - psycopg2 has no types
                outcome = super().execute(*words)
                said.append(self.query)
                return outcome

        options["cursor_factory"] = Listening


def _quiet(small: _Shop, large: _Shop) -> dict[str, float]:
    """The same of the quickest answer to each question."""
    ours, bound, less = (
        _p95({name: [min(times)] for name, times in taken.items()}) for taken in (large.ours, large.bound, small.ours)
    )
    return {
        "ours": ours,
        "bound": bound,
        "ratio": round(ours / bound, 2),
        "small": less,
        "growth": round(ours / less, 2),
    }


def questions(draw: random.Random, size: int) -> dict[str, Question]:
    """What people ask all day, with other words each time."""
    order = draw.randint(1, size)
    customer = draw.randint(1, size // 5)
    views = ("to_confirm", "to_pick", "to_ship", "in_delivery", "backordered", "late", "at_risk", "all")
    asked: dict[str, Question] = {f"view {view}": {"view": view} for view in views}
    asked |= {
        "mine": {"view": "mine", "manager": f"m{draw.randint(1, 20)}"},
        "third page": {"page": 3},
        "oldest": {"sort": "oldest"},
        "promised": {"view": "late", "sort": "promised"},
        "value": {"view": "to_pick", "sort": "value"},
        "waiting": {"sort": "waiting"},
        "risk": {"view": "to_pick", "sort": "risk"},
        "done of a channel": {"status_group": "done", "channel": "api"},
        "warehouse and owner": {"view": "to_pick", "warehouse": "MAIN", "manager": f"m{draw.randint(1, 20)}"},
    }
    words = {
        "number": f"{100_000 + order}", "beginning of a number": f"{100_000 + order}"[:5],
        "reference": f"WEB-{order // 3 * 3}", "tracking": f"TR{700_000_000 + order}",
        "phone": f"+48{500_000_000 + customer * 37}", "e-mail": f"c{customer}@shop.example",
        "beginning of an e-mail": f"c{customer}"[:4], "frequent name": "anna", "SKU": f"P{draw.randint(1, PRODUCTS)}",
        "frequent word": "call", "nothing": f"zz{draw.randint(1000, 9999)}q",
    }  # fmt: skip
    asked |= {f"search {name}": {"q": word, "sort": "match"} for name, word in words.items()}
    return asked | {
        "search name in a view": {"q": "anna", "view": "late", "sort": "match"},
        "search name, newest": {"q": "anna", "sort": "newest"},
    }


@contextmanager
def _large_shop(settings: Settings, size: int) -> Iterator[_Shop]:
    with scratch_shop(settings) as engine:
        filled = _taken(lambda: fill(engine, orders=size)) / 1_000
        yield _Shop(engine, size, round(filled, 1))


def _taken(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1_000


def _p95(taken: Mapping[str, Sequence[float]]) -> float:
    times = sorted(one for several in taken.values() for one in several)
    return round(times[min(len(times) - 1, int(len(times) * 0.95))], 2)


if __name__ == "__main__":
    raise SystemExit(main())
