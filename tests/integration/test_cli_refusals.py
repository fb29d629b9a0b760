"""What the command line refuses: with status 1 or 2, in a sentence that names what is wrong, never a traceback."""

import os
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from olist_folder import OlistFolder
from running_oms import Oms, oms_on
from sqlalchemy import text

NOWHERE = "postgresql://u:sesame@127.0.0.1:1/x"
PERIOD = ("--from", "2026-05-01", "--to", "2026-07-01")


@pytest.fixture(scope="module")
def oms(lasting_database, tmp_path_factory, home) -> Oms:
    """A shop of twenty days, in the marts; every verb here is refused."""
    oms = oms_on(lasting_database(), tmp_path_factory.mktemp("marts") / "marts", home)
    assert oms("simulate", "--days", 20, "--orders-per-day", 3, "--until", "2026-06-30").status == 0
    assert oms("refresh").status == 0
    return oms


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["kpi", "no_such", *PERIOD], "There is no metric 'no_such'; `oms metrics` lists them."),
        (["drill", "no_such", *PERIOD], "There is no metric 'no_such'"),
        (["kpi", "cycle_time", *PERIOD, "--by", "moon"], "Unknown cut moon; there are: day, week"),
        (["kpi", "cycle_time", *PERIOD, "--lens", "past"], "There is no lens 'past'; there are: cohort, flow, now"),
        (["kpi", "cycle_time", *PERIOD, "--lens", "now"], "'cycle_time' has no lens 'now'"),
        (["kpi", "net_revenue", *PERIOD, "--by", "reason"], "'net_revenue' cannot be cut by reason"),
        (["kpi", "cycle_time", "--from", "2026-06-02", "--to", "2026-06-01"], "The period is empty"),
        (["forecast", "run"], "A forecast needs at least 8 weeks"),
        (["plan"], "run `oms forecast run` first"),
        (["risk", "run"], "learnt from 100 promises"),
        (["risk", "list"], "'promise_risk' is not published yet"),
        (["bench", "no_such"], "There is no benchmark 'no_such'; there are customers, import, kpi, place_order, "),
        (["down"], "that database is not ours to stop"),
        (["import", "olist", "."], "olist_customers_dataset.csv (or .csv.gz) is missing"),
        (["import", "products", __file__], "lacks the column sku, name"),
        (["forecast", "bench", ".", "--out", "no/such/f.parquet"], "There is no folder no/such"),
    ],
)
def test_a_refusal_names_what_is_wrong_and_ends_with_1(oms, words, told):
    done = oms(*words)

    assert (done.status, done.out) == (1, "")
    assert told in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["no-such-verb"], "No such command"),
        (["kpi", "cycle_time"], "--from"),
        (["kpi", "cycle_time", "--from", "yesterday", "--to", "2026-07-01"], "yesterday"),
        (["simulate", "--days", "0"], "--days"),
        (["import", "olist", "/no/such/folder"], "does not exist"),
        (["import", "orders", "/no/such.csv", "--channel", "web"], "does not exist"),
        (["import", "orders", __file__], "--channel"),
        (["import", "orders", __file__, "--channel", ""], "--channel"),
        (["up", "--port", "70000"], "--port"),
    ],
)
def test_wrong_usage_ends_with_2(oms, words, told):
    done = oms(*words)

    assert (done.status, done.out) == (2, "")
    assert told in done.err


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("database_url", "mysql://u:sesame@h/x", "must start with postgresql://"),
        ("database_url", "postgresql://u:sesame@h:port/x", "must be postgresql://user:password@host:port/database"),
        ("log_level", "loud", "'DEBUG', 'INFO'"),
        ("currency", "euro", "pattern"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_without_its_value(oms, setting, value, told):
    done = oms("check", **{setting: value})

    assert done.status == 1
    assert f"OMS_{setting.upper()}" in done.err
    assert told in done.err
    assert value not in done.err
    assert "ame@" not in done.err


def test_a_database_that_is_away_is_told_by_every_verb(oms, tmp_path):
    folder = OlistFolder().write(tmp_path)

    for words in (["init"], ["refresh"], ["check", "--json"], ["plan"], ["import", "olist", folder], ["simulate"]):
        done = oms(*words, database_url=NOWHERE)
        assert (done.status, done.out) == (1, ""), words
        assert "The database cannot be reached" in done.err, words
        assert "OMS_DATABASE_URL" in done.err, words
        assert "sesame" not in done.err


def test_a_database_that_was_not_prepared_is_told_so(oms, admin_engine):
    name = f"bare_{uuid.uuid4().hex[:8]}"
    with admin_engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = admin_engine.url.set(database=name).render_as_string(hide_password=False)
    try:
        refused = [oms(*words, database_url=url) for words in (["refresh"], ["check"], ["simulate"])]
    finally:
        with admin_engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))

    assert [done.status for done in refused] == [1, 1, 1]
    assert all("has not been prepared yet: run `oms init`" in done.err for done in refused)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's database runs as that user")
def test_a_home_that_the_databases_user_cannot_enter_is_refused_and_left_as_it_is(oms, tmp_path):
    tmp_path.chmod(0o700)

    done = oms("init", home=str(tmp_path / "home"), database_url="")

    assert done.status == 1
    assert "chmod o+x" in done.err
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_home_or_marts_that_cannot_be_folders_are_refused(oms, tmp_path):
    (tmp_path / "file").touch()

    home = oms("init", home=str(tmp_path / "file"), database_url="")
    marts = oms("refresh", marts_url=str(tmp_path / "file"))

    assert (home.status, marts.status) == (1, 1)
    assert "OMS_HOME" in home.err
    assert "OMS_MARTS_URL" in marts.err


@pytest.mark.full
def test_serving_is_refused_to_others_and_on_a_taken_port(oms):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = (["--host", "0.0.0.0", "--port", port], ["--port", port])  # noqa: S104 - it is refused
        # A process each: `up` gives its own over to the server.
        open_to_all, second = (_run("up", *each, environment=oms.environment) for each in words)

    assert (open_to_all.returncode, second.returncode) == (1, 1)
    assert "set OMS_PUBLIC_URL" in open_to_all.stderr
    assert f"Port {port} is taken" in second.stderr
    assert "Traceback" not in open_to_all.stderr + second.stderr


def _run(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("oms")
    return subprocess.run([command, *words], capture_output=True, text=True, check=False, env=os.environ | environment)
