"""Statuses made finer change no figure: whatever is measured goes by the fixed groups."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.catalog.models import Product
from oms_core.customers.registration import CustomerRef
from oms_core.db import make_sessions
from oms_core.errors import Invalid
from oms_core.integrity import check
from oms_core.inventory.movements import ReceiptRequest, receive
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.fulfilment import deliver_order, ship_order
from oms_core.orders.placement import LineRequest, place_order
from oms_core.orders.progress import move_order
from oms_core.orders.queries import count_views
from oms_core.workflow.workflow_document import StatusPart, TransitionPart, read_workflow, save_workflow
from pipelines.jobs import refresh
from pipelines.kpi import compute
from pipelines.metrics import METRICS
from pipelines.store import Store
from tests.integration.rules.shop import a_person

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
FINER = ("new", "confirm", "pick", "ship", "deliver")
BY_THE_CLOCK = {"open_age", "cycle_time_km"}
WAYS = (
    ("confirm", "pick", "ship", "deliver", "done"), ("confirm", "supply", "pick", "ship", "deliver", "done"),
    ("confirm", "pick", "ship", "pick", "ship", "deliver"), ("confirm", "pick", "confirm", "pick", "cancel"),
    ("confirm", "cancel"), ("cancel",), ("confirm", "pick"), ("confirm", "pick", "ship", "hand_over", "arrive"), (),
)  # fmt: skip


@dataclass
class Story:
    """The same orders in either shop; the finer one goes to a second status half an hour after each stage begins."""

    engine: Engine
    is_finer: bool

    def __post_init__(self) -> None:
        self.sessions = make_sessions(self.engine)
        with self.sessions.begin() as session:
            self.actor = find_actor(session, "admin")
            session.add(Product(sku="MUG", name="Mug"))
            a_person(session, "anna", Role.MANAGER)
        self.do(BEGIN, receive, warehouse="MAIN", lines=[ReceiptRequest("MUG", Decimal(500), Decimal(3))])
        if self.is_finer:
            self.refine()

    def do(self, at: datetime, use_case: Any, **facts: Any) -> Any:
        return door.run(self.sessions, self.actor, use_case, at=at, **facts)

    def refine(self) -> None:
        with self.sessions() as session:
            workflow = read_workflow(session)
        finer = [
            StatusPart(code=f"{group}_2", name=f"{group} 2", client_name=group, group=group, position=50)
            for group in FINER
        ]
        onwards = [
            TransitionPart(from_status=group, to_status=f"{group}_2", label="On", position=9, roles=("admin",))
            for group in FINER
        ]
        copies = [
            replace(one, from_status=f"{one.from_status}_2") for one in workflow.transitions if one.from_status in FINER
        ]
        document = replace(
            workflow,
            statuses=(*workflow.statuses, *finer),
            transitions=(*workflow.transitions, *onwards, *copies),
        )
        self.do(BEGIN, save_workflow, document=document)

    def live(self, orders: int) -> None:
        chance = Random(7)
        for number in range(orders):
            way, moment = WAYS[number % len(WAYS)], BEGIN + timedelta(hours=chance.randint(1, 200))
            order = self.place(moment, chance)
            self.linger(order, "new", moment)
            for step in way:
                moment += timedelta(minutes=chance.randint(60, 3000))
                self.take(order, step, moment)
                self.linger(order, step, moment)

    def place(self, at: datetime, chance: Random) -> str:
        lines = [LineRequest("MUG", Decimal(chance.randint(1, 4)), Decimal(20))]
        customer = CustomerRef(name="Anna Kowalska", phone="+48600100200")
        placed = self.do(at, place_order, channel="desk", customer=customer, lines=lines)
        self.do(at, assign_order, number=placed.number, manager=chance.choice(["admin", "anna"]))
        return str(placed.number)

    def take(self, order: str, step: str, at: datetime) -> None:
        if step == "cancel":
            self.do(at, cancel_order, number=order, reason="too_slow")
        elif step == "hand_over":
            self.do(at, ship_order, number=order, tracking="1Z")
        elif step == "arrive":
            self.do(at, deliver_order, number=order)
        else:
            self.do(at, move_order, number=order, to=step)

    def linger(self, order: str, step: str, at: datetime) -> None:
        group = {"hand_over": "deliver"}.get(step, step)
        if self.is_finer and group in FINER:
            self.do(at + timedelta(minutes=30), move_order, number=order, to=f"{group}_2")

    def figures(self, folder: Path) -> dict[tuple[str, str, tuple[str, ...]], Any]:
        store = Store(str(folder))
        refresh(self.engine, store, full=True)
        asked: dict[tuple[str, str, tuple[str, ...]], Any] = {}
        for code in METRICS:
            for lens in ("cohort", "flow", "now"):
                for by in ((), ("status_group",), ("manager",), ("reason",)):
                    try:
                        found = compute(
                            store, code, lens=lens, by=by, date_from=date(2026, 3, 1), date_to=date(2026, 5, 1)
                        )
                    except Invalid:
                        continue
                    asked[code, lens, by] = found
        return asked


@pytest.fixture(scope="module")
def stories(lasting_database: Any) -> tuple[Story, Story]:
    plain, finer = Story(lasting_database(), is_finer=False), Story(lasting_database(), is_finer=True)
    for story in (plain, finer):
        story.live(2 * len(WAYS))
    return plain, finer


@pytest.mark.full
def test_every_metric_is_the_same_with_finer_statuses(stories: tuple[Story, Story], tmp_path: Path) -> None:
    plain, finer = stories
    expected, found = plain.figures(tmp_path / "plain"), finer.figures(tmp_path / "finer")
    assert len(expected) > 30
    assert {code for code, _, _ in expected} == set(METRICS)
    figures_of = (expected, found)
    for figures in figures_of:  # of every event, and of every one that people make: a further move is one
        assert [figures.pop(asked) for asked in list(figures) if asked[0] in {"freshness", "touches_per_order"}]
    ages, same_ages = (
        [(asked, rows.pop(asked)) for asked in list(rows) if asked[0] in BY_THE_CLOCK] for rows in figures_of
    )
    assert found == expected
    # Ages run until the marts were read, one shop a moment after the other.
    for (asked, rows), (same_asked, same_rows) in zip(ages, same_ages, strict=True):
        assert (asked, [(row["by"], row["n"]) for row in rows]) == (
            same_asked, [(row["by"], row["n"]) for row in same_rows]
        )  # fmt: skip
        assert [row["value"] for row in rows] == pytest.approx([row["value"] for row in same_rows], abs=0.2)


def test_the_piles_of_work_are_the_same_with_finer_statuses(stories: tuple[Story, Story]) -> None:
    plain, finer = stories
    now = BEGIN + timedelta(days=40)
    piles = [door.read(story.sessions, story.actor, count_views, now=now, manager="admin") for story in (plain, finer)]
    assert piles[0] == piles[1]


def test_every_invariant_holds_with_finer_statuses(stories: tuple[Story, Story]) -> None:
    with stories[1].sessions() as session:
        assert {finding.code: finding.rows for finding in check(session) if finding.rows} == {}
