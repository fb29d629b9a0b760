"""Fifty signed-in sessions on Overview, each clicking every five seconds: how long a click takes, and what one holds.

Run as ``python -m benchmarks.sessions``. The shop is the simulated one with its marts, served by the real server as a
process of its own on this computer; every session signs in by the form and clicks what changes the whole page: the
period, what value and promises are cut by. A click counts from the request until the page has arrived whole. The bound
is the p90 in milliseconds that a click may take. It stops by itself.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import Engine, text

from benchmarks.scratch import scratch_shop
from benchmarks.scratch_clients import Window, sign_in
from oms_core.access.passwords import hash_password, one_time_password
from oms_core.config import Settings
from pipelines.jobs import refresh
from pipelines.simulation.shop import simulate
from pipelines.store import Store

BOUND_MS, SESSIONS, EVERY, SECONDS = 150, 50, 5.0, 60.0
CLICKED = ("days", "overview_cut", "promise_cut")
_START_SECONDS, _SETTLE_SECONDS = 90, 15
_MEBIBYTE = 1024 * 1024
_PEOPLE = text("""
WITH made AS (
    INSERT INTO users (login, name, password_hash)
    SELECT 'session' || g, 'Session ' || g, :password FROM generate_series(1, :count) g RETURNING id
)
INSERT INTO user_roles (user_id, role) SELECT id, 'executive' FROM made
""")


def main() -> None:
    """Measure and print one JSON document."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    asked.add_argument("--sessions", type=int, default=SESSIONS)
    asked.add_argument("--seconds", type=float, default=SECONDS)
    asked.add_argument("--days", type=int, default=730, help="how long the simulated shop has lived")
    given = asked.parse_args()
    print(json.dumps(measure(Settings(), sessions=given.sessions, seconds=given.seconds, days=given.days)))


def measure(settings: Settings, *, sessions: int, seconds: float, days: int) -> dict[str, Any]:
    """Make a shop, serve it, and let so many sessions click for so long."""
    password = one_time_password().clear
    with tempfile.TemporaryDirectory(prefix="bench-sessions-") as folder, scratch_shop(settings) as engine:
        orders = _fill(engine, Path(folder), days)
        with engine.begin() as connection:
            connection.execute(_PEOPLE, {"password": hash_password(password), "count": sessions})
        with _served(engine, Path(folder)) as (address, server):
            clicks, held = asyncio.run(_click_on(address, server, password, sessions, seconds))
    p90 = statistics.quantiles(clicks, n=10)[-1]
    return {
        "name": "sessions", "ours": round(p90, 1), "bound": BOUND_MS, "ratio": round(p90 / BOUND_MS, 2),
        "unit": "p90 of a click in ms", "median": round(statistics.median(clicks), 1), "slowest": round(max(clicks), 1),
        "clicks": len(clicks), "sessions": sessions, "mebibytes_a_session": round(held, 2), "orders": orders,
    }  # fmt: skip


def _fill(engine: Engine, folder: Path, days: int) -> int:
    report = simulate(engine, until=datetime.now(UTC).date() - timedelta(days=1), days=days)
    refresh(engine, Store(str(folder / "marts")))
    return report.orders


@contextmanager
def _served(engine: Engine, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the shop on a free port of this computer, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    ours = {
        "OMS_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "OMS_MARTS_URL": str(folder / "marts"), "OMS_HOME": str(folder),
    }  # fmt: skip
    command = [sys.executable, "-m", "dashboard.server", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | ours, stdout=log, stderr=log)
        try:
            _wait_until_served(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_served(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


async def _click_on(
    address: str, server: psutil.Process, password: str, sessions: int, seconds: float
) -> tuple[list[float], float]:
    """The milliseconds of every click, and the mebibytes that a session holds."""
    cookies = [await sign_in(address, f"session{place}", password) for place in range(1, sessions + 1)]
    first = await Window.opened(address, cookies[0], "overview")  # what the server keeps for all is there now
    await _warm(first)
    before = await _settled(server)
    windows = [first, *[await Window.opened(address, cookie, "overview") for cookie in cookies[1:]]]
    began = time.monotonic()
    taken = await asyncio.gather(*[_person(window, place, began + seconds) for place, window in enumerate(windows)])
    held = (await _settled(server) - before) / max(sessions - 1, 1) / _MEBIBYTE
    await asyncio.gather(*[window.close() for window in windows])
    return [1000 * one for clicks in taken for one in clicks], held


async def _settled(server: psutil.Process) -> int:
    """The bytes that the server holds once its libraries have given back what they no longer use."""
    await asyncio.sleep(_SETTLE_SECONDS)
    return int(server.memory_info().rss)


async def _warm(window: Window) -> None:
    for row in CLICKED:
        for place in range(len(window.rows[row].words)):
            await window.choose(row, place)


async def _person(window: Window, seed: int, until: float) -> list[float]:
    """Click every five seconds, each person at a moment of their own."""
    chance, taken = random.Random(seed), list[float]()
    due = time.monotonic() + chance.uniform(0, EVERY)
    while due < until:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        row = chance.choice(CLICKED)
        taken.append(await window.choose(row, chance.randrange(len(window.rows[row].words))))
        due += EVERY
    return taken


if __name__ == "__main__":
    main()
