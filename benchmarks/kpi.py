"""The whole overview board over a mart of ten million order lines, beside DuckDB's SQL over the same files.

Run as ``python -m benchmarks.kpi``. The board is what Overview shows: each tile with its previous period and its
trend by month, and each of its figures by month and channel. The bound is one SQL statement per question and figure,
from the same Parquet files. Each side has a process of its own, opens the files anew in every round, and the rounds
are taken in turn after one that is not counted. All answers are compared before anything is timed.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from importlib.util import find_spec
from typing import Any

from benchmarks.scratch_board_sql import answers_in_sql
from benchmarks.scratch_marts import AFTER, FIRST, fill_marts
from pipelines import kpi
from pipelines.steering.boards import USUAL
from pipelines.store import Store

LINES = 10_000_000
MIDDLE = date(2024, 1, 1)
_EXACT = 1e-9
_MEBIBYTE = 1024  # the system tells the peak in kibibytes
Answers = dict[str, list[Any]]


def answers_of_board(folder: str) -> Answers:
    """Compute the board as Overview does, from a store that was opened just now."""
    store = Store(folder)
    period = {"date_from": MIDDLE, "date_to": AFTER}
    tiles = kpi.board(store, USUAL, trend_by="month", **period)
    cuts = kpi.measure_all(store, USUAL, by=("month", "channel"), **period)
    answers: Answers = {}
    for code, tile in tiles.items():
        answers[f"{code} now"] = [tile.current["value"]]
        answers[f"{code} before"] = [tile.previous["value"]]
        answers[f"{code} by month"] = tile.trend.select("month", "value").rows()
        answers[f"{code} by month and channel"] = cuts[code].select("month", "channel", "value").rows()
    return answers


SIDES: dict[str, Callable[[str], Answers]] = {"ours": answers_of_board, "bound": answers_in_sql}


def measure(folder: str, *, rounds: int) -> dict[str, Any]:
    """Time both sides in turn; raises ``SystemExit`` where their answers differ."""
    sides = {side: _Side(side, folder) for side in SIDES}
    require_equal(*(side.take_turn()[1] for side in sides.values()))
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            seconds[name].append(side.take_turn()[0])
    peaks = {name: side.close() for name, side in sides.items()}
    ours, bound = (statistics.median(seconds[name]) for name in ("ours", "bound"))
    return {
        "name": "kpi", "ours": round(ours, 3), "bound": round(bound, 3), "ratio": round(ours / bound, 3),
        "unit": "seconds a board", "rounds": rounds, "peak_mebibytes": peaks,
    }  # fmt: skip


class _Side:
    """One of the two in a process of its own, which answers once for every line it is sent."""

    def __init__(self, side: str, folder: str) -> None:
        words = [sys.executable, "-m", "benchmarks.kpi", "--side", side, "--folder", folder]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def take_turn(self) -> tuple[float, Answers]:
        """Have the board made once: the seconds, and the answers."""
        told = self._said("turn")
        return told["seconds"], told["answers"]

    def close(self) -> int:
        """End the process and return its peak memory."""
        peak: int = self._said("end")["peak"]
        self._process.wait()
        return peak

    def _said(self, word: str) -> dict[str, Any]:
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise SystemExit("a side has no pipes")
        to.write(word + "\n")
        to.flush()
        line = back.readline()
        if not line:
            raise SystemExit("a side has ended before its time; what it said stands above")
        told: dict[str, Any] = json.loads(line)
        return told


def serve(side: str, folder: str) -> None:
    """Answer turns until told to end."""
    for word in sys.stdin:
        if word.strip() == "end":
            break
        started = time.perf_counter()
        answers = SIDES[side](folder)
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "answers": answers}), flush=True)
    print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEBIBYTE}), flush=True)


def require_equal(ours: Answers, bound: Answers) -> None:
    """Refuse to time what does not answer the same."""
    if ours.keys() != bound.keys():
        raise SystemExit(f"only one side answers {sorted(ours.keys() ^ bound.keys())}")
    for question, mine in ours.items():
        if len(mine) != len(bound[question]) or not all(map(_same, mine, bound[question])):
            raise SystemExit(f"{question}: {mine[:3]} is not {bound[question][:3]}")


def _same(mine: Any, other: Any) -> bool:  # noqa: ANN401 - a number, a text, or a row of them
    if isinstance(mine, float | int) and isinstance(other, float | int):
        return abs(mine - other) <= _EXACT * max(1.0, abs(other))
    if isinstance(mine, Sequence) and not isinstance(mine, str):
        return len(mine) == len(other) and all(map(_same, mine, other))
    return bool(mine == other)


def main() -> None:
    """Make the marts and print the result, as JSON or as a line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--lines", type=int, default=LINES)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--folder", help="marts made before")
    asked.add_argument("--side", choices=list(SIDES), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if find_spec("duckdb") is None:
        raise SystemExit("The bound is DuckDB, which is not installed here: make install brings the extra 'test'.")
    if given.side:
        serve(given.side, given.folder)
        return
    with tempfile.TemporaryDirectory(prefix="bench-kpi-") as made:
        folder = given.folder or made
        if not given.folder:
            fill_marts(Store(folder), lines=given.lines)
        rows = {name: published.rows for name, published in Store(folder).manifest().marts.items()}
        done = measure(folder, rounds=given.rounds) | {"rows": rows, "days": (AFTER - FIRST).days}
    told = f"board {done['ours']} s, bound {done['bound']} s, ratio {done['ratio']}, peak MiB {done['peak_mebibytes']}"
    print(json.dumps(done) if given.json else told)


if __name__ == "__main__":
    main()
