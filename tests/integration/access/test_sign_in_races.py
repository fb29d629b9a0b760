"""Signing in while somebody changes the person: no session outlives the password or the right it was opened by."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from trying import NOW, add

from oms_core import door
from oms_core.access.actors import SYSTEM, find_actor
from oms_core.access.passwords import NewPassword
from oms_core.access.sessions import list_sessions
from oms_core.access.sign_in import begin_attempt, complete_sign_in
from oms_core.access.users import deactivate_user, give_password, reactivate_user
from oms_core.errors import Forbidden
from tests.waiting import waiters


def new_password(session, *, actor, now):
    give_password(session, actor=actor, now=now, login="anna", password=NewPassword("another hash", "another"))


def shut_out_for_a_moment(session, *, actor, now):
    deactivate_user(session, actor=actor, now=now, login="anna")


@pytest.mark.parametrize("change", [new_password, shut_out_for_a_moment])
def test_a_sign_in_waits_for_who_changes_the_person_and_then_comes_to_nothing(sessions, admin, change):
    anna = add(sessions, admin, "anna")
    system = door.read(sessions, None, find_actor, login=SYSTEM)
    attempt = door.run(sessions, system, begin_attempt, at=NOW, login="anna", address="192.0.2.7")
    with sessions() as session, ThreadPoolExecutor() as pool:
        change(session, actor=admin, now=NOW)
        session.flush()
        given = {"attempt": attempt, "address": "192.0.2.7", "user_agent": "a test"}
        entering = pool.submit(door.run, sessions, system, complete_sign_in, at=NOW, **given)
        until = monotonic() + 10
        while not (waits := waiters(sessions.kw["bind"])):
            if entering.done() or monotonic() > until:
                break
            sleep(0.02)
        session.commit()
        with pytest.raises(Forbidden):
            entering.result(timeout=30)
    assert waits
    if change is shut_out_for_a_moment:
        door.run(sessions, admin, reactivate_user, at=NOW, login="anna")
    assert door.read(sessions, anna, list_sessions, now=NOW, login="anna") == []
