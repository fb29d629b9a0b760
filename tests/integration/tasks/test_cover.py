"""Cover: nothing that is due meanwhile waits for somebody who is away."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from oms_core.access.users import deactivate_user
from oms_core.orders.assignment import assign_order
from oms_core.orders.labels import tag_order
from oms_core.tasks.cover import list_uncovered_tasks
from oms_core.tasks.progress import hand_task
from pipelines.store import Store
from pipelines.worker import sweeps_of
from tests.building import NOON

DAY = timedelta(days=1)


@pytest.fixture
def away(shop):
    """Anna is away from today until Friday, Boris is here."""
    for login in ("anna", "boris"):
        shop.person(login)
    with shop.sessions.begin() as session:
        added = "INSERT INTO absences (user_id, first_day, last_day) SELECT id, '2026-03-02', '2026-03-06' FROM users"
        session.execute(text(f"{added} WHERE login = 'anna'"))
    return shop


def cover(shop) -> dict[str, str | None]:
    for task_id, taker in shop.read(list_uncovered_tasks, now=NOON):
        shop.run(hand_task, task_id=task_id, to=taker)
    return {task.title: task.assignee for task in shop.tasks()}


def test_what_is_due_meanwhile_goes_to_the_orders_manager_or_to_nobody(away):
    managed, free = away.order(), away.order()
    away.run(assign_order, number=managed, manager="boris")
    away.task("managed", number=managed, assignee="anna", due_at=NOON + DAY)
    away.task("free", number=free, assignee="anna", due_at=NOON + DAY)
    away.task("after", assignee="anna", due_at=NOON + 7 * DAY)
    away.task("some day", assignee="anna")
    assert cover(away) == {"managed": "boris", "free": None, "after": "anna", "some day": "anna"}
    assert away.read(list_uncovered_tasks, now=NOON) == []


def test_nothing_at_all_waits_for_who_has_left(away):
    away.task("some day", assignee="boris")
    away.run(deactivate_user, login="boris")
    assert cover(away) == {"some day": None}


def test_a_rule_gives_no_task_to_a_manager_who_is_away(away):
    number = away.order()
    away.run(assign_order, number=number, manager="anna")
    call = {"kind": "task", "task": "call", "title": "Call", "to": "manager"}
    away.rule("call", "order.tagged", call)
    away.run(tag_order, number=number, tag="x")
    assert [task.assignee for task in away.tasks(number=number)] == [None]


def test_the_worker_covers_by_itself(shop, tmp_path):
    shop.person("anna")
    shop.task("left", assignee="anna")
    shop.run(deactivate_user, login="anna")
    engine = shop.sessions.kw["bind"]
    sweeps = sweeps_of(engine, shop.sessions, Store(str(tmp_path)), shop.system(), refresh_minutes=0)
    (sweep,) = (one for one in sweeps if one.name == "tasks")
    assert sweep.work() == 1
    assert [task.assignee for task in shop.tasks()] == [None]
