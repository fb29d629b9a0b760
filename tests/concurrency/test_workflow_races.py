"""The workflow is changed while orders move by it: neither sees the other half done."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from threading import Event, Thread
from typing import Any

import pytest
from racing import race
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.errors import Conflict, OmsError
from oms_core.orders.models import Order
from oms_core.orders.progress import move_order
from oms_core.workflow.workflow_document import (
    StatusPart,
    TransitionPart,
    WorkflowDocument,
    read_workflow,
    save_workflow,
    workflow_version,
)
from tests.building import a_stocked_product, an_order

CHECKED = StatusPart(code="checked", name="Checked", client_name="Received", group="new", position=50)
WAYS = (
    TransitionPart(from_status="new", to_status="checked", label="Check", position=3, roles=("admin",)),
    TransitionPart(from_status="checked", to_status="confirm", label="Confirm", position=1, roles=("admin",)),
)


@dataclass
class Shop:
    """A shop with a status more, and the workflow in which it is retired."""

    sessions: sessionmaker[Session]
    seeded: WorkflowDocument
    number: str = ""

    def do(self, use_case: Any, **facts: Any) -> Any:
        with self.sessions() as session:
            actor = find_actor(session, "admin")
        return door.run(self.sessions, actor, use_case, **facts)

    @property
    def retired(self) -> WorkflowDocument:
        return replace(self.seeded, statuses=(*self.seeded.statuses, replace(CHECKED, is_retired=True)))

    def status(self) -> str:
        with self.sessions() as session:
            return session.query(Order).one().status


@pytest.fixture
def shop(fresh_sessions: sessionmaker[Session]) -> Shop:
    with fresh_sessions() as session:
        seeded = read_workflow(session)
    shop = Shop(fresh_sessions, seeded)
    finer = replace(seeded, statuses=(*seeded.statuses, CHECKED), transitions=(*seeded.transitions, *WAYS))
    shop.do(save_workflow, document=finer)
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "MUG", 9)
        shop.number = an_order(session, {"MUG": 1}).number
    return shop


def test_of_several_who_save_the_same_version_one_wins(shop: Shop) -> None:
    with shop.sessions() as session:
        version = workflow_version(session)
    savers = [lambda: shop.do(save_workflow, document=shop.retired, based_on=version) for _ in range(4)]
    answers = race(savers)
    assert sorted(getattr(answer, "code", "saved") for answer in answers) == ["saved", *["stale_version"] * 3]


def run_behind(first: Callable[[], object], done: Event, may_commit: Event, second: Callable[[], object]) -> None:
    """Begin ``second`` once ``first`` is done but not committed; it must wait for that."""
    leader, follower = Thread(target=first), Thread(target=second)
    leader.start()
    assert done.wait(timeout=10)
    follower.start()
    follower.join(timeout=0.5)
    assert follower.is_alive()
    may_commit.set()
    leader.join(timeout=10)
    follower.join(timeout=10)


def test_no_status_is_retired_under_an_order_that_is_just_coming_in(shop: Shop) -> None:
    moved, may_commit, told = Event(), Event(), []

    @wraps(move_order)
    def move_slowly(session: Session, **facts: Any) -> None:
        move_order(session, **facts)
        moved.set()
        may_commit.wait(timeout=2)

    def retire() -> None:
        try:
            shop.do(save_workflow, document=shop.retired)
        except OmsError as refusal:
            told.append([row["code"] for row in refusal.rows])

    run_behind(lambda: shop.do(move_slowly, number=shop.number, to="checked"), moved, may_commit, retire)
    assert (told, shop.status()) == ([["retired_with_orders"]], "checked")


def test_no_order_comes_into_a_status_that_is_just_being_retired(shop: Shop) -> None:
    saved, may_commit, told = Event(), Event(), []

    @wraps(save_workflow)
    def retire_slowly(session: Session, **facts: Any) -> None:
        save_workflow(session, **facts)
        saved.set()
        may_commit.wait(timeout=2)

    def move() -> None:
        try:
            shop.do(move_order, number=shop.number, to="checked")
        except Conflict as refusal:
            told.append(refusal.code)

    run_behind(lambda: shop.do(retire_slowly, document=shop.retired), saved, may_commit, move)
    assert (told, shop.status()) == (["not_permitted"], "new")
