"""Absences never overlap, stand-ins are one's own to name, and the audit shows what one may see elsewhere too."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from trying import NOW, add

from oms_core import door
from oms_core.access.absences import (
    add_absence,
    add_delegation,
    list_absences,
    list_delegations,
    remove_absence,
    remove_delegation,
)
from oms_core.access.audit_trail import HIDDEN, list_audit, list_audited_tables
from oms_core.access.directory import list_users
from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.access.users import (
    set_roles,
)
from oms_core.errors import Conflict, Forbidden, Invalid, NotFound

MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)


def seen(sessions, actor, login):
    return next(one for one in door.read(sessions, actor, list_users, now=NOW) if one.login == login)


def grant(sessions, role, permission):
    with sessions.begin() as session:
        session.execute(text("INSERT INTO role_permissions VALUES (:role, :code)"), {"role": role, "code": permission})


def test_absences_of_one_person_never_overlap(sessions, admin):
    add(sessions, admin, "anna", password=None)
    facts = {"login": "anna", "first_day": MONDAY, "last_day": FRIDAY}
    number = door.run(sessions, admin, add_absence, **facts)
    with pytest.raises(Conflict) as refused:
        door.run(sessions, admin, add_absence, login="anna", first_day=FRIDAY, last_day=FRIDAY, kind="sick")
    assert refused.value.code == "absence_overlaps"
    with pytest.raises(Invalid):
        door.run(sessions, admin, add_absence, login="anna", first_day=FRIDAY, last_day=MONDAY)
    assert seen(sessions, admin, "anna").away_until == FRIDAY
    assert [one.id for one in door.read(sessions, admin, list_absences, since=FRIDAY)] == [number]
    door.run(sessions, admin, remove_absence, absence_id=number)
    assert door.read(sessions, admin, list_absences) == []


def test_the_database_refuses_an_overlap_that_nothing_else_saw(sessions, admin):
    add(sessions, admin, "anna", password=None)
    door.run(sessions, admin, add_absence, login="anna", first_day=MONDAY, last_day=FRIDAY)

    def write_past_the_check(session, *, actor, now):
        session.execute(
            text(
                "INSERT INTO absences (user_id, first_day, last_day) SELECT user_id, first_day, last_day FROM absences"
            )
        )

    write_past_the_check.__requirement__ = add_absence.__requirement__
    with pytest.raises(Conflict) as refused:
        door.run(sessions, admin, write_past_the_check)
    assert refused.value.code == "absence_overlaps"


def test_one_names_who_stands_in_for_oneself_and_nobody_else(sessions, admin):
    anna, boris = add(sessions, admin, "anna", password=None), add(sessions, admin, "boris", password=None)
    days = {"first_day": MONDAY, "last_day": FRIDAY}
    number = door.run(sessions, anna, add_delegation, login="anna", delegate="boris", **days)
    assert [one.delegate for one in door.read(sessions, anna, list_delegations)] == ["boris"]
    for actor, facts, kind in (
        (boris, {"login": "anna", "delegate": "boris"}, Forbidden),
        (anna, {"login": "anna", "delegate": "boris"}, Conflict),
        (boris, {"login": "boris", "delegate": "boris"}, Invalid),
        (boris, {"login": "boris", "delegate": "nobody"}, Invalid),
    ):
        with pytest.raises(kind):
            door.run(sessions, actor, add_delegation, **facts, **days)
    with pytest.raises(NotFound):
        door.run(sessions, boris, remove_delegation, delegation_id=number)
    door.run(sessions, anna, remove_delegation, delegation_id=number)


def test_who_edits_people_lets_nobody_stand_in_for_who_may_more(sessions, admin):
    add(sessions, admin, "chief", Role.EXECUTIVE, password=None)
    grant(sessions, "manager", Permission.PEOPLE_EDIT.value)
    anna = add(sessions, admin, "anna", password=None)
    days = {"first_day": MONDAY, "last_day": FRIDAY}
    with pytest.raises(Forbidden) as refused:
        door.run(sessions, anna, add_delegation, login="chief", delegate="anna", **days)
    assert refused.value.code == "beyond_own"
    assert door.run(sessions, admin, add_delegation, login="chief", delegate="anna", **days)


def test_the_audit_is_read_page_by_page_and_narrowed(sessions, admin):
    for login in ("anna", "boris", "clara"):
        add(sessions, admin, login, password=None)
    door.run(sessions, admin, set_roles, login="anna", roles={Role.LEAD})
    assert {"users", "user_roles"} <= set(door.read(sessions, admin, list_audited_tables))
    whole = door.read(sessions, admin, list_audit, limit=500).rows
    pages, before = [], None
    while True:
        page = door.read(sessions, admin, list_audit, limit=3, before=before)
        pages += page.rows
        if (before := page.next_before) is None:
            break
    assert tuple(pages) == whole
    added = door.read(sessions, admin, list_audit, table="users", by="admin")
    assert [(row.action, row.after["login"]) for row in added.rows if row.action == "insert"] == [
        ("insert", "clara"), ("insert", "boris"), ("insert", "anna"),
    ]  # fmt: skip
    changed = door.read(sessions, admin, list_audit, table="user_roles", since=datetime.now(UTC).replace(year=2020))
    assert {(row.action, (row.after or row.before)["role"]) for row in changed.rows[:2]} == {
        ("insert", "lead"), ("delete", "manager"),
    }  # fmt: skip
    assert door.read(sessions, admin, list_audit, until=datetime(2020, 1, 1, tzinfo=UTC)).rows == ()


def test_what_one_may_not_see_elsewhere_is_hidden_in_the_audit_too(sessions, admin):
    grant(sessions, "buyer", "audit.view")
    buyer = add(sessions, admin, "pavel", Role.BUYER, password=None)
    assert Permission.PERSONAL_DATA_VIEW not in buyer.permissions
    with sessions.begin() as session:
        session.execute(text("INSERT INTO customers (name) VALUES ('Ada Lovelace')"))
    shown, hidden = (door.read(sessions, who, list_audit, table="customers").rows[0].after for who in (admin, buyer))
    assert shown["name"] == "Ada Lovelace"
    assert "Ada" not in str(hidden)
    assert hidden["name"] == HIDDEN
