"""What is made by the first process of a test run that asks for it, and looked at by the others."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


def once_a_run(home: Path, name: str, make: Callable[[], str]) -> str:
    """Return what ``make`` returned in the process that came first; the others wait for it.

    Where it fails, the next one tries again. What is made lies in the home of the run and goes with it.
    """
    folder = home / "made" / os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            told.write_text(make())
    return told.read_text()
