"""Starting, sharing, losing and stopping the embedded Postgres."""

import os
import signal
import subprocess
import threading
import time

import pytest
from clients import STARTER, answer, connect, python, server_pid, wait_until
from sizes import sampled

from oms_core.embedded import binary, ensure_running, is_running, stop
from oms_core.errors import DatabaseAway, Invalid


def test_a_new_server_has_the_database_and_forgets_nothing(home):
    url = ensure_running(home)
    assert answer(url, "SELECT current_database()") == "cadence"
    assert answer(url, "SELECT current_setting('server_version')").startswith("18.")
    assert answer(url, "SELECT current_setting('fsync') || current_setting('synchronous_commit')") == "onon"
    assert answer(url, "SELECT current_setting('listen_addresses')") == ""
    assert answer(url, "SELECT datlocale FROM pg_database WHERE datname = 'cadence'") == "C.UTF-8"
    assert answer(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_asking_again_is_quick_and_gives_the_same_address(home):
    url = ensure_running(home)
    started = time.perf_counter()
    assert [ensure_running(home) for _ in range(10)] == [url] * 10
    assert (time.perf_counter() - started) / 10 < 0.020


def test_processes_that_start_at_once_make_and_share_one_server(place):
    home = place / "home"
    racers = [python(STARTER, home) for _ in range(6)]
    urls = {racer.communicate(timeout=120)[0] for racer in racers}
    log = (home / "postgres/server.log").read_text()
    stop(home)
    assert [racer.returncode for racer in racers] == [0] * 6
    assert len(urls) == 1
    assert log.count("starting PostgreSQL") == 1


def test_the_server_outlives_its_starter_and_holds_none_of_its_pipes(home):
    stop(home)
    starter = python(STARTER, home)
    assert starter.communicate(timeout=60)[0]  # would wait until `stop` if the server held the pipe
    assert is_running(home)


def test_a_killed_client_leaves_the_server_running(home):
    url = ensure_running(home)
    code = "import sys, psycopg2; c = psycopg2.connect(sys.argv[1]); print('in', flush=True); input()"
    client = python(code, url.replace("+psycopg2", ""))
    client.stdout.readline()
    pid = server_pid(home)
    client.kill()
    client.communicate()
    assert answer(url, "SELECT 1") == 1
    assert server_pid(home) == pid


def test_a_killed_server_comes_back_with_what_was_committed(home):
    connection = connect(ensure_running(home))
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(server_pid(home), signal.SIGKILL)
    wait_until(lambda: not is_running(home))
    assert answer(ensure_running(home), "SELECT answer FROM kept") == 42


@pytest.mark.parametrize("is_pid_recycled", [False, True])
def test_the_last_sessions_of_a_killed_server_are_waited_for(home, is_pid_recycled):
    url = ensure_running(home)

    session = threading.Thread(
        target=answer, args=(url, "SELECT count(*) FROM generate_series(1, 12000000)"), daemon=True
    )
    session.start()
    wait_until(lambda: answer(url, "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'generate_series'") > 1)
    os.kill(server_pid(home), signal.SIGKILL)
    wait_until(lambda: not is_running(home))
    if is_pid_recycled:
        name_a_stranger(home)
    # A second server beside an old session would write into the same files.
    assert answer(ensure_running(home), "SELECT 1") == 1
    session.join(timeout=1)
    assert not session.is_alive()


def name_a_stranger(home):
    pid_file = home / "postgres/data/postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(home):
    ensure_running(home)
    pid_file = home / "postgres/data/postmaster.pid"
    survivor = pid_file.read_text()
    stop(home)
    # As after a power cut: the file has survived, and its number is by now some other program's.
    pid_file.write_text(survivor)
    name_a_stranger(home)
    assert not is_running(home)
    assert answer(ensure_running(home), "SELECT 1") == 1


@pytest.mark.parametrize("name", sampled(['o\'brien & "x" $HOME', "a, b"], 2))
def test_a_home_may_have_any_name(place, name):
    url = ensure_running(place / name)
    said = answer(url, "SELECT 1")
    stop(place / name)
    assert said == 1


def test_a_server_that_cannot_start_says_why(home):
    ensure_running(home)
    stop(home)
    settings = home / "postgres/data/postgresql.conf"
    good = settings.read_text()
    settings.write_text(f"{good}\nshared_buffers = 'much'\n")
    with pytest.raises(DatabaseAway, match='invalid value for parameter "shared_buffers"'):
        ensure_running(home)
    settings.write_text(good)


def test_an_initialisation_killed_half_way_is_begun_again(home):
    ensure_running(home)
    stop(home)
    (home / "postgres/data").rename(home / "postgres/data.new")
    (home / "postgres/data.new/PG_VERSION").unlink()
    assert answer(ensure_running(home), "SELECT 1") == 1
    assert not (home / "postgres/data.new").exists()


def test_lost_passwords_are_reported_by_their_file(home):
    ensure_running(home)
    (home / "pgpass").rename(home / "elsewhere")
    with pytest.raises(DatabaseAway, match=f"{home}/pgpass"):
        ensure_running(home)
    (home / "elsewhere").rename(home / "pgpass")


def test_stopping_twice_is_no_error(home):
    ensure_running(home)
    stop(home)
    assert not is_running(home)
    stop(home)


def test_the_wheels_programs_can_be_had_by_name(home):
    done = subprocess.run([binary(home, "pgbench"), "--version"], capture_output=True, text=True, check=True)
    assert "18." in done.stdout
    with pytest.raises(Invalid, match="no program 'emacs'"):
        binary(home, "emacs")
