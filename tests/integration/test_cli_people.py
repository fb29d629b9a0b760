"""People and tokens from the command line; the first administrator greeted once; the demo shop's sign-ins kept."""

import re
import stat
from datetime import UTC, datetime

import pytest
from running_oms import Oms, oms_on
from sqlalchemy import text

from oms_core import door, signing_in
from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.access.sessions import resume
from oms_core.access.tokens import resume_token
from oms_core.access.users import Profile, add_user
from oms_core.db import make_sessions
from oms_core.errors import Forbidden
from pipelines.simulation.sign_ins import FILE, give_sign_ins

ONE_TIME = re.compile(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}")


@pytest.fixture
def oms(fresh_engine, tmp_path, home) -> Oms:
    return oms_on(fresh_engine, tmp_path / "marts", home)


@pytest.fixture
def sessions(fresh_engine):
    return make_sessions(fresh_engine)


def sign_in(sessions, login, password):
    return signing_in.attempt_sign_in(
        sessions, login=login, password=password, address="192.0.2.7", user_agent="a test"
    )


def test_init_says_the_first_administrators_password_once_and_it_must_be_changed(oms, sessions):
    first, again = oms("init").out, oms("init").out
    password = ONE_TIME.search(first)[0]
    assert ONE_TIME.search(again) is None
    assert sign_in(sessions, "admin", password).must_change_password


def test_a_person_is_added_with_a_one_time_password(oms, sessions):
    made = oms("user", "add", "marta", "--role", "lead", "--role", "buyer", "--name", "Marta", "--json").document
    assert made.keys() == {"login", "password"}
    signed_in = sign_in(sessions, made["login"], made["password"])
    assert (signed_in.actor.roles, signed_in.must_change_password) == ({Role.LEAD, Role.BUYER}, True)


def test_a_password_is_read_from_standard_input_and_never_printed(oms, sessions, monkeypatch):
    monkeypatch.setattr("sys.stdin", iter_lines("a fine long phrase\n"))
    made = oms("user", "add", "marta", "--role", "lead", "--password-stdin", "--json")
    assert made.document == {"login": "marta", "password": None}
    assert not sign_in(sessions, "marta", "a fine long phrase").must_change_password
    monkeypatch.setattr("sys.stdin", iter_lines("short\n"))
    refused = oms("user", "password", "marta", "--password-stdin")
    assert (refused.status, "fewer than 10 characters" in refused.err) == (1, True)


class iter_lines:  # noqa: N801 - stands for sys.stdin
    def __init__(self, written: str) -> None:
        self._written = written

    def readline(self) -> str:
        return self._written


def test_a_person_is_disabled_enabled_given_roles_and_a_new_password(oms, sessions):
    first = oms("user", "add", "marta", "--role", "lead", "--json").document["password"]
    token = sign_in(sessions, "marta", first).token
    assert oms("user", "disable", "marta").status == 0
    assert door.read(sessions, None, resume, token=token, now=datetime.now(UTC)) is None
    with pytest.raises(Forbidden):
        sign_in(sessions, "marta", first)
    assert oms("user", "enable", "marta").status == 0
    assert oms("user", "roles", "marta", "--role", "buyer", "--json").document["roles"] == ["buyer"]
    second = oms("user", "password", "marta", "--json").document["password"]
    assert sign_in(sessions, "marta", second).actor.roles == {Role.BUYER}
    listed = {row["login"]: row for row in oms("user", "list", "--json").document}
    assert listed["marta"]["roles"] == ["buyer"]
    assert "password" not in listed["marta"]


def test_the_last_administrator_is_not_taken_away(oms):
    for words in (("disable", "admin"), ("roles", "admin", "--role", "lead")):
        refused = oms("user", *words)
        assert (refused.status, "last active administrator" in refused.err) == (1, True)


def test_a_token_is_made_listed_and_revoked(oms, sessions):
    secret = oms("token", "add", "admin", "--scope", "order.view", "--days", 3, "--json").document["token"]
    held = door.read(sessions, None, resume_token, secret=secret, now=datetime.now(UTC))
    assert held.actor.permissions == {"order.view"}
    (row,) = oms("token", "list", "--json").document
    assert (row["prefix"], row["scopes"], secret in str(row)) == (secret[:12], ["order.view"], False)
    assert oms("token", "revoke", row["id"]).status == 0
    assert door.read(sessions, None, resume_token, secret=secret, now=datetime.now(UTC)) is None


@pytest.mark.parametrize("words", [("user", "add", "Bad Login", "--role", "lead"), ("token", "add", "nobody")])
def test_what_makes_no_sense_is_refused_without_a_traceback(oms, words):
    refused = oms(*words)
    assert (refused.status, "Traceback" in refused.err) == (1, False)


@pytest.mark.full
def test_the_demo_shop_keeps_one_password_that_only_its_owner_reads(oms, fresh_engine, sessions, tmp_path, admin):
    assert oms("simulate", "--days", 3, "--orders-per-day", 2, "--json", home=str(tmp_path)).status == 0
    first = give_sign_ins(fresh_engine, tmp_path, also=("admin",))
    again = give_sign_ins(fresh_engine, tmp_path, also=("admin",))
    assert first == again
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert {one.role for one in first} == set(Role) - {Role.CLIENT}
    for one in first:
        signed_in = sign_in(sessions, one.login, one.password)
        assert (one.role in signed_in.actor.roles, signed_in.must_change_password) == (True, False)


def test_whoever_has_a_password_of_their_own_keeps_it_in_the_demo(fresh_engine, sessions, tmp_path, admin):
    door.run(sessions, admin, add_user, login="anna", profile=Profile("A real Anna", {Role.MANAGER}))
    signs = give_sign_ins(fresh_engine, tmp_path)
    assert [(one.login, one.password) for one in signs] == [("anna", None)]
    with sessions() as session:
        assert session.scalar(text("SELECT password_hash FROM users WHERE login = 'anna'")) is None
    assert door.read(sessions, None, find_actor, login="anna").roles == {Role.MANAGER}
