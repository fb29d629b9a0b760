"""At a million customers somebody is found while they say their name, and a regular's profile opens at once."""

import pytest

from benchmarks.customers import measure
from oms_core.config import Settings

FOUND_WITHIN_MS = 300


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_million_customers_are_searched_and_opened_as_quickly_as_is_promised(home, monkeypatch):
    monkeypatch.setenv("OMS_HOME", str(home))
    monkeypatch.delenv("OMS_DATABASE_URL", raising=False)
    told = measure(Settings(), sizes=(100_000, 1_000_000), rounds=20)
    assert told["p95_ms"] <= FOUND_WITHIN_MS, told
    assert told["profile"]["ratio"] <= 2, told
    assert told["profile"]["ms"] <= 1_000, told
