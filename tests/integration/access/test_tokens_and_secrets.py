"""API tokens narrow their person, end when told, and no secret lies in the database in clear."""

from datetime import UTC, datetime, timedelta

import pytest
from signing_in import PASSWORD, set_password
from sqlalchemy import text

from oms_core import door, signing_in
from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.access.passwords import one_time_password
from oms_core.access.permissions import DEFAULTS, Permission
from oms_core.access.tokens import add_token, list_tokens, resume_token, revoke_token, touch_token
from oms_core.access.users import Profile, add_user, deactivate_user, give_password, set_roles
from oms_core.errors import Forbidden, Invalid, NotFound
from oms_core.workflow.role_permissions import save_matrix

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def sessions(fresh_sessions, admin):
    for login in ("anna", "boris"):
        profile = Profile(name=login.title(), roles={Role.MANAGER})
        door.run(fresh_sessions, admin, add_user, login=login, profile=profile)
    return fresh_sessions


@pytest.fixture
def anna(sessions):
    return door.read(sessions, None, find_actor, login="anna")


def holder(sessions, secret, now=NOW):
    found = door.read(sessions, None, resume_token, secret=secret, now=now)
    return found and found.actor


def add(sessions, actor, **facts):
    return door.run(sessions, actor, add_token, at=NOW, **({"login": actor.login, "name": "till"} | facts))


def test_a_token_acts_as_its_person_with_no_more_than_its_scopes(sessions, anna):
    _, whole = add(sessions, anna)
    _, narrow = add(sessions, anna, scopes=["order.view"])
    assert holder(sessions, whole).permissions == DEFAULTS[Role.MANAGER]
    assert (holder(sessions, narrow).login, holder(sessions, narrow).permissions) == (
        "anna", frozenset({Permission.ORDER_VIEW}),
    )  # fmt: skip


def test_a_scope_beyond_the_person_counts_for_nothing(sessions, admin):
    _, secret = add(sessions, admin, login="anna", scopes=["order.view", "people.edit"])
    assert holder(sessions, secret).permissions == {Permission.ORDER_VIEW}


def test_a_scope_that_the_person_lacks_does_not_wake_up_when_they_gain_it(sessions, admin, anna):
    _, secret = add(sessions, anna, scopes=["order.view", "people.edit"])
    door.run(sessions, admin, set_roles, login="anna", roles={Role.MANAGER, Role.ADMIN})
    assert holder(sessions, secret).permissions == {Permission.ORDER_VIEW}


def test_tokens_end_when_an_administrator_resets_the_password(sessions, admin, anna):
    _, secret = add(sessions, anna)
    door.run(sessions, admin, give_password, login="anna", password=one_time_password())
    assert holder(sessions, secret) is None


def test_an_administrators_narrow_token_hands_out_no_more_than_it_may(sessions, admin):
    _, secret = add(sessions, admin, scopes=["people.edit", "people.view"])
    with pytest.raises(Forbidden) as refused:
        door.run(sessions, holder(sessions, secret), set_roles, login="anna", roles={Role.ADMIN})
    assert refused.value.code == "beyond_own"
    with pytest.raises(Forbidden) as refused:
        door.run(sessions, holder(sessions, secret), save_matrix, matrix=DEFAULTS)
    assert refused.value.code == "admins_only"


def test_a_token_cannot_make_a_wider_one(sessions, anna):
    _, secret = add(sessions, anna, scopes=["order.view"])
    with pytest.raises(Forbidden) as refused:
        add(sessions, holder(sessions, secret))
    assert refused.value.code == "beyond_own"


def test_a_token_ends_when_it_expires_is_revoked_or_its_person_leaves(sessions, admin, anna):
    token, expiring = add(sessions, anna, days=3)
    _, revoked = add(sessions, anna)
    assert holder(sessions, expiring, NOW + timedelta(days=3) - timedelta(seconds=1)) is not None
    assert holder(sessions, expiring, NOW + timedelta(days=3)) is None
    newest = door.read(sessions, anna, list_tokens)[0]
    door.run(sessions, anna, revoke_token, token_id=newest.id)
    assert holder(sessions, revoked) is None
    assert holder(sessions, expiring) is not None
    door.run(sessions, admin, deactivate_user, login="anna")
    assert holder(sessions, expiring) is None
    assert token.prefix == expiring[:12]


@pytest.mark.parametrize("secret", ["", "oms_", "oms_nonsense", "Bearer", "\ud800", "oms_\ud800", "x" * 10_000])
def test_what_is_no_token_opens_nothing(sessions, secret):
    assert holder(sessions, secret) is None


def test_a_token_is_seen_made_and_ended_by_its_owner_or_who_edits_people(sessions, admin, anna):
    boris = door.read(sessions, None, find_actor, login="boris")
    token, _ = add(sessions, anna)
    with pytest.raises(Forbidden):
        add(sessions, boris, login="anna")
    with pytest.raises(Forbidden):
        door.read(sessions, boris, list_tokens, login="anna")
    with pytest.raises(NotFound):
        door.run(sessions, boris, revoke_token, token_id=token.id)
    assert door.read(sessions, boris, list_tokens) == []
    assert [one.login for one in door.read(sessions, admin, list_tokens)] == ["anna"]
    door.run(sessions, admin, revoke_token, token_id=token.id)


@pytest.mark.parametrize(
    ("facts", "field"), [({"scopes": ["order.eat"]}, "scopes"), ({"name": " "}, "name"), ({"days": 0}, "days")]
)
def test_a_token_that_makes_no_sense_is_refused_with_its_field(sessions, anna, facts, field):
    with pytest.raises(Invalid) as refused:
        add(sessions, anna, **facts)
    assert [row["field"] for row in refused.value.rows] == [field]


def test_use_is_noted_to_the_minute(sessions, anna):
    _, secret = add(sessions, anna)
    due = []
    for seconds in (0, 30, 61):
        now = NOW + timedelta(seconds=seconds)
        found = door.read(sessions, None, resume_token, secret=secret, now=now)
        due.append(found.touch_is_due)
        if found.touch_is_due:
            door.run(sessions, anna, touch_token, at=now, token_id=found.token_id)
    assert due == [True, False, True]
    assert door.read(sessions, anna, list_tokens)[0].last_used_at == NOW + timedelta(seconds=61)


def test_no_secret_lies_in_the_database_in_clear(sessions, admin, anna):
    set_password(sessions, "admin")
    one_time = one_time_password()
    door.run(sessions, admin, give_password, login="boris", password=one_time)
    _, token = add(sessions, anna)
    facts = {"login": "admin", "password": PASSWORD, "address": "192.0.2.7", "user_agent": "a test"}
    cookie = signing_in.attempt_sign_in(sessions, **facts).token
    with sessions() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        rows = [str(row) for name in tables for row in session.scalars(text(f"SELECT t::text FROM {name} t"))]
        audit = session.scalars(text("SELECT t::text FROM audit_log t WHERE table_name IN ('users', 'api_tokens')"))
        told = list(audit)
    assert len(rows) > 100
    for secret in (PASSWORD, one_time.clear, token, cookie):
        assert [row for row in rows if secret in row] == []
    assert told
    assert [row for row in told if "argon2" in row] == []
