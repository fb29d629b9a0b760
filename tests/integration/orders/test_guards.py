"""What the database itself refuses, whoever writes to it."""

import pytest
from order_life import Shop
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from oms_core import integrity
from oms_core.access.actors import find_actor


def told(sessions: sessionmaker[Session], *, upto: str) -> None:
    """One committed order of four mugs."""
    with sessions.begin() as session:
        an_order(session, upto=upto)


def an_order(session: Session, *, upto: str) -> None:
    shop = Shop(session, find_actor(session, "admin"))
    shop.order((shop.stock("MUG", 9), 4), upto=upto)


def refused_at_commit(sessions: sessionmaker[Session], *statements: str) -> str | None:
    """Name the constraint by which the commit of these statements is refused; each of them alone is taken."""
    with sessions() as session:
        for statement in statements:
            session.execute(text(statement))
        try:
            session.commit()
        except DBAPIError as error:
            return error.orig.diag.constraint_name
    return None


CLOSE = "UPDATE status_intervals SET left_at = entered_at, wall_seconds = 0, business_seconds = 0 WHERE left_at IS NULL"
CANCEL = ("UPDATE orders SET status = 'cancelled', closed_at = now()", CLOSE)
REASON = (
    "INSERT INTO cancellations (order_id, order_line_id, quantity, reason, previous_status, previous_group,"
    " cancelled_at, actor_id) SELECT l.order_id, l.id, {quantity}, 'fraud', 'new', 'new', now(), 1 FROM order_lines l"
)
HOLD = "INSERT INTO order_holds (order_id, kind, cause, opened_at) SELECT id, 'manual', 'x', now() FROM orders"

SECOND_OPEN_INTERVAL = (
    "INSERT INTO status_intervals (order_id, visit, status, group_code, entered_at)"
    " SELECT id, 9, 'new', 'new', now() FROM orders"
)


def test_a_cancellation_without_a_reason_fails_at_commit(fresh_sessions):
    told(fresh_sessions, upto="new")
    assert refused_at_commit(fresh_sessions, *CANCEL) == "cancelled_needs_reason"


def test_a_cancellation_that_leaves_something_open_fails_at_commit(fresh_sessions):
    told(fresh_sessions, upto="new")
    partly = (REASON.format(quantity=3), "UPDATE order_lines SET quantity_cancelled = 3")
    assert refused_at_commit(fresh_sessions, *CANCEL, *partly) == "cancelled_covers_all"


def test_a_cancelled_quantity_without_its_row_fails_at_commit(fresh_sessions):
    told(fresh_sessions, upto="new")
    assert (
        refused_at_commit(fresh_sessions, "UPDATE order_lines SET quantity_cancelled = 1") == "cancelled_needs_reason"
    )


def test_a_cancellation_with_a_reason_for_all_is_taken(fresh_sessions):
    told(fresh_sessions, upto="new")
    whole = (REASON.format(quantity=4), "UPDATE order_lines SET quantity_cancelled = 4")
    assert refused_at_commit(fresh_sessions, *CANCEL, *whole) is None


def test_without_the_guard_a_cancellation_without_a_reason_goes_in_and_the_check_finds_it(fresh_sessions):
    told(fresh_sessions, upto="new")
    unguarded = "ALTER TABLE orders DISABLE TRIGGER guard_order_moved"
    assert refused_at_commit(fresh_sessions, unguarded, *CANCEL) is None
    with fresh_sessions() as session:
        assert "06_cancelled" in {finding.code for finding in integrity.check(session) if finding.rows}


def test_a_closed_order_keeps_no_open_interval_and_an_open_one_has_one(fresh_sessions):
    told(fresh_sessions, upto="confirm")
    assert refused_at_commit(fresh_sessions, "UPDATE orders SET status = 'done'") == "one_open_interval"
    assert refused_at_commit(fresh_sessions, "UPDATE orders SET status = 'pick'", CLOSE) == "one_open_interval"


def test_an_order_on_hold_is_not_picked_and_a_picked_one_not_held(fresh_sessions):
    told(fresh_sessions, upto="confirm")
    pick = "UPDATE orders SET status = 'pick'"
    assert refused_at_commit(fresh_sessions, HOLD, pick) == "no_work_on_hold"
    assert refused_at_commit(fresh_sessions, pick) is None
    assert refused_at_commit(fresh_sessions, HOLD) == "no_work_on_hold"


def test_a_reason_no_longer_in_use_is_refused_at_once(session):
    an_order(session, upto="new")
    session.execute(text("UPDATE cancel_reasons SET is_active = false WHERE code = 'fraud'"))
    with pytest.raises(DBAPIError, match="cancel reason fraud is not active"):
        session.execute(text(REASON.format(quantity=1)))


@pytest.mark.parametrize("act", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
@pytest.mark.parametrize(("table", "column"), [("order_events", "kind"), ("stock_moves", "quantity")])
def test_history_is_neither_changed_nor_deleted(session, act, table, column):
    an_order(session, upto="done")
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(act.format(table=table, column=column)))


@pytest.mark.parametrize("login", ["actor", "manager"])
def test_whom_the_journal_names_cannot_be_removed_anybody_else_can(session, login):
    an_order(session, upto="new")
    session.execute(text("INSERT INTO users (login, name) VALUES ('actor', 'A'), ('manager', 'M'), ('other', 'O')"))
    session.execute(
        text(
            "INSERT INTO order_events (order_id, sequence, kind, occurred_at, actor_id, manager_id)"
            " SELECT o.id, 99, 'order.commented', now(), a.id, m.id FROM orders o, users a, users m"
            " WHERE a.login = 'actor' AND m.login = 'manager'"
        )
    )
    session.execute(text("DELETE FROM users WHERE login = 'other'"))
    with pytest.raises(DBAPIError, match="named in the journal"):
        session.execute(text("DELETE FROM users WHERE login = :login"), {"login": login})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE order_lines SET quantity_shipped = 5",
        "UPDATE order_lines SET quantity_shipped = 3, quantity_cancelled = 2",
        "UPDATE order_lines SET quantity_returned = 1",
        "UPDATE stock_levels SET reserved = 10",
        "UPDATE orders SET refunded = 1",
        "UPDATE orders SET total = total + 1",
        "UPDATE status_intervals SET left_at = entered_at - interval '1 s', wall_seconds = 0, business_seconds = 0",
        SECOND_OPEN_INTERVAL,
    ],
)
def test_what_cannot_be_is_refused_by_a_constraint(session, statement):
    an_order(session, upto="new")
    with pytest.raises(DBAPIError):
        session.execute(text(statement))


def test_a_gap_in_the_chain_of_intervals_fails_at_commit(fresh_sessions):
    told(fresh_sessions, upto="confirm")
    gap = "UPDATE status_intervals SET entered_at = entered_at + interval '1 s' WHERE left_at IS NULL"
    assert refused_at_commit(fresh_sessions, gap) == "fk_status_intervals_chain"
