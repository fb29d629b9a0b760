"""The benchmark of the board at a small size: both sides answer the same, and a difference is not timed."""

import json
import subprocess
import sys

import pytest

from benchmarks.kpi import require_equal


def test_our_board_and_the_bound_answer_alike() -> None:
    words = [sys.executable, "-m", "benchmarks.kpi", "--json", "--lines", "5000", "--rounds", "1"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["name"] == "kpi"
    assert min(told["ours"], told["bound"]) > 0
    assert told["rows"]["order_lines"] > 4_000


@pytest.mark.parametrize("other", [[["2024-01", 2.0]], [["2024-01", 1.0], ["2024-02", 1.0]], [["2024-02", 1.0]]])
def test_what_differs_is_not_timed(other: list[list[object]]) -> None:
    with pytest.raises(SystemExit, match="by month"):
        require_equal({"orders by month": [["2024-01", 1.0]]}, {"orders by month": other})
