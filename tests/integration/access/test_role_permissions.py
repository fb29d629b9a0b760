"""Who may do what: saved whole, in force at once, and restored byte for byte."""

import pytest
from trying import NOW, add, at, sign_in

from oms_core import door
from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS, Permission
from oms_core.errors import Conflict, Forbidden, Invalid
from oms_core.workflow.role_permissions import (
    ADMIN_KEEPS,
    KIND,
    preview_matrix,
    read_matrix,
    rollback_matrix,
    save_matrix,
)
from oms_core.workflow.versions import list_versions


def versions(sessions, admin):
    return door.read(sessions, admin, list_versions, kind=KIND, code="roles")


def changed(role, *, gains=(), loses=()):
    return {**DEFAULTS, role: (DEFAULTS[role] | set(gains)) - set(loses)}


def test_the_preview_says_what_saving_would_change_and_saving_does_that(sessions, admin):
    add(sessions, admin, "anna")
    token = sign_in(sessions, login="anna").token
    matrix = changed(Role.MANAGER, gains={Permission.COST_VIEW}, loses={Permission.ORDER_CANCEL})
    preview = door.read(sessions, admin, preview_matrix, matrix=matrix)
    assert {(one.role, one.permission, one.is_granted, one.people) for one in preview} == {
        (Role.MANAGER, Permission.COST_VIEW, True, 1), (Role.MANAGER, Permission.ORDER_CANCEL, False, 1),
    }  # fmt: skip
    door.run(sessions, admin, save_matrix, at=NOW, matrix=matrix, note="try it")
    assert at(sessions, token).actor.permissions == matrix[Role.MANAGER]
    assert door.read(sessions, admin, preview_matrix, matrix=matrix) == []
    assert [(one.version, one.note) for one in versions(sessions, admin)] == [(2, "try it"), (1, "")]


def test_a_rollback_restores_byte_for_byte_what_was(sessions, admin):
    door.run(sessions, admin, save_matrix, matrix=changed(Role.LEAD, loses={Permission.ORDER_APPROVE}))
    door.run(sessions, admin, rollback_matrix, version=1)
    assert door.read(sessions, admin, read_matrix).granted == DEFAULTS
    documents = {one.version: one.document for one in versions(sessions, admin)}
    assert documents[3] == documents[1] != documents[2]


@pytest.mark.parametrize("permission", sorted(ADMIN_KEEPS))
def test_administrators_cannot_lose_the_way_back(sessions, admin, permission):
    with pytest.raises(Invalid) as refused:
        door.run(sessions, admin, save_matrix, matrix=changed(Role.ADMIN, loses={permission}))
    assert [row["value"] for row in refused.value.rows] == [permission.value]
    assert door.read(sessions, admin, read_matrix).version == 0


def test_clients_are_given_nothing(sessions, admin):
    with pytest.raises(Invalid):
        door.run(sessions, admin, save_matrix, matrix=changed(Role.CLIENT, gains={Permission.ORDER_VIEW}))


def test_only_an_administrator_decides(sessions, admin):
    door.run(sessions, admin, save_matrix, matrix=changed(Role.LEAD, gains={Permission.PEOPLE_EDIT}))
    lena = add(sessions, admin, "lena", Role.LEAD, password=None)
    with pytest.raises(Forbidden) as refused:
        door.run(sessions, lena, save_matrix, matrix=DEFAULTS)
    assert refused.value.code == "admins_only"


def test_a_matrix_that_was_changed_meanwhile_is_not_overwritten(sessions, admin):
    door.run(sessions, admin, save_matrix, matrix=DEFAULTS, seen=0)
    with pytest.raises(Conflict) as refused:
        door.run(sessions, admin, save_matrix, matrix=changed(Role.LEAD), seen=0)
    assert refused.value.code == "stale_matrix"
    door.run(sessions, admin, save_matrix, matrix=DEFAULTS, seen=2)
