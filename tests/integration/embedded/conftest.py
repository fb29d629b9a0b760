"""Homes for tests: pytest's own folders are closed to the database's user."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oms_core.embedded import stop


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everyone may pass through."""
    with _passable_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One home for a whole file, since making a cluster takes seconds; every test starts the server itself."""
    with _passable_folder() as folder:
        yield folder / "home"
        stop(folder / "home")


@contextmanager
def _passable_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="oms-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
