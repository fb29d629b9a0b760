"""The agenda: tasks by hand, due by one's own clock, put off, handed over, done and opened again."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_core.access.models import Role
from oms_core.errors import Conflict, Forbidden, Invalid, NotFound
from oms_core.orders.progress import move_order
from oms_core.tasks.progress import finish_task, hand_task, reopen_task, snooze_task
from oms_core.tasks.worklist import count_tasks
from tests.building import NOON

SECOND = timedelta(seconds=1)
local = datetime.fromisoformat  # a time on somebody's clock
OVERDUE = "SELECT count(*) FROM tasks WHERE done_at IS NULL AND due_at <= :now"


def test_a_task_may_be_of_an_order_of_a_customer_or_of_nothing(shop):
    number = shop.order()
    customer_id = shop.ask("SELECT customer_id FROM orders")[0].customer_id
    shop.task("of the order", number=number)
    shop.task("of the customer", customer_id=customer_id)
    shop.task("of nothing")
    told = {task.title: (task.number, task.customer_id, task.customer) for task in shop.tasks()}
    assert told == {
        "of the order": (number, customer_id, "Ada"),
        "of the customer": (None, customer_id, "Ada"),
        "of nothing": (None, None, None),
    }
    assert set(shop.titles(customer_id=customer_id)) == {"of the order", "of the customer"}


@pytest.mark.parametrize(
    ("zone", "on_clock", "instant"),
    [
        ("Europe/Warsaw", local("2026-03-02 09:00"), datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("Europe/Warsaw", local("2026-03-28 09:00"), datetime(2026, 3, 28, 8, tzinfo=UTC)),  # the day before summer
        ("Europe/Warsaw", local("2026-03-29 09:00"), datetime(2026, 3, 29, 7, tzinfo=UTC)),  # its first day
        ("Europe/Warsaw", local("2026-03-29 02:30"), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # is skipped
        ("Europe/Warsaw", local("2026-10-25 02:30"), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # comes twice
        ("Asia/Kolkata", local("2026-03-02 09:00"), datetime(2026, 3, 2, 3, 30, tzinfo=UTC)),
        ("America/New_York", local("2026-03-08 09:00"), datetime(2026, 3, 8, 13, tzinfo=UTC)),
    ],
)
def test_a_task_appears_at_its_due_minute_by_the_clock_of_who_set_it(shop, zone, on_clock, instant):
    anna = shop.worker("anna", zone)
    shop.task(by=anna, assignee="anna", due_at=on_clock, at=instant - timedelta(days=2))
    assert shop.titles(by=anna, at=instant - SECOND, due="overdue") == []
    assert shop.titles(by=anna, at=instant, due="overdue") == ["Call Ada"]
    assert shop.read(count_tasks, by=anna, now=instant - SECOND).overdue == 0
    assert shop.read(count_tasks, by=anna, now=instant).overdue == 1


@pytest.mark.parametrize(
    ("zone", "hours"), [("Europe/Warsaw", 23), ("Asia/Kolkata", 24)], ids=["on the short day", "elsewhere"]
)
def test_today_is_as_long_as_the_day_of_the_zone(shop, zone, hours):
    anna = shop.worker("anna", zone)
    midnight = {"Europe/Warsaw": datetime(2026, 3, 28, 23, tzinfo=UTC)}.get(
        zone, datetime(2026, 3, 28, 18, 30, tzinfo=UTC)
    )
    ends = midnight + timedelta(hours=hours)
    shop.task("last minute", assignee="anna", due_at=ends - timedelta(minutes=1))
    shop.task("tomorrow", assignee="anna", due_at=ends)
    assert shop.titles(by=anna, at=midnight, due="today") == ["last minute"]
    assert shop.titles(by=anna, at=midnight, due="later") == ["tomorrow"]
    assert shop.read(count_tasks, by=anna, now=midnight).today == 1


def test_the_overdue_are_counted_as_a_plain_query_counts_them(shop):
    for minutes in range(-5, 6):
        shop.task(f"at {minutes}", assignee="admin", due_at=NOON + timedelta(minutes=minutes))
    shop.run(finish_task, task_id=shop.ask("SELECT min(id) AS id FROM tasks")[0].id)
    (plain,) = shop.ask(OVERDUE, now=NOON)
    counts = shop.read(count_tasks, now=NOON)
    listed = shop.tasks(due="overdue")
    assert plain.count == counts.overdue == len(listed) == 5
    assert all(task.is_overdue(NOON) for task in listed)


def test_a_task_without_an_order_is_due_in_plain_minutes_and_of_an_order_in_working_ones(shop):
    friday = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
    with shop.sessions.begin() as session:
        for statement in (
            "UPDATE work_calendars SET time_zone = 'UTC'",
            "DELETE FROM calendar_rules",
            "INSERT INTO calendar_rules SELECT id, g, '09:00', '17:00' FROM work_calendars, generate_series(0, 4) g",
        ):
            session.connection().exec_driver_sql(statement)
    number = shop.order()
    shop.task("of nothing", due_minutes=120, at=friday)
    shop.task("of the order", number=number, due_minutes=120, at=friday)
    due = {task.title: task.due_at for task in shop.tasks()}
    assert due["of nothing"] == datetime(2026, 3, 6, 18, 30, tzinfo=UTC)
    assert due["of the order"] == datetime(2026, 3, 9, 10, 30, tzinfo=UTC)


def test_putting_off_keeps_when_it_was_due_at_first(shop):
    anna = shop.worker("anna", "Europe/Warsaw")
    number = shop.order()
    task_id = shop.task(number=number, assignee="anna", due_at=NOON)
    shop.run(snooze_task, actor=anna, task_id=task_id, until=local("2026-03-02 15:00"))
    shop.run(snooze_task, actor=anna, task_id=task_id, until=local("2026-03-03 09:00"))
    (task,) = shop.tasks()
    assert (task.first_due_at, task.due_at) == (NOON, datetime(2026, 3, 3, 8, tzinfo=UTC))
    assert task.is_put_off
    assert shop.kinds(number)[-2:] == ["task.snoozed", "task.snoozed"]


def test_a_task_without_a_time_may_be_given_one_and_none_is_put_off_to_the_past(shop):
    task_id = shop.task()
    with pytest.raises(Invalid, match="lies ahead"):
        shop.run(snooze_task, task_id=task_id, until=NOON)
    shop.run(snooze_task, task_id=task_id, until=NOON + timedelta(hours=1))
    (task,) = shop.tasks()
    assert task.due_at == task.first_due_at == NOON + timedelta(hours=1)


def test_done_opened_again_and_done_is_told_to_the_order(shop):
    number = shop.order()
    task_id = shop.task(number=number)
    shop.run(finish_task, task_id=task_id)
    with pytest.raises(Conflict) as refused:
        shop.run(finish_task, task_id=task_id)
    assert refused.value.code == "task_done"
    assert shop.titles() == []
    (done,) = shop.tasks(is_done=True)
    assert (done.done_at, done.done_by) == (NOON, "admin")
    shop.run(reopen_task, task_id=task_id)
    with pytest.raises(Conflict):
        shop.run(reopen_task, task_id=task_id)
    assert shop.titles() == ["Call Ada"]
    assert shop.kinds(number)[-3:] == ["task.added", "task.finished", "task.reopened"]


def test_a_task_is_handed_over_and_back_to_nobody(shop):
    shop.person("anna")
    number = shop.order()
    task_id = shop.task(number=number)
    shop.run(hand_task, task_id=task_id, to="anna")
    shop.run(hand_task, task_id=task_id, to="anna")
    assert [task.assignee for task in shop.tasks()] == ["anna"]
    shop.run(hand_task, task_id=task_id, to=None)
    assert [task.assignee for task in shop.tasks()] == [None]
    assert shop.kinds(number).count("task.handed") == 2
    with pytest.raises(Invalid) as refused:
        shop.run(hand_task, task_id=task_id, to="ghost")
    assert refused.value.code == "unknown_assignee"


def test_who_may_not_give_work_away_handles_their_own_tasks_and_nobodys_alone(shop):
    walter, wanda = shop.person("walter", Role.WAREHOUSE), shop.person("wanda", Role.WAREHOUSE)
    own, free = shop.task("own", assignee="walter"), shop.task("free")
    others, asked = shop.task("others", assignee="wanda"), shop.task("asked", by=walter, assignee="wanda")
    assert set(shop.titles(by=walter)) == {"own", "free", "asked"}
    assert set(shop.titles(by=walter, assignee="wanda")) == {"asked"}
    for use_case, facts in (
        (finish_task, {}), (snooze_task, {"until": NOON + SECOND}), (hand_task, {"to": "walter"}), (reopen_task, {}),
    ):  # fmt: skip
        with pytest.raises(Forbidden) as refused:
            shop.run(use_case, actor=walter, task_id=others, **facts)
        assert refused.value.code == "not_your_task"
    with pytest.raises(Forbidden):
        shop.run(hand_task, actor=walter, task_id=own, to="wanda")
    shop.run(hand_task, actor=walter, task_id=free, to="walter")
    shop.run(finish_task, actor=walter, task_id=free)
    shop.run(finish_task, actor=walter, task_id=asked)
    shop.run(finish_task, actor=wanda, task_id=others)
    assert shop.titles(by=walter) == ["own"]


def test_who_may_not_work_on_tasks_adds_none(shop):
    eva = shop.person("eva", Role.EXECUTIVE)
    with pytest.raises(Forbidden):
        shop.task(by=eva)
    with pytest.raises(Forbidden):
        shop.tasks(by=eva)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"title": " "}, "title"), ({"title": "x" * 201}, "title"), ({"title": "a\0b"}, "title"),
        ({"kind": "sing"}, "kind"), ({"due_minutes": 0}, "due_minutes"), ({"note": "x" * 2001}, "note"),
        ({"due_at": local("1999-01-01 00:00")}, "due_at"), ({"due_at": NOON, "due_minutes": 5}, "due_at"),
        ({"assignee": "ghost"}, "assignee"), ({"assignee": "system"}, "assignee"),
    ],
)  # fmt: skip
def test_a_malformed_task_is_refused_by_its_field(shop, facts, field):
    with pytest.raises(Invalid) as refused:
        shop.task(**{"title": "Call Ada", **facts})
    assert [row["field"] for row in refused.value.rows] == [field]
    assert shop.tasks() == []


def test_orders_customers_and_tasks_that_are_not_there_are_said_to_be_so(shop):
    for facts in ({"number": "none"}, {"customer_id": 10**9}):
        with pytest.raises(NotFound):
            shop.task(**facts)
    with pytest.raises(NotFound):
        shop.run(finish_task, task_id=10**9)


def test_a_task_ends_with_its_status_and_is_told(shop):
    number = shop.order()
    bound = shop.task("bound", number=number, until_left=True)
    shop.task("free", number=number)
    assert shop.tasks(number=number)[0].status == "new"
    shop.run(move_order, number=number, to="confirm", at=NOON + timedelta(hours=1))
    assert shop.titles(number=number) == ["free"]
    (closed,) = shop.tasks(number=number, is_done=True)
    assert (closed.id, closed.done_at, closed.done_by) == (bound, NOON + timedelta(hours=1), None)
    event = shop.events(number)[-1]
    assert (event.kind, event.payload["task"]) == ("task.closed", bound)
    shop.run(reopen_task, task_id=bound)
    assert {task.title: task.status for task in shop.tasks(number=number)} == {"bound": None, "free": None}
