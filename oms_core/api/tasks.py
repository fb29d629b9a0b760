"""Tasks over HTTP: what people are to do, added and done."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from oms_core.api.callers import ActingCaller
from oms_core.api.problems import refusals
from oms_core.api.shapes import Cursor, Limit, PageOf, RequestBody, ResponseBody, Text
from oms_core.tasks.agenda import add_task
from oms_core.tasks.progress import finish_task
from oms_core.tasks.worklist import Due, Whose, list_tasks, read_task

router = APIRouter(prefix="/tasks", tags=["tasks"])
_LARGEST_ID = 2**63 - 1


class TaskBody(RequestBody):
    """A task to add: about an order, a customer or neither."""

    title: Text = Field(examples=["Call about the address"])
    kind: Text = Field(default="other", examples=["call"])
    number: Text | None = Field(default=None, description="The order it is about.")
    customer_id: Annotated[int, Field(ge=1, le=_LARGEST_ID)] | None = None
    assignee: Text | None = Field(default=None, description="A login; without it anybody takes the task.")
    due_at: datetime | None = Field(default=None, description="Without an offset: by the caller's own clock.")
    due_minutes: int | None = Field(default=None, description="Instead of `due_at`: in so many working minutes.")
    note: Text = ""


class TaskShape(ResponseBody):
    """A task; people are logins, `number` is its order's."""

    id: int
    kind: str
    title: str
    number: str | None
    customer_id: int | None
    assignee: str | None
    author: str
    due_at: datetime | None
    first_due_at: datetime | None
    done_at: datetime | None
    done_by: str | None
    note: str
    created_at: datetime


@router.get("", summary="List tasks")
def get_tasks(
    caller: ActingCaller,
    *,
    whose: Annotated[Whose, Query(description="Yours, your team's and nobody's, nobody's, or all.")] = Whose.MINE,
    due: Annotated[Due | None, Query(description="Overdue, of today (overdue included), or later and never.")] = None,
    number: Annotated[Text | None, Query(description="An order's number.")] = None,
    done: Annotated[bool, Query(description="Those done, the newest first, instead of the open ones.")] = False,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> PageOf[TaskShape]:
    """List open tasks by when they are due, those without a time last."""
    page = caller.read(
        list_tasks, now=datetime.now(UTC), whose=whose, due=due, number=number, is_done=done, cursor=cursor, limit=limit
    )
    return PageOf(items=[TaskShape.model_validate(row) for row in page.rows], next_cursor=page.next_cursor)


@router.post(
    "", status_code=201, summary="Add a task", responses=refusals({404: "There is no such order or customer."})
)
def post_task(body: TaskBody, caller: ActingCaller) -> TaskShape:
    """Add a task."""
    task_id = caller.do(add_task, **body.model_dump())
    return TaskShape.model_validate(caller.read(read_task, task_id=task_id))


@router.post(
    "/{task_id}/done",
    summary="Finish a task",
    responses=refusals({404: "There is no such task.", 409: "It is done already."}),
)
def post_done(
    task_id: Annotated[int, Path(ge=1, le=_LARGEST_ID, description="The task's id.")], caller: ActingCaller
) -> TaskShape:
    """Say that a task is done: your own, one that you asked for, or one that is nobody's."""
    caller.do(finish_task, task_id=task_id)
    return TaskShape.model_validate(caller.read(read_task, task_id=task_id))
