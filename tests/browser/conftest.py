"""Fixtures of the browser tests: a served shop of the test's own and a page of a real browser."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from shops import PEOPLE, ServedShop, fill
from signing_in import issue, set_password
from sqlalchemy import Engine

from dashboard.visits import COOKIE
from oms_core.db import make_sessions

ROOT = Path(__file__).parents[2]
INSTALLED = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
START_SECONDS = 60


@pytest.fixture(scope="session")
def browser_path() -> str | None:
    """Where the machine's Chromium is; None: Playwright's own is to be used."""
    return next((path for path in INSTALLED if Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser(browser_path: str | None) -> Iterator[Browser]:
    """The machine's Chromium, else Playwright's own; without one the tests skip, under CI they fail."""
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        if browser_path is None and not own.exists():
            if os.environ.get("CI") == "true":
                pytest.fail("no browser is installed, and under CI the journeys must run")
            pytest.skip("no browser is installed")
        running = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def served_shop(fresh_engine: Engine, tmp_path: Path) -> Iterator[ServedShop]:
    """A full shop of the test's own behind a server process of its own on a free port of this computer."""
    with _serve(fresh_engine, tmp_path) as shop:
        yield shop


@pytest.fixture(scope="module")
def lasting_served_shop(
    lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedShop]:
    """A full shop that the tests of a module share: they change nothing of its orders."""
    with _serve(lasting_database(), tmp_path_factory.mktemp("served")) as shop:
        yield shop


@pytest.fixture(scope="module")
def journeys_shop(
    lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedShop]:
    """A full shop that the journeys of a module share: each places the orders that it works on."""
    with _serve(lasting_database(), tmp_path_factory.mktemp("journeys")) as shop:
        yield shop


@pytest.fixture
def orderless_served_shop(fresh_engine: Engine, tmp_path: Path) -> Iterator[ServedShop]:
    """The same shop before its first order."""
    with _serve(fresh_engine, tmp_path, orders=0) as shop:
        yield shop


@contextmanager
def _serve(engine: Engine, folder: Path, *, orders: int = 20) -> Iterator[ServedShop]:
    sessions = make_sessions(engine)
    numbers = fill(sessions, orders=orders)
    for login in ("admin", *(login for login, *_rest in PEOPLE)):
        set_password(sessions, login)
    url, port = engine.url.render_as_string(hide_password=False), _free_port()
    ours = {"OMS_DATABASE_URL": url, "OMS_MARTS_URL": str(folder / "marts"), "OMS_HOME": str(folder)}
    command = [sys.executable, "-m", "dashboard.server", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | ours, stdout=log, stderr=log)
        try:
            _wait_until_served(f"http://127.0.0.1:{port}/healthz", process, folder / "server.log")
            yield ServedShop(f"http://127.0.0.1:{port}", sessions, tuple(numbers), folder / "marts")
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of a desk's size whose every request stays on this computer."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    window = context.new_page()
    foreign: list[str] = []
    window.on("request", lambda request: foreign.append(request.url) if _is_foreign(request.url) else None)
    expect.set_options(timeout=15_000)
    yield window
    context.close()
    assert foreign == []


@pytest.fixture
def sign_in(page: Page, served_shop: ServedShop) -> Callable[[str], None]:
    """Have the browser signed in as somebody; how people do it by the form has tests of its own."""

    def enter(login: str) -> None:
        token = issue(served_shop.sessions, login)
        page.context.add_cookies([{"name": COOKIE, "value": token, "url": served_shop.address}])

    return enter


def _is_foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_served(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address
            if answer.status == 200:
                return
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"the server did not answer in {START_SECONDS} s: {log.read_text()}")
