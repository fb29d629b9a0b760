"""How often a save asks the database, with and without rules and holds: a fact folded in must not creep out again."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from psycopg2 import extensions
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.customers.models import Customer
from oms_core.orders.placement import CustomerRef, LineRequest, place_order
from oms_core.orders.progress import move_order
from oms_core.workflow.hold_policies import save_hold_policy
from tests.integration.rules.shop import a_rule, with_goods

BEGIN_AND_COMMIT = 2
_PREPAYMENT = {"percent": 50, "above": 500, "customer_kinds": None}


class _Counted:
    """What was sent to the database, message by message."""

    def __init__(self) -> None:
        self.messages: list[str] = []


class _Save:
    """Saves through the door, each after the same was done before: all is compiled, prepared and known."""

    def __init__(self, engine: Engine, sessions: sessionmaker[Session], admin: Actor) -> None:
        self.engine, self.sessions, self.admin = engine, sessions, admin
        with sessions.begin() as session:
            with_goods(session)
            customer = Customer(name="Ada Lovelace")
            session.add(customer)
            session.flush()
            self.customer_id = customer.id

    def watched_by_rules(self) -> None:
        with self.sessions.begin() as session:
            a_rule(session, code="sum", expression="order.total < 100000.0")
            a_rule(session, code="customer", expression="customer.orders_before >= 0.0 && customer.phone == ''")
            a_rule(session, code="twice", expression="order.duplicates < 1000.0 && customer.open_value < 1000000.0")
            a_rule(session, code="lines", expression="lines.all(line, line.quantity < 100.0)")

    def held_by_policies(self) -> None:
        for kind, parameters in (("stock", {}), ("delay", {}), ("prepayment", _PREPAYMENT)):
            document = {"kind": kind, "is_active": True, "channels": None, "order_types": None}
            door.run(self.sessions, self.admin, save_hold_policy, document=document | {"parameters": parameters})

    def place(self) -> str:
        lines = [LineRequest("MUG", Decimal(1))]
        customer = CustomerRef(id=self.customer_id)
        return door.run(
            self.sessions, self.admin, place_order, channel="desk", customer=customer, lines=lines, manager="admin"
        ).number

    def move(self, number: str) -> None:
        door.run(self.sessions, self.admin, move_order, number=number, to="confirm")

    def messages(self) -> tuple[int, int]:
        """How many messages placing and moving take, without those that begin and commit."""
        for _ in range(2):
            self.move(self.place())
        with _counting(self.engine) as placing:
            number = self.place()
        with _counting(self.engine) as moving:
            self.move(number)
        return len(placing.messages) - BEGIN_AND_COMMIT, len(moving.messages) - BEGIN_AND_COMMIT


@contextmanager
def _counting(engine: Engine) -> Iterator[_Counted]:
    """Count at the driver: what is prepared goes round SQLAlchemy."""
    counted = _Counted()

    class Counting(extensions.cursor):  # type: ignore[misc]
        def execute(self, query: Any, values: Any = None) -> None:
            counted.messages.append(str(query))
            super().execute(query, values)

    def count(connection: Any, record: object, proxy: object) -> None:
        connection.cursor_factory = Counting

    event.listen(engine, "checkout", count)
    try:
        yield counted
    finally:
        event.remove(engine, "checkout", count)
        with engine.connect() as connection:
            connection.connection.dbapi_connection.cursor_factory = None  # type: ignore[union-attr]


@pytest.fixture
def save(fresh_engine: Engine, fresh_sessions: sessionmaker[Session], admin: Actor) -> _Save:
    return _Save(fresh_engine, fresh_sessions, admin)


def test_placing_is_one_read_and_one_write_with_rules_as_without(save: _Save) -> None:
    placing, _ = save.messages()
    assert placing == 2
    save.watched_by_rules()
    placing, _ = save.messages()
    assert placing == 2


def test_rules_add_no_statement_to_a_move(save: _Save) -> None:
    _, moving = save.messages()
    save.watched_by_rules()
    _, ruled = save.messages()
    assert ruled == moving


def test_three_hold_policies_add_one_statement_to_a_save(save: _Save) -> None:
    placing, moving = save.messages()
    save.held_by_policies()
    assert save.messages() == (placing + 1, moving + 1)
    save.watched_by_rules()
    assert save.messages() == (placing + 1, moving + 1)


def test_the_count_sees_a_statement_that_creeps_in(save: _Save) -> None:
    with _counting(save.engine) as counted, save.sessions() as session:
        session.execute(text("SELECT 1"))
    assert "SELECT 1" in counted.messages
