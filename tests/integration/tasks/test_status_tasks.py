"""Tasks that a status brings: one more each time it is entered, none left over when it is left."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oms_core.orders.cancellation import cancel_order
from oms_core.orders.comments import comment_order
from oms_core.orders.progress import move_order
from oms_core.workflow.workflow_document import StatusPart, TransitionPart, read_workflow, save_workflow
from tests.building import NOON

CALL = {"kind": "task", "task": "call", "title": "Call", "to": "nobody", "due_minutes": 120, "ends": "with_status"}
ENTERED = 'change.to == "no_answer"'


@pytest.fixture
def calling(shop):
    """A shop with a status for those who do not answer, entered from new and left to it."""
    with shop.sessions() as session:
        workflow = read_workflow(session)
    first = next(status.position for status in workflow.statuses if status.code == "new")
    status = StatusPart(code="no_answer", name="No answer", client_name="Received", group="new", position=first + 1)
    ways = [
        TransitionPart(from_status=left, to_status=entered, label="Go", position=9, roles=("admin",))
        for left, entered in (("new", "no_answer"), ("no_answer", "new"), ("no_answer", "confirm"))
    ]
    pushed = tuple(replace(one, position=one.position + (one.position > first)) for one in workflow.statuses)
    document = replace(workflow, statuses=(*pushed, status), transitions=(*workflow.transitions, *ways))
    shop.run(save_workflow, document=document)
    return shop


def test_entering_a_status_makes_a_task_in_working_hours_and_leaving_closes_it(calling):
    calling.rule("call", "order.status_changed", CALL, condition=ENTERED)
    number = calling.order()
    calling.run(move_order, number=number, to="no_answer")
    (task,) = calling.tasks(number=number)
    assert (task.title, task.status, task.due_at) == ("Call", "no_answer", NOON + timedelta(hours=2))
    calling.run(move_order, number=number, to="confirm")
    assert calling.tasks(number=number) == []
    assert calling.kinds(number)[-2:] == ["order.status_changed", "task.closed"]


def test_entering_it_again_makes_one_more_not_two(calling):
    calling.rule("call", "order.status_changed", CALL, condition=ENTERED)
    number = calling.order()
    for to in ("no_answer", "new", "no_answer"):
        calling.run(move_order, number=number, to=to)
    assert len(calling.tasks(number=number)) == 1
    assert len(calling.tasks(number=number, is_done=True)) == 1


def test_a_task_that_does_not_end_with_the_status_is_carried_on(calling):
    carried = {name: value for name, value in CALL.items() if name != "ends"}
    calling.rule("call", "order.status_changed", carried, condition=ENTERED)
    number = calling.order()
    for to in ("no_answer", "new", "no_answer", "confirm"):
        calling.run(move_order, number=number, to=to)
    assert len(calling.tasks(number=number)) == 2


def test_a_cancelled_order_leaves_no_task_of_its_status(calling):
    number = calling.order()
    calling.task(number=number, until_left=True)
    calling.run(cancel_order, number=number, reason="changed_mind")
    assert calling.tasks(number=number) == []


def test_a_rule_that_answers_the_end_of_its_own_task_does_not_run_in_circles(calling):
    calling.rule("call", "order.status_changed", CALL, condition=ENTERED)
    back = {"kind": "status", "to": "no_answer"}
    calling.rule("back", "task.closed", back, condition='order.status == "new"')
    number = calling.order()
    calling.run(move_order, number=number, to="no_answer")
    calling.run(move_order, number=number, to="new")
    assert calling.ask("SELECT status FROM orders")[0].status == "no_answer"
    assert len(calling.tasks(number=number)) == 1
    assert len(calling.runs("back")) == 1


def test_what_a_rule_closed_by_moving_on_is_told_as_its_doing(calling):
    number = calling.order()
    calling.task(number=number, until_left=True)
    calling.rule("mover", "order.commented", {"kind": "status", "to": "confirm"})
    calling.run(comment_order, number=number, text="go")
    closed = [event for event in calling.events(number) if event.kind == "task.closed"]
    assert [event.rule for event in closed] == ["mover@1"]
