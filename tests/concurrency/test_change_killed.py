"""A process killed in the middle of saving a change leaves all of it or nothing, wherever it was."""

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker
from test_order_races import breaches, ordered, stocked

from oms_core.access.actors import Actor, find_actor

# A desk that saves a change, tells before each statement that it is there, and stands still before the one named.
DESK = """
import sys, time
from decimal import Decimal
from sqlalchemy import event
from oms_core import door, schema
from oms_core.access.actors import find_actor
from oms_core.db import make_engine, make_sessions
from oms_core.orders.change_document import LineEdit, OrderEdit
from oms_core.orders.changing import change_order
url, number, deadly = sys.argv[1], sys.argv[2], int(sys.argv[3])
engine = make_engine(url)
with make_sessions(engine)() as session:
    actor = find_actor(session, "admin")
count = 0
def tell(*call):
    global count
    count += 1
    if count == deadly:
        print("here", flush=True)
        time.sleep(60)
event.listen(engine, "before_cursor_execute", tell)
lines = [LineEdit("MUG", Decimal(1), 1), LineEdit("TEA", Decimal(2), None, Decimal(4))]
edit = OrderEdit(lines=lines, comment="changed", ship_to={"text": "Elsewhere 1"}, delivery_method="courier")
door.run(make_sessions(engine), actor, change_order, number=number, version=None, change=edit)
print(f"done {count}", flush=True)
"""
AS_IT_STANDS = text("""
SELECT o.version, o.comment, o.total, o.ship_to IS NOT NULL AS has_address,
       o.delivery_method_id IS NOT NULL AS is_routed,
       (SELECT array_agg(p.sku || l.quantity ORDER BY l.position)
        FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = o.id) AS lines,
       (SELECT sum(r.quantity) FROM reservations r JOIN order_lines l ON l.id = r.order_line_id
        WHERE l.order_id = o.id AND r.state IN ('held', 'committed')) AS reserved,
       (SELECT count(*) FROM order_changes c WHERE c.order_id = o.id) AS changes,
       (SELECT count(*) FROM order_events e WHERE e.order_id = o.id) AS events,
       (SELECT count(*) FROM tasks t WHERE t.order_id = o.id) AS tasks,
       (SELECT count(*) FROM fulfilments f WHERE f.order_id = o.id) AS fulfilments
FROM orders o WHERE o.number = :number
""")


@pytest.fixture
def actor(fresh_sessions: sessionmaker[Session]) -> Actor:
    """The administrator of the test's own database."""
    with fresh_sessions() as session:
        return find_actor(session, "admin")


def desk(engine: Engine, number: str, deadly: int) -> subprocess.Popen[str]:
    """Start the desk; it stands still before its statement ``deadly`` (0: never)."""
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", DESK, url, number, str(deadly)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)


def standing(sessions: sessionmaker[Session], number: str) -> tuple[object, ...]:
    """All that a change touches."""
    with sessions() as session:
        return tuple(session.execute(AS_IT_STANDS, {"number": number}).one())


def alone(engine: Engine) -> None:
    """Wait until the killed one's connection is gone."""
    mine = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND state LIKE '%transaction%'"
    )
    deadline = time.monotonic() + 30
    with engine.connect() as connection:
        while connection.scalar(mine):
            connection.rollback()
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=[pytest.mark.full, pytest.mark.timeout(600)])])
def test_a_killed_save_is_whole_or_not_there(
    fresh_engine: Engine, fresh_sessions: sessionmaker[Session], actor: Actor, kills: int
):
    stocked(fresh_sessions, actor, "MUG", "TEA", quantity=500)
    probe = desk(fresh_engine, ordered(fresh_sessions, actor, "MUG"), 0)
    told, _ = probe.communicate(timeout=60)
    statements = int(told.split()[1])
    assert statements > 20, "the kills are spread over all that a change does"
    for turn in range(kills):
        number = ordered(fresh_sessions, actor, "MUG")
        before = standing(fresh_sessions, number)
        at = 1 + turn * (statements - 1) // max(1, kills - 1)
        process = desk(fresh_engine, number, at)
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        alone(fresh_engine)
        assert standing(fresh_sessions, number) == before, f"killed before statement {at} of {statements}"
        again = desk(fresh_engine, number, 0)
        assert again.communicate(timeout=60)[0].startswith("done")
        after = standing(fresh_sessions, number)
        assert after[1:6] == ("changed", Decimal("17.99"), True, True, ["MUG1.000", "TEA2.000"])
    assert breaches(fresh_sessions) == {}
