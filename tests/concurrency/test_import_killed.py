"""An import that is killed leaves nothing behind, wherever it was, and the next one completes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from olist_folder import OlistFolder, a_customer, a_payment, an_item, an_order
from sizes import sampled
from sqlalchemy import Engine, text

from oms_core.access.actors import find_actor
from oms_core.db import make_sessions
from pipelines.imports.olist import import_olist

ORDERS = 3_000
# An importer that says how far it is, and stands still at the stage it is to be killed in.
IMPORTER = """
import sys, time
from pathlib import Path
from oms_core import schema
from oms_core.access.actors import find_actor
from oms_core.db import make_engine, make_sessions
from pipelines.imports.olist import import_olist
url, folder, deadly = sys.argv[1:]
engine = make_engine(url)
with make_sessions(engine)() as session:
    actor = find_actor(session, "admin")
def tell(stage, part):
    if stage == deadly:
        print("here", flush=True)
        time.sleep(60)
import_olist(engine, Path(folder), actor=actor, progress=tell)
"""
STAGES = (
    "checking",
    "writing orders",
    "writing order_events",
    "indexes and guards",
    "committing",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = OlistFolder()
    for number in range(3, ORDERS + 1):
        made.add("customers", a_customer(f"c{number}", f"person{number % 1000}"))
        made.add("orders", an_order(f"o{number}", f"c{number}", "shipped", carrier="2017-05-04 10:00:00"))
        made.add("items", an_item(f"o{number}", "1", "p1", "s1", "10.00", "1.00"))
        made.add("payments", a_payment(f"o{number}", "11.00"))
    return made.write(tmp_path_factory.mktemp("olist"))


@pytest.mark.parametrize("stage", sampled(STAGES, 2))
def test_nothing_is_left_of_a_killed_import_and_the_next_completes(
    fresh_engine: Engine, folder: Path, stage: str
) -> None:
    before = counts(fresh_engine)
    kill_at(fresh_engine, folder, stage)

    assert counts(fresh_engine) == before
    assert lifted_guards(fresh_engine) == (0, 0)
    complete(fresh_engine, folder)


def test_a_commit_in_flight_is_whole_or_not_there(fresh_engine: Engine, folder: Path) -> None:
    """Killed at any moment, not only between statements: all orders are there, or none."""
    for delay in (0.2, 0.5, 0.8, 1.1):
        process = start(fresh_engine, folder, "never")
        time.sleep(delay + 1.0)  # an interpreter takes a second to start
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        wait_until_alone(fresh_engine)
        with fresh_engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM orders")) in {0, ORDERS}
    report = import_olist(fresh_engine, folder, actor=admin_of(fresh_engine))
    assert report.created["orders"] + report.unchanged == ORDERS


def kill_at(engine: Engine, folder: Path, stage: str) -> None:
    process = start(engine, folder, stage)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_until_alone(engine)


def start(engine: Engine, folder: Path, stage: str) -> subprocess.Popen[str]:
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", IMPORTER, url, str(folder), stage]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wait_until_alone(engine: Engine) -> None:
    """Wait until the server noticed that the killed client is gone."""
    for _ in alone_within(30.0):
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with engine.connect() as connection:
            if connection.scalar(text(query)) == 0:
                return
    pytest.fail("the backend of the killed importer is still there")


def alone_within(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.05)


def counts(engine: Engine) -> dict[str, int]:
    """Rows of every table: a checksum is not needed where nothing may be added."""
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with engine.connect() as connection:
        names = connection.scalars(text(tables)).all()
        return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


def lifted_guards(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        unenforced = connection.execute(text("SELECT count(*) FROM pg_constraint WHERE NOT conenforced")).scalar_one()
        disabled = connection.execute(text("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'")).scalar_one()
    return unenforced, disabled


def complete(engine: Engine, folder: Path) -> None:
    report = import_olist(engine, folder, actor=admin_of(engine))
    assert report.created["orders"] == ORDERS
    assert report.rejected.is_empty()


def admin_of(engine: Engine):
    with make_sessions(engine)() as session:
        return find_actor(session, "admin")
