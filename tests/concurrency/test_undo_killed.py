"""An undo of thousands of orders: killed anywhere it leaves all, done it leaves the shop and its marts as before."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from imported import broken_invariants
from olist_folder import OlistFolder, a_customer, a_payment, an_item, an_order
from running_oms import Oms, oms_on
from sqlalchemy import Engine, text

from pipelines.store import Store

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]
ORDERS = 3_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = OlistFolder()
    for number in range(3, ORDERS + 1):
        made.add("customers", a_customer(f"c{number}", f"person{number % 1000}"))
        made.add("orders", an_order(f"o{number}", f"c{number}", "shipped", carrier="2017-05-04 10:00:00"))
        made.add("items", an_item(f"o{number}", "1", "p1", "s1", "10.00", "1.00"))
        made.add("payments", a_payment(f"o{number}", "11.00"))
    return made.write(tmp_path / "olist")


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


def wait_until_alone(engine: Engine) -> None:
    """Wait until the server noticed that the killed client is gone."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND state <> 'idle'"
    )
    for _ in range(1200):
        with engine.connect() as connection:
            if connection.scalar(text(others)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the backend of the killed undo is still there")


def test_an_undo_by_the_command_line_that_is_killed_is_whole_or_not_there(
    fresh_engine: Engine, folder: Path, tmp_path: Path, home: Path
) -> None:
    oms = oms_on(fresh_engine, tmp_path / "marts", home)
    empty = counts(fresh_engine)["orders"]
    batch = oms("import", "olist", folder, "--json").document["batch"]
    fresh_engine.dispose()
    full, killed_midway = counts(fresh_engine), 0
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", "from pipelines.cli import main; main()", "import", "undo", str(batch)],
            env=os.environ | oms.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        killed_midway += kill_once_it_undoes(fresh_engine, process)
        wait_until_alone(fresh_engine)
        left = counts(fresh_engine)
        assert left == full or left["orders"] == empty
        if left["orders"] == empty:
            batch = oms("import", "olist", folder, "--json").document["batch"]
            full = counts(fresh_engine)
    assert killed_midway >= 3
    assert oms("import", "undo", batch, "--json").document["orders"] == ORDERS
    assert broken_invariants(fresh_engine) == []


def kill_once_it_undoes(engine: Engine, process: subprocess.Popen[bytes]) -> bool:
    """Kill the process as soon as its backend is in the function; whether it was still running then."""
    running = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
        " AND query LIKE 'SELECT undo_import(%'"
    )
    while process.poll() is None:
        with engine.connect() as connection:
            is_there = connection.scalar(text(running))
        if is_there:
            break
        time.sleep(0.02)
    was_running = process.poll() is None
    if was_running:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return was_running


def test_after_an_undo_the_marts_are_those_of_before_the_import(
    fresh_engine: Engine, folder: Path, tmp_path: Path, home: Path
) -> None:
    oms = oms_on(fresh_engine, tmp_path / "marts", home)
    assert oms("simulate", "--days", 30, "--orders-per-day", 5, "--until", "2026-06-30", "--json").status == 0
    before = refreshed(oms)
    batch = oms("import", "olist", folder, "--json").document["batch"]
    assert refreshed(oms) != before
    assert oms("import", "undo", batch, "--json").document["orders"] == ORDERS
    after = refreshed(oms)
    more = set(after["dimensions"]) - set(before["dimensions"])
    # What the import set up stays: the channel, its calendar and the warehouse of what suppliers ship themselves.
    assert len(more) == 3
    assert all("olist" in row or "DIRECT" in row for row in more)
    after["dimensions"] = [row for row in after["dimensions"] if row not in more]
    assert {name for name in before if before[name] != after[name]} == set()
    assert oms("check").status == 0
    assert broken_invariants(fresh_engine) == []


def refreshed(oms: Oms) -> dict[str, list[str]]:
    """Every row of every mart after a refresh, in an order of its own."""
    assert oms("refresh").status == 0
    store = Store(oms.environment["OMS_MARTS_URL"])
    names = sorted(store.manifest().marts)
    return {name: sorted(map(repr, store.frame(name).rows())) for name in names}
