"""People: added, changed, gone; the last administrator stays, and nobody hands out more than they have."""

import threading
import time

import pytest
from sqlalchemy import text
from trying import NOW, add, at, sign_in

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.access.directory import list_users
from oms_core.access.models import Role
from oms_core.access.passwords import one_time_password
from oms_core.access.teams import list_teams, save_team
from oms_core.access.users import (
    Profile,
    add_user,
    change_user,
    deactivate_user,
    give_password,
    reactivate_user,
    set_roles,
)
from oms_core.errors import Conflict, Forbidden, Invalid, NotFound, OmsError


def seen(sessions, actor, login):
    return next(one for one in door.read(sessions, actor, list_users, now=NOW) if one.login == login)


def grant(sessions, role, permission):
    with sessions.begin() as session:
        session.execute(text("INSERT INTO role_permissions VALUES (:role, :code)"), {"role": role, "code": permission})


def test_a_person_is_added_changed_and_seen(sessions, admin):
    door.run(sessions, admin, save_team, code="north", name="North")
    add(sessions, admin, "anna")
    profile = Profile("Anna Z.", {Role.LEAD, Role.BUYER}, "anna@example.com", "pl", "standard", "north")
    door.run(sessions, admin, change_user, login="anna", profile=profile)
    anna = seen(sessions, admin, "anna")
    assert (anna.name, anna.email, anna.locale, anna.calendar, anna.team) == (
        "Anna Z.", "anna@example.com", "pl", "standard", "north",
    )  # fmt: skip
    assert anna.roles == {Role.LEAD, Role.BUYER}
    assert (anna.has_password, anna.must_change_password, anna.last_seen_at) == (True, False, None)


@pytest.mark.parametrize(
    ("login", "facts", "field"),
    [
        ("Anna", {}, "login"),
        ("a", {}, "login"),
        ("an na", {}, "login"),
        ("anna", {"name": " "}, "name"),
        ("anna", {"email": "anna at home"}, "email"),
        ("anna", {"locale": "polish"}, "locale"),
        ("anna", {"team": "nowhere"}, "team"),
        ("anna", {"calendar": "never"}, "calendar"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(sessions, admin, login, facts, field):
    profile = Profile(**({"name": "Anna", "roles": set()} | facts))
    with pytest.raises(Invalid) as refused:
        door.run(sessions, admin, add_user, login=login, profile=profile)
    assert [row["field"] for row in refused.value.rows] == [field]


def test_an_endless_address_is_refused_at_once(sessions, admin):
    begun = time.perf_counter()
    with pytest.raises(Invalid):
        door.run(
            sessions, admin, add_user, login="anna", profile=Profile("Anna", {Role.LEAD}, "a@" + "." * 30_000 + " ")
        )
    assert time.perf_counter() - begun < 1


def test_a_login_is_given_once(sessions, admin):
    add(sessions, admin, "anna", password=None)
    with pytest.raises(Conflict) as refused:
        add(sessions, admin, "anna", password=None)
    assert refused.value.code == "login_taken"


@pytest.mark.parametrize("way", ["deactivate", "roles", "change"])
def test_the_last_active_administrator_stays_one(sessions, admin, way):
    def leave(login):
        if way == "deactivate":
            door.run(sessions, admin, deactivate_user, login=login)
        elif way == "roles":
            door.run(sessions, admin, set_roles, login=login, roles={Role.LEAD})
        else:
            door.run(sessions, admin, change_user, login=login, profile=Profile("Somebody", {Role.LEAD}))

    add(sessions, admin, "former", Role.ADMIN, password=None)
    door.run(sessions, admin, deactivate_user, login="former")
    with pytest.raises(Conflict) as refused:
        leave("admin")
    assert refused.value.code == "last_admin"
    add(sessions, admin, "second", Role.ADMIN, password=None)
    leave("admin")


def test_two_administrators_who_leave_at_once_do_not_both_leave(sessions, admin):
    second = add(sessions, admin, "second", Role.ADMIN, password=None)
    start, outcomes = threading.Barrier(2), []

    def leave(actor, login):
        start.wait()
        try:
            door.run(sessions, actor, deactivate_user, login=login)
            outcomes.append("left")
        except OmsError as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=leave, args=pair) for pair in ((admin, "second"), (second, "admin"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["last_admin", "left"]


def test_who_left_acts_no_more_and_may_come_back(sessions, admin):
    add(sessions, admin, "anna")
    token = sign_in(sessions, login="anna").token
    door.run(sessions, admin, deactivate_user, at=NOW, login="anna")
    assert at(sessions, token) is None
    with pytest.raises(NotFound):
        door.read(sessions, None, find_actor, login="anna")
    door.run(sessions, admin, reactivate_user, login="anna")
    assert at(sessions, token) is None
    assert sign_in(sessions, login="anna").token


def test_who_edits_people_without_being_an_administrator_cannot_make_or_take_over_one(sessions, admin):
    for permission in ("people.edit",):
        grant(sessions, "lead", permission)
    lena = add(sessions, admin, "lena", Role.LEAD, password=None)
    add(sessions, admin, "anna", password=None)
    ways = (
        (add_user, {"login": "evil", "profile": Profile("Evil", {Role.ADMIN})}),
        (set_roles, {"login": "lena", "roles": {Role.ADMIN}}),
        (set_roles, {"login": "admin", "roles": {Role.MANAGER}}),
        (give_password, {"login": "admin", "password": one_time_password()}),
        (deactivate_user, {"login": "admin"}),
    )
    for use_case, facts in ways:
        with pytest.raises(Forbidden) as refused:
            door.run(sessions, lena, use_case, **facts)
        assert refused.value.code == "beyond_own", use_case
    door.run(sessions, lena, give_password, login="anna", password=one_time_password())


def test_a_given_password_ends_sessions_and_forgets_failures(sessions, admin):
    add(sessions, admin, "anna")
    token = sign_in(sessions, login="anna").token
    password = one_time_password()
    door.run(sessions, admin, give_password, at=NOW, login="anna", password=password)
    assert at(sessions, token) is None
    assert sign_in(sessions, login="anna", password=password.clear).must_change_password


def test_the_system_is_nobody_one_can_edit(sessions, admin):
    for use_case, facts in ((deactivate_user, {}), (give_password, {"password": one_time_password()})):
        with pytest.raises(NotFound):
            door.run(sessions, admin, use_case, login="system", **facts)


def test_teams_are_kept_with_their_lead(sessions, admin):
    add(sessions, admin, "lena", Role.LEAD, password=None)
    door.run(sessions, admin, save_team, code="north", name="North", lead="lena")
    door.run(sessions, admin, save_team, code="north", name="The north", lead="lena")
    (team,) = door.read(sessions, admin, list_teams)
    assert (team.name, team.lead, team.members, team.is_active) == ("The north", "lena", 0, True)
    with pytest.raises(Invalid) as refused:
        door.run(sessions, admin, save_team, code="The North", name="", lead="nobody")
    assert [row["field"] for row in refused.value.rows] == ["code", "name", "lead"]
