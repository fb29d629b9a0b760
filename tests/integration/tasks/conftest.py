"""A shop of the test's own whose people work by clocks of their own."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import SYSTEM, Actor, find_actor
from oms_core.access.models import Role
from oms_core.tasks.agenda import add_task
from oms_core.tasks.worklist import TaskPage, TaskView, list_tasks
from tests.building import NOON, a_stocked_product
from tests.integration.automation.conftest import Shop


class Desk(Shop):
    """What a test of tasks and contact says and asks besides."""

    def task(self, title: str = "Call Ada", *, by: Actor | None = None, at: datetime = NOON, **facts: Any) -> int:
        return self.run(add_task, actor=by, at=at, title=title, **facts)

    def tasks(self, *, by: Actor | None = None, at: datetime = NOON, **facts: Any) -> list[TaskView]:
        return list(self.page(by=by, at=at, **facts).rows)

    def titles(self, **facts: Any) -> list[str]:
        return [task.title for task in self.tasks(**facts)]

    def page(self, *, by: Actor | None = None, at: datetime = NOON, **facts: Any) -> TaskPage:
        return door.read(self.sessions, by or self.actor, list_tasks, now=at, **facts)

    def read(self, query: Any, *, by: Actor | None = None, **facts: Any) -> Any:
        return door.read(self.sessions, by or self.actor, query, **facts)

    def worker(self, login: str, zone: str, role: Role = Role.MANAGER, **columns: Any) -> Actor:
        """Somebody who works by the clock of a zone."""
        with self.sessions.begin() as session:
            given = {"code": f"of_{login}", "zone": zone}
            added = "INSERT INTO work_calendars (code, name, time_zone) VALUES (:code, :code, :zone) RETURNING id"
            calendar_id = session.scalar(text(added), given)
        return self.person(login, role, calendar_id=calendar_id, **columns)

    def kinds(self, number: str) -> list[str]:
        return [event.kind for event in self.events(number)]

    def system(self) -> Actor:
        return self.read(find_actor, login=SYSTEM)


@pytest.fixture
def shop(fresh_sessions: sessionmaker[Session], admin: Actor) -> Desk:
    """A shop with 5,000 pieces of A on stock."""
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "A", 5000)
    return Desk(fresh_sessions, admin)
