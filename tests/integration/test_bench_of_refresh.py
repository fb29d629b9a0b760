"""The benchmark of refreshing at a small size: a day is refreshed by its days, not by rebuilding the whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.full
def test_a_day_of_the_benchmark_refreshes_its_days_alone(home: Path) -> None:
    words = [sys.executable, "-m", "benchmarks.refresh", "--json", "--lines", "20000"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ | {"OMS_HOME": str(home)})
    told = json.loads(done.stdout)
    assert told["name"] == "refresh"
    assert told["lines"] == 20_000
    assert told["events"] > 0
    assert 0 < told["days"] <= 16
    assert 0 < told["ours"] < told["full"]
