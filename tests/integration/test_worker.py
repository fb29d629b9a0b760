"""The worker: one at a time, each sweep for itself, and it ends when told."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from building import a_stocked_product, an_order, levels
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core.access.actors import find_actor
from oms_core.access.models import Absence
from oms_core.errors import Busy, Conflict
from pipelines.store import Store
from pipelines.worker import Sweep, is_running, sweeps_of, work

END_THE_WORKER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def go_round(engine: Engine, *sweeps: Sweep) -> None:
    work(engine, sweeps, stop=threading.Event(), once=True)


def test_a_round_frees_what_ran_out(fresh_engine: Engine, fresh_sessions: sessionmaker[Session], tmp_path):
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "TEA", 5)
        an_order(session, {"TEA": 2}, hold_minutes=1, now=datetime.now(UTC) - timedelta(minutes=5))
        system = find_actor(session, "system")
    sweeps = sweeps_of(fresh_engine, fresh_sessions, Store(str(tmp_path)), system, refresh_minutes=15)
    with structlog.testing.capture_logs() as told:
        go_round(fresh_engine, *sweeps)
    assert [entry["sweep"] for entry in told if entry["event"] == "worker.swept"] == [sweep.name for sweep in sweeps]
    with fresh_sessions() as session:
        assert levels(session) == {("MAIN", "TEA"): (5, 0)}
    assert Store(str(tmp_path)).exists("order_facts")


def test_a_round_takes_orders_from_who_is_away(fresh_engine: Engine, fresh_sessions: sessionmaker[Session], tmp_path):
    today = datetime.now(UTC).date()
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "TEA", 5)
        an_order(session, {"TEA": 1}, manager="admin")
        user_id = find_actor(session, "admin").id
        session.add(Absence(user_id=user_id, first_day=today - timedelta(days=1), last_day=today + timedelta(days=1)))
        system = find_actor(session, "system")
    sweeps = sweeps_of(fresh_engine, fresh_sessions, Store(str(tmp_path)), system, refresh_minutes=0)
    for _round in range(2):
        go_round(fresh_engine, *sweeps)
    with fresh_sessions() as session:
        told = (
            "SELECT a.login, e.payload->>'from', e.payload->>'to' FROM order_events e JOIN users a ON a.id = e.actor_id"
        )
        given = session.execute(text(f"{told} WHERE e.kind = 'order.assigned'")).all()
    assert [tuple(row) for row in given] == [("system", "admin", None)]


def test_a_sweep_that_fails_is_told_whole_and_the_others_go_on(fresh_engine: Engine):
    def fail() -> None:
        raise ZeroDivisionError("of no use")

    def refuse() -> None:
        raise Conflict("Not now.", code="not_now")

    done = []
    with structlog.testing.capture_logs() as told:
        go_round(
            fresh_engine,
            Sweep("fails", 60, fail),
            Sweep("refused", 60, refuse),
            Sweep("goes_on", 60, lambda: done.append(1)),
        )
    assert done == [1]
    assert [(entry["event"], entry["sweep"]) for entry in told] == [
        ("worker.sweep_failed", "fails"), ("worker.sweep_refused", "refused"), ("worker.swept", "goes_on"),
    ]  # fmt: skip


def test_a_second_worker_is_refused_while_the_first_is_at_it(fresh_engine: Engine):
    begun, may_end = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        assert may_end.wait(30)

    first = threading.Thread(target=go_round, args=(fresh_engine, Sweep("long", 60, wait)))
    first.start()
    assert begun.wait(30)
    assert is_running(fresh_engine)
    with pytest.raises(Busy, match="Another worker"):
        go_round(fresh_engine, Sweep("never", 60, lambda: pytest.fail("two at once")))
    may_end.set()
    first.join(30)
    assert not is_running(fresh_engine)
    go_round(fresh_engine)


def test_a_worker_whose_connection_is_lost_takes_its_place_again(fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipelines.worker._PAUSE_SECONDS", 0.05)
    stop, rounds = threading.Event(), []

    def lose_the_lock() -> None:
        rounds.append(1)
        if len(rounds) == 3:
            stop.set()
            return
        with fresh_engine.connect() as connection:
            connection.execute(text(END_THE_WORKER))

    with structlog.testing.capture_logs() as told:
        work(fresh_engine, [Sweep("loses", 0.05, lose_the_lock)], stop=stop)
    assert len(rounds) == 3
    assert "worker.database_away" in {entry["event"] for entry in told}


def test_the_command_ends_cleanly_when_told(fresh_engine: Engine, tmp_path):
    environment = os.environ | {
        "OMS_DATABASE_URL": fresh_engine.url.render_as_string(hide_password=False),
        "OMS_HOME": str(tmp_path), "OMS_REFRESH_MINUTES": "0",
    }  # fmt: skip
    words = [sys.executable, "-c", "from pipelines.cli.main import main; main()", "worker"]
    worker = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while not is_running(fresh_engine) and time.monotonic() < deadline and worker.poll() is None:
            time.sleep(0.1)
        assert is_running(fresh_engine)
        worker.send_signal(signal.SIGTERM)
        _, told = worker.communicate(timeout=30)
    finally:
        worker.kill()
    assert worker.returncode == 0, told
    assert '"worker.stopped"' in told
    assert not is_running(fresh_engine)
