"""A shop of the test's own with goods on stock, and the automation rules that a test says."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role
from oms_core.automation.models import AutomationRun, Outcome
from oms_core.automation.rules import AutomationView, save_automation
from oms_core.customers.registration import CustomerRef
from oms_core.journal import OrderEvent
from oms_core.orders.labels import Labels, read_labels
from oms_core.orders.placement import place_order
from oms_core.workflow.alerts import AlertView, list_alerts
from tests.building import NOON, a_stocked_product, asked


class Shop:
    """What a test of automation says and asks; everything goes through the door."""

    def __init__(self, sessions: sessionmaker[Session], actor: Actor) -> None:
        self.sessions = sessions
        self.actor = actor

    def rule(self, code: str, event: str, *actions: dict, mode: str = "auto", **facts) -> AutomationView:
        document = {"code": code, "name": code.title(), "event": event, "actions": list(actions), "mode": mode}
        return self.run(save_automation, document=document | facts)

    def run(self, use_case, *, actor: Actor | None = None, at=NOON, **facts):
        return door.run(self.sessions, actor or self.actor, use_case, at=at, **facts)

    def order(self, quantity: int = 1, **facts) -> str:
        given = {"channel": "desk", "customer": CustomerRef(name="Ada"), "lines": asked({"A": quantity})}
        return self.run(place_order, **(given | facts)).number

    def runs(self, code: str | None = None) -> list[tuple[str, int, str]]:
        query = select(AutomationRun).order_by(AutomationRun.id)
        with self.sessions() as session:
            rows = session.scalars(query).all()
        return [(r.rule_code, r.event_sequence, r.outcome.value) for r in rows if code in (None, r.rule_code)]

    def run_ids(self, outcome: Outcome = Outcome.SUGGESTED) -> list[int]:
        with self.sessions() as session:
            return list(session.scalars(select(AutomationRun.id).where(AutomationRun.outcome == outcome)))

    def events(self, number: str) -> list[OrderEvent]:
        query = select(OrderEvent).where(text("order_id = (SELECT id FROM orders WHERE number = :number)"))
        with self.sessions() as session:
            return list(session.scalars(query.order_by(OrderEvent.sequence), {"number": number}))

    def labels(self, number: str) -> Labels:
        with self.sessions() as session:
            return read_labels(session, number=number)

    def alerts(self) -> list[AlertView]:
        with self.sessions() as session:
            return list_alerts(session)

    def ask(self, statement: str, **facts):
        with self.sessions() as session:
            return session.execute(text(statement), facts).all()

    def person(self, login: str, role: Role = Role.MANAGER, **columns) -> Actor:
        with self.sessions.begin() as session:
            names = ", ".join(["login", "name", *columns])
            values = ", ".join([":login", ":login", *(f":{name}" for name in columns)])
            session.execute(text(f"INSERT INTO users ({names}) VALUES ({values})"), {"login": login, **columns})
            session.execute(
                text("INSERT INTO user_roles (user_id, role) SELECT id, :role FROM users WHERE login = :login"),
                {"login": login, "role": role.value},
            )
        with self.sessions() as session:
            return find_actor(session, login)


@pytest.fixture
def shop(fresh_sessions: sessionmaker[Session], admin: Actor) -> Shop:
    """A shop with 500 pieces of A on stock."""
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "A", 500)
    return Shop(fresh_sessions, admin)
