"""What a rule does while others work: nobody is at fault for a race, and it is run again as a person's work is."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine, text

from oms_core.access.actors import SYSTEM, find_actor
from oms_core.automation.time_events import sweep_time_events
from oms_core.orders.comments import comment_order
from oms_core.workflow.workflow_document import StatusPart, TransitionPart, read_workflow, save_workflow
from tests.building import NOON
from tests.waiting import waiters

DEADLOCK_TIMEOUT = 1.0  # seconds, as the server has it


def wait_for(engine: Engine, number: int) -> None:
    """Wait until so many transactions of this database wait for another."""
    until = time.monotonic() + 20
    while waiters(engine) < number:
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.02)


def test_a_rule_that_loses_a_deadlock_acts_when_all_is_done_again(shop):
    number = shop.order()
    shop.rule("mover", "order.commented", {"kind": "status", "to": "confirm"})
    engine = shop.sessions.kw["bind"]
    with engine.connect() as other, engine.connect() as gate, ThreadPoolExecutor() as pool:
        other.execute(text("SELECT 1 FROM stock_levels FOR UPDATE"))
        gate.execute(text("SELECT 1 FROM transitions FOR UPDATE"))
        told = pool.submit(shop.run, comment_order, number=number, text="hello")
        wait_for(engine, 1)
        wanted = text("SELECT 1 FROM orders WHERE number = :number FOR UPDATE")
        has_both = pool.submit(other.execute, wanted, {"number": number})
        wait_for(engine, 2)
        time.sleep(DEADLOCK_TIMEOUT * 1.2)  # who waits first has looked for a deadlock: the rule finds it, and loses
        gate.rollback()
        has_both.result(timeout=30)
        other.rollback()
        told.result(timeout=30)
    assert shop.runs() == [("mover", 3, "applied")]
    assert [event.kind for event in shop.events(number)].count("order.commented") == 1


def test_a_rule_sees_the_status_in_which_orders_begin(shop):
    with shop.sessions() as session:
        workflow = read_workflow(session)
    inbox = StatusPart(code="inbox", name="Inbox", client_name="Received", group="new", position=0)
    onward = TransitionPart(from_status="inbox", to_status="new", label="On", position=1, roles=("admin",))
    statuses = (inbox, *(replace(status, position=status.position + 1) for status in workflow.statuses))
    shop.run(save_workflow, document=replace(workflow, statuses=statuses, transitions=(*workflow.transitions, onward)))
    shop.rule("greeter", "order.placed", {"kind": "tag", "tag": "seen"}, condition='change.to == "inbox"')
    assert shop.labels(shop.order()).tags == ("seen",)


def test_an_order_whose_silence_was_told_is_left_to_who_wants_it(shop):
    number, later = shop.order(), NOON + timedelta(days=2)
    shop.rule("asker", "order.silent", {"kind": "tag", "tag": "silent"})
    with shop.sessions() as session:
        system = find_actor(session, SYSTEM)
    shop.run(sweep_time_events, actor=system, at=later)
    assert shop.labels(number).tags == ("silent",)
    with shop.sessions() as sweeping, shop.sessions() as other:
        assert sweep_time_events(sweeping, actor=system, now=later + timedelta(minutes=1)).told == 0
        assert other.execute(text("SELECT 1 FROM orders FOR UPDATE NOWAIT")).one()
