from dataclasses import dataclass

import pytest
from building import NOON
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.access.permissions import requires
from oms_core.customers.models import Customer
from oms_core.db import make_engine, make_sessions
from oms_core.errors import Busy, Conflict, DatabaseAway, NotFound


@dataclass
class Desk:
    """A database of the test's own, and who acts in it."""

    sessions: sessionmaker[Session]
    actor: Actor

    def run(self, use_case, **facts):
        return door.run(self.sessions, self.actor, use_case, **facts)

    def names(self) -> list[str]:
        with self.sessions() as session:
            return list(session.scalars(text("SELECT name FROM customers ORDER BY id")))


@pytest.fixture
def desk(fresh_sessions) -> Desk:
    with fresh_sessions() as session:
        return Desk(fresh_sessions, find_actor(session, "admin"))


@requires(None)
def add_customer(session, *, actor, now, name="Ada"):
    session.add(Customer(name=name))
    return session.scalar(text("SELECT 7"))


@requires(None)
def ask(session, *, statement, **values):
    return session.scalar(text(statement), values)


def fail_with(code: str):
    """A use case whose statement fails as the database would: with this SQLSTATE."""
    attempts = []

    @requires(None)
    def use_case(session, *, actor, now):
        attempts.append(now)
        session.add(Customer(name="Ada"))
        session.flush()
        session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{code}'; END $$"))

    return use_case, attempts


def test_what_a_use_case_wrote_is_committed_and_its_result_returned(desk):
    assert desk.run(add_customer) == 7
    assert desk.names() == ["Ada"]


def test_the_transaction_knows_its_actor_and_waits_no_longer_than_three_seconds(desk):
    @requires(None)
    def settings(session, *, actor, now):
        names = ("oms.actor", "lock_timeout", "statement_timeout", "transaction_isolation")
        return [session.scalar(text("SELECT current_setting(:name)"), {"name": name}) for name in names]

    assert desk.run(settings) == [str(desk.actor.id), "3s", "1min", "read committed"]
    with desk.sessions() as session:
        assert session.scalar(text("SELECT current_setting('oms.actor', true)")) in {None, ""}


def test_the_clock_is_read_at_the_door_unless_a_moment_is_given(desk):
    @requires(None)
    def tell(session, *, actor, now):
        return now

    assert desk.run(tell).tzinfo is not None
    assert door.run(desk.sessions, desk.actor, tell, at=NOON) == NOON


def test_a_refusal_leaves_nothing_behind(desk):
    @requires(None)
    def refuse(session, *, actor, now):
        add_customer(session, actor=actor, now=now)
        session.flush()
        raise Conflict("no")

    with pytest.raises(Conflict):
        desk.run(refuse)
    assert desk.names() == []
    assert desk.run(add_customer) == 7


def test_a_fault_of_ours_comes_out_as_it_is(desk):
    @requires(None)
    def divide(session, *, actor, now):
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        desk.run(divide)


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
def test_others_in_the_way_are_tried_again_three_times_and_then_it_is_busy(desk, code):
    use_case, attempts = fail_with(code)
    with pytest.raises(Busy):
        desk.run(use_case)
    assert len(attempts) == 1 + 3
    assert len(set(attempts)) == 1, "the clock is read once"
    assert desk.names() == []


def test_the_second_try_starts_from_the_beginning(desk):
    use_case, attempts = fail_with("40001")

    @requires(None)
    def once(session, *, actor, now):
        if not attempts:
            use_case(session, actor=actor, now=now)
        return add_customer(session, actor=actor, now=now)

    assert desk.run(once) == 7
    assert desk.names() == ["Ada"]


def test_another_database_error_is_not_tried_again(desk):
    use_case, attempts = fail_with("22012")
    with pytest.raises(Exception, match="on purpose"):
        desk.run(use_case)
    assert len(attempts) == 1


def test_a_statement_that_takes_too_long_is_given_up_as_busy(desk):
    @requires(None)
    def dawdle(session, *, actor, now):
        add_customer(session, actor=actor, now=now)
        session.execute(text("SET LOCAL statement_timeout = 50"))
        session.execute(text("SELECT pg_sleep(30)"))

    with pytest.raises(Busy, match="too long"):
        desk.run(dawdle)
    assert desk.names() == []


def test_a_guard_of_the_database_is_a_refusal(desk):
    @requires(None)
    def oversell(session, *, actor, now):
        session.execute(text("INSERT INTO products (sku, name) VALUES ('TEA', 'Tea')"))
        session.execute(
            text(
                "INSERT INTO stock_levels (location_id, product_id, on_hand, reserved)"
                " SELECT l.id, p.id, 1, 2 FROM locations l, products p WHERE l.code = 'MAIN'"
            )
        )

    with pytest.raises(Conflict) as refusal:
        desk.run(oversell)
    assert refusal.value.code == "short_of_stock"


def test_a_guard_that_looks_at_the_commit_is_a_refusal_too(desk):
    @requires(None)
    def forget_the_interval(session, *, actor, now):
        add_customer(session, actor=actor, now=now)
        session.flush()
        session.execute(
            text(
                "INSERT INTO orders (channel_id, customer_id, status, currency, placed_at)"
                " SELECT c.id, u.id, 'pick', 'EUR', now() FROM channels c, customers u LIMIT 1"
            )
        )
        session.execute(
            text(
                "INSERT INTO status_intervals (order_id, visit, status, group_code, entered_at)"
                " SELECT id, 1, 'pick', 'pick', placed_at FROM orders"
            )
        )
        session.execute(
            text("INSERT INTO order_holds (order_id, kind, cause, opened_at) SELECT id, 'risk', '', now() FROM orders")
        )

    with pytest.raises(Conflict) as refusal:
        desk.run(forget_the_interval)
    assert refusal.value.code == "on_hold"
    assert desk.names() == []


def test_a_use_case_that_goes_on_after_a_failed_statement_is_not_taken_for_done(desk):
    @requires(None)
    def swallow(session, *, actor, now):
        add_customer(session, actor=actor, now=now)
        cursor = session.connection().connection.cursor()
        with pytest.raises(Exception, match="division by zero"):
            cursor.execute("SELECT 1 / 0")

    with pytest.raises(Exception, match="failed statement"):
        desk.run(swallow)
    assert desk.names() == []


def test_connections_lost_while_idle_are_replaced_unseen(desk, admin_engine):
    desk.run(add_customer)
    with admin_engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": desk.sessions.kw["bind"].url.database},
        )
    assert desk.run(add_customer, name="Bob") == 7
    assert desk.names() == ["Ada", "Bob"]


def test_a_connection_lost_in_the_middle_says_that_the_database_is_away(desk):
    @requires(None)
    def die(session, *, actor, now):
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DatabaseAway):
        desk.run(die)
    assert desk.run(add_customer) == 7


def test_no_database_at_all_says_so_and_what_to_do(desk):
    nowhere = make_sessions(make_engine("postgresql+psycopg2://cadence@127.0.0.1:1/none"))
    for attempt in (
        lambda: door.run(nowhere, desk.actor, add_customer),
        lambda: door.read(nowhere, desk.actor, ask, statement="SELECT 1"),
    ):
        with pytest.raises(DatabaseAway, match="OMS_DATABASE_URL"):
            attempt()


def test_a_read_can_write_nothing(desk):
    with pytest.raises(Exception, match="read-only"):
        door.read(desk.sessions, desk.actor, ask, statement="INSERT INTO customers (name) VALUES ('x') RETURNING id")
    assert door.read(desk.sessions, desk.actor, ask, statement="SELECT :one", one=1) == 1


def test_an_unknown_or_retired_user_cannot_act(session):
    session.execute(text("INSERT INTO users (login, name, is_active) VALUES ('gone', 'Gone', false)"))
    for login in ("nobody", "gone"):
        with pytest.raises(NotFound):
            find_actor(session, login)
