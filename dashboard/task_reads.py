"""What the pages read of tasks, contact and messages."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import reads
from dashboard.identity import person
from oms_core.tasks.messages import UNSENT, MessageView, list_messages
from oms_core.tasks.own_clock import days_of, read_own_zone
from oms_core.tasks.worklist import MOST, TaskCounts, TaskPage, TaskView, count_tasks, list_tasks

PAGE_SIZE = 50


def zone() -> ZoneInfo:
    """The zone by whose clock the person signed in works."""
    return ZoneInfo(_zone(person().login))


@st.cache_data(ttl=60, show_spinner=False, max_entries=500)
def _zone(_login: str) -> str:
    return reads.ask(read_own_zone).key


def page(*, is_done: bool, cursor: str | None, **asked: Any) -> TaskPage:  # noqa: ANN401 - as list_tasks takes
    """One page of the worklist; never cached: it must show what was just done."""
    return reads.ask(list_tasks, now=datetime.now(UTC), is_done=is_done, cursor=cursor, limit=PAGE_SIZE, **asked)


def between(first: date, last: date, **asked: Any) -> list[TaskView]:  # noqa: ANN401 - as list_tasks takes
    """The open tasks that are due on these days, both included, by the reader's own clock."""
    moments = days_of(first, last, zone())
    return list(reads.ask(list_tasks, now=datetime.now(UTC), between=moments, limit=MOST, **asked).rows)


def counts() -> TaskCounts:
    """How many tasks wait for the reader and their team."""
    return reads.ask(count_tasks, now=datetime.now(UTC))


def of_order(number: str) -> list[TaskView]:
    """The open tasks of an order."""
    return list(reads.ask(list_tasks, now=datetime.now(UTC), number=number).rows)


def unsent(number: str) -> list[MessageView]:
    """The messages of an order that were drafted and did not go out."""
    return reads.ask(list_messages, number=number, states=UNSENT)
