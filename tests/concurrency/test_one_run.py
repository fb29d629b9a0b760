"""Two writers who deliver one event at once: the rule answers it once, whoever comes first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.automation.models import Outcome
from oms_core.automation.rulebook import rulebook_of
from oms_core.automation.rules import save_automation
from oms_core.automation.runs import Claim, claim_runs
from oms_core.automation.suggestions import deliver_again
from oms_core.journal import Journalled
from tests.building import NOON, a_stocked_product, an_order

CALL = {"kind": "task", "task": "call", "title": "Call", "to": "nobody"}
WRITERS = 8


def a_ruled_order(sessions: sessionmaker[Session], admin: Actor) -> tuple[int, str]:
    with sessions.begin() as session:
        a_stocked_product(session, "A", 10)
        placed = an_order(session, {"A": 1})
    document = {"code": "call", "name": "Call", "event": "order.placed", "actions": [CALL], "mode": "auto"}
    door.run(sessions, admin, save_automation, document=document)
    return placed.id, placed.number


def test_one_event_delivered_by_eight_writers_at_once_is_answered_once(fresh_sessions, admin):
    _order_id, number = a_ruled_order(fresh_sessions, admin)
    barrier = Barrier(WRITERS)

    def deliver() -> None:
        barrier.wait()
        door.run(fresh_sessions, admin, deliver_again, number=number, sequence=1)

    with ThreadPoolExecutor(WRITERS) as pool:
        for one in [pool.submit(deliver) for _ in range(WRITERS)]:
            one.result()
    with fresh_sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM automation_runs")) == 1
        assert session.scalar(text("SELECT count(*) FROM tasks")) == 1


def test_without_the_orders_lock_the_key_of_the_run_alone_lets_one_writer_through(fresh_sessions, admin):
    order_id, _number = a_ruled_order(fresh_sessions, admin)
    barrier = Barrier(WRITERS)
    event = Journalled(order_id, 1, "order.placed", None, "new", None)

    def claim() -> int:
        with fresh_sessions.begin() as session:
            (rule,) = rulebook_of(session).by_event["order.placed"].rules
            barrier.wait()
            return len(claim_runs(session, [Claim(rule, event, Outcome.APPLIED)], now=NOON))

    with ThreadPoolExecutor(WRITERS) as pool:
        claimed = [one.result() for one in [pool.submit(claim) for _ in range(WRITERS)]]
    assert sum(claimed) == 1
