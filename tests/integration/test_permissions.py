"""Every use case and read names its permission, and the door lets in exactly those who have it."""

import importlib
import inspect
import pkgutil
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

import dashboard
import oms_core
import pipelines
from oms_core import door
from oms_core.access.actors import Actor, find_actor, load_actor
from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS, REQUIREMENTS, Permission, requirement_of, requires
from oms_core.errors import Forbidden, OmsError


def import_everything() -> None:
    """Requirements are named where the functions are: import all but what runs when imported."""
    for package in (oms_core, pipelines):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in module.name:
                importlib.import_module(module.name)
    assert dashboard


import_everything()


def named(name: str):
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)


def actor_of(session: Session, role: Role) -> Actor:
    user_id = session.scalar(
        text("INSERT INTO users (login, name) VALUES (:role, :role) RETURNING id"), {"role": f"a_{role}"}
    )
    session.execute(text("INSERT INTO user_roles (user_id, role) VALUES (:id, :role)"), {"id": user_id, "role": role})
    return load_actor(session, user_id=user_id, login=f"a_{role}")


@pytest.mark.parametrize("role", Role)
def test_a_role_may_exactly_what_its_rows_say(session, role):
    assert actor_of(session, role).permissions == DEFAULTS[role]


OURS = {name: one for name, one in REQUIREMENTS.items() if name.startswith(("oms_core.", "pipelines.", "dashboard."))}


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_door_refuses_a_use_case_exactly_to_those_without_its_permission(sessions_of_template, name):
    function = named(name)
    needed = requirement_of(function).permission
    is_read = not {"now", "actor"} <= set(inspect.signature(function).parameters)
    for role in Role:
        actor = Actor(0, f"a_{role}", frozenset({role}), DEFAULTS[role])
        way = partial(door.read if is_read else door.run, sessions_of_template, actor, function)
        if needed is not None and needed not in DEFAULTS[role]:
            with pytest.raises(Forbidden) as refused:
                way()
            assert (refused.value.code, refused.value.rows[0]["value"]) == ("not_allowed", needed.value), role
        else:
            assert refusal_of(way) != "not_allowed", f"{role} is let in by its permission, refused by it all the same"


def refusal_of(way) -> str | None:
    """Let in without anything to work on, a use case may say to that what it likes: only a refusal is told."""
    try:
        way()
    except OmsError as refusal:
        return refusal.code
    except Exception:  # noqa: BLE001 - as above
        return None
    return None


@pytest.fixture(scope="module")
def sessions_of_template(lasting_database) -> sessionmaker[Session]:
    """Of a database of its own: what is let in may do what it is for."""
    return sessionmaker(lasting_database())


def test_a_function_that_names_no_permission_is_not_run(sessions_of_template):
    def forgotten(session: Session) -> None:
        raise AssertionError(session)

    with pytest.raises(TypeError, match="names no permission"):
        door.read(sessions_of_template, None, forgotten)
    with pytest.raises(TypeError, match="names no permission"):
        door.run(sessions_of_template, Actor(1, "anna"), forgotten)


def test_nobody_reads_only_what_needs_no_permission(sessions_of_template):
    @requires(Permission.ORDER_VIEW)
    def orders(session: Session) -> None:
        raise AssertionError(session)

    with pytest.raises(Forbidden):
        door.read(sessions_of_template, None, orders)
    assert door.read(sessions_of_template, None, find_actor, login="admin").login == "admin"


def test_a_token_narrows_its_owner_and_never_widens_them():
    manager = Actor(1, "anna", frozenset({Role.MANAGER}), DEFAULTS[Role.MANAGER])
    assert manager.narrowed(["order.view", "people.edit"]).permissions == {Permission.ORDER_VIEW}


def test_every_permission_opens_something():
    """A permission that nothing asks for is a switch without a wire."""
    asked = {requirement.permission for requirement in OURS.values()} - {None}
    looked_at = {
        Permission.PERSONAL_DATA_VIEW, Permission.COST_VIEW, Permission.ANALYTICS_VIEW, Permission.ORDER_APPROVE,
    }  # fmt: skip
    assert set(Permission) - asked - looked_at == set()
