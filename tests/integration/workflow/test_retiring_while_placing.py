"""An order is never placed into a status that is retired or deleted at the same moment, whoever commits first."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Conflict
from oms_core.orders.placement import place_order
from oms_core.workflow.workflow_document import WorkflowDocument, read_workflow, save_workflow
from tests.building import NOON, a_stocked_product, asked

ORDER = {"channel": "desk", "customer": CustomerRef(name="Ada"), "lines": asked({"A": 1})}
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture
def retired(fresh_sessions: sessionmaker[Session], admin: Actor) -> WorkflowDocument:
    """The workflow without its first status, which is in force still; orders would begin in another."""
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "A", 500)
    before = door.read(fresh_sessions, admin, read_workflow)
    first = next(one for one in before.statuses if one.code == "new")
    inbox = replace(first, code="inbox", name="Inbox", position=first.position, translations={})
    later = tuple(replace(one, position=one.position + 1) if one.code == "new" else one for one in before.statuses)
    way = next(one for one in before.transitions if (one.from_status, one.to_status) == ("new", "confirm"))
    ways = (*before.transitions, replace(way, from_status="inbox", translations={}))
    with_inbox = replace(before, statuses=(inbox, *later), transitions=ways)
    door.run(fresh_sessions, admin, save_workflow, document=with_inbox)
    return replace(with_inbox, statuses=(replace(inbox, is_retired=True), *later), transitions=before.transitions)


@pytest.fixture
def deleted(retired: WorkflowDocument) -> WorkflowDocument:
    """The workflow without that status at all: no order was ever in it."""
    return replace(retired, statuses=tuple(one for one in retired.statuses if one.code != "inbox"))


def run_behind(
    sessions: sessionmaker[Session], actor: Actor, first: Callable[[Session], object],
    second: Callable[..., Any], **facts: Any,
) -> Future[Any]:  # fmt: skip
    """Begin ``second`` while ``first`` is done but not committed; it must wait for that, and then end."""
    with ThreadPoolExecutor(1) as pool, sessions() as session:
        first(session)
        later = pool.submit(door.run, sessions, actor, second, at=NOON, **facts)
        with sessions() as watching:
            while not later.done() and not watching.scalar(WAITING):
                watching.rollback()
        assert not later.done(), "it waits"
        session.commit()
    return later


def test_an_order_being_placed_bars_the_retirement_of_its_status(fresh_sessions, admin, retired):
    def place(session: Session) -> None:
        place_order(session, actor=admin, now=NOON, **ORDER)

    saved = run_behind(fresh_sessions, admin, place, save_workflow, document=retired)
    with pytest.raises(Conflict) as refused:
        saved.result()
    assert [(row["code"], row["subject"]) for row in refused.value.rows] == [("retired_with_orders", "inbox")]


def test_an_order_placed_while_its_status_is_retired_begins_in_the_next(fresh_sessions, admin, retired):
    def save(session: Session) -> None:
        save_workflow(session, actor=admin, now=NOON, document=retired)

    placed = run_behind(fresh_sessions, admin, save, place_order, **ORDER).result()
    with fresh_sessions() as session:
        status = session.scalar(text("SELECT status FROM orders WHERE number = :number"), {"number": placed.number})
    assert status == "new"


def test_the_first_order_placed_into_a_status_bars_its_deletion(fresh_sessions, admin, deleted):
    def place(session: Session) -> None:
        place_order(session, actor=admin, now=NOON, **ORDER)

    saved = run_behind(fresh_sessions, admin, place, save_workflow, document=deleted)
    with pytest.raises(Conflict) as refused:
        saved.result()
    assert [(row["code"], row["subject"]) for row in refused.value.rows] == [("status_in_use", "inbox")]


def test_the_first_order_placed_while_its_status_is_deleted_begins_in_the_next(fresh_sessions, admin, deleted):
    def save(session: Session) -> None:
        save_workflow(session, actor=admin, now=NOON, document=deleted)

    placed = run_behind(fresh_sessions, admin, save, place_order, **ORDER).result()
    with fresh_sessions() as session:
        status = session.scalar(text("SELECT status FROM orders WHERE number = :number"), {"number": placed.number})
    assert status == "new"
