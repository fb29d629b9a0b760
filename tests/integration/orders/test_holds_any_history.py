"""After any history the open holds are what the situation asks for: a function of it, and of nothing else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from holding import acts, hold_for, limit, person, sweep, watch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from order_life import Shop
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.billing.payments import receive_payment
from oms_core.customers.registration import CustomerRef
from oms_core.errors import OmsError
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods
from oms_core.orders.approvals import ask_again, decide_approval
from oms_core.orders.cancellation import LineQuantity, cancel_order
from oms_core.orders.expiry import expire_reservations
from oms_core.orders.hold_facts import read_facts
from oms_core.orders.hold_plan import plan_of
from oms_core.orders.placement import LineRequest, place_order
from oms_core.orders.progress import move_order
from oms_core.workflow.policies_in_force import policies_in_force

pytestmark = pytest.mark.full

HELD = ("new", "confirm", "supply")
STATES = text("""
SELECT o.id, o.number, o.status, o.total - coalesce((SELECT sum(gross) FROM cancellations WHERE order_id = o.id), 0)
       AS total, o.paid - o.refunded AS paid,
       EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id
               AND l.quantity - l.quantity_shipped - l.quantity_cancelled > (
                   SELECT coalesce(sum(r.quantity), 0) FROM reservations r
                   WHERE r.order_line_id = l.id AND r.state IN ('held', 'committed'))) AS is_short,
       ARRAY(SELECT h.kind::text FROM order_holds h
             WHERE h.order_id = o.id AND h.closed_at IS NULL ORDER BY 1) AS holds,
       (SELECT q.state FROM approval_requests q WHERE q.order_id = o.id ORDER BY q.id DESC LIMIT 1) AS answer,
       (SELECT q.measured FROM approval_requests q WHERE q.order_id = o.id AND q.state = 'approved'
        ORDER BY q.id DESC LIMIT 1) AS approved
FROM orders o
""")


class HeldOrders(RuleBasedStateMachine):
    """Orders with a policy for goods, one for half of the money, and a limit of 50 on their value."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        self.shop = Shop(session, find_actor(session, "admin"))
        self.lead = person(self.shop, "lea", Role.LEAD)
        self.shop.stock("MUG", 6)
        hold_for(self.shop, "stock")
        hold_for(self.shop, "prepayment", percent=50)
        limit(self.shop, "order_value", 50, levels=[{"role": "lead", "up_to": None}])
        self.numbers: list[str] = []

    def teardown(self) -> None:
        self.shop.session.close()
        self.outer.rollback()
        self.connection.close()

    def attempt(self, use_case, *, actor=None, **facts) -> None:
        """Act as behind the door: what is refused leaves nothing."""
        try:
            with self.shop.session.begin_nested():
                acts(self.shop, actor or self.shop.actor, use_case, **facts)
        except OmsError:
            self.shop.session.expire_all()

    @rule(quantity=st.integers(1, 8), minutes=st.none() | st.integers(1, 90))
    def place(self, quantity, minutes) -> None:
        lines = [LineRequest("MUG", Decimal(quantity), Decimal(10))]
        customer = CustomerRef(name="Anna Kowalska")
        placed = acts(
            self.shop,
            self.shop.actor,
            place_order,
            channel="desk",
            customer=customer,
            lines=lines,
            hold_minutes=minutes,
        )
        self.numbers.append(placed.number)

    @precondition(lambda self: self.numbers)
    @rule(which=st.integers(0, 99), gross=st.sampled_from(["5.00", "40.00"]))
    def pay(self, which, gross) -> None:
        self.attempt(receive_payment, number=self.one(which), gross=Decimal(gross), method="card")

    @precondition(lambda self: self.numbers)
    @rule(which=st.integers(0, 99), to=st.sampled_from(["confirm", "supply", "pick", "ship"]))
    def move(self, which, to) -> None:
        self.attempt(move_order, number=self.one(which), to=to)

    @precondition(lambda self: self.numbers)
    @rule(which=st.integers(0, 99), quantity=st.integers(1, 8))
    def cancel(self, which, quantity) -> None:
        lines = [LineQuantity(1, Decimal(quantity))]
        self.attempt(cancel_order, number=self.one(which), reason="changed_mind", lines=lines)

    @rule(quantity=st.integers(1, 5))
    def receive(self, quantity) -> None:
        self.attempt(receive_goods, warehouse="MAIN", lines=[ReceiptRequest("MUG", Decimal(quantity))])

    @rule(which=st.integers(0, 99), approve=st.booleans())
    def decide(self, which, approve) -> None:
        ids = self.shop.session.scalars(text("SELECT id FROM approval_requests WHERE state = 'open' ORDER BY id")).all()
        if ids:
            self.attempt(
                decide_approval, actor=self.lead, request_id=ids[which % len(ids)], approve=approve, note="As it is"
            )

    @rule()
    def ask_once_more(self) -> None:
        refused = self.shop.session.scalar(text("SELECT max(id) FROM approval_requests WHERE state = 'refused'"))
        if refused:
            self.attempt(ask_again, request_id=refused, note="They order every week")

    @rule(minutes=st.integers(0, 120))
    def wait(self, minutes) -> None:
        self.shop.now += timedelta(minutes=minutes)
        self.attempt(expire_reservations)
        sweep(self.shop)

    def one(self, which: int) -> str:
        return self.numbers[which % len(self.numbers)]

    @invariant()
    def the_open_holds_are_what_the_situation_asks_for(self) -> None:
        for row in self.shop.session.execute(STATES).all():
            if row.status not in HELD:
                assert row.holds == [], row.number
                continue
            due = [("stock", row.is_short), ("prepayment", (row.total / 2 - row.paid).quantize(Decimal("0.01")) > 0)]
            is_approved = row.approved is not None and row.total <= row.approved and row.answer == "approved"
            due.append(("approval", row.total > 50 and not is_approved))
            assert row.holds == sorted(kind for kind, is_due in due if is_due), row.number

    @invariant()
    def looking_again_changes_nothing(self) -> None:
        session, now = self.shop.session, self.shop.now
        ids = session.scalars(text("SELECT id FROM orders")).all()
        facts = read_facts(session, ids, policies_in_force(session), now=now) if ids else []
        assert [one.header["number"] for one in facts if not plan_of(one, policies_in_force(session)).is_idle] == []
        watch(self.shop)
        assert sweep(self.shop).changed == 0
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"))


def test_after_any_history_open_holds_are_what_the_situation_asks_for(engine):
    HeldOrders.engine = engine
    run_state_machine_as_test(
        HeldOrders,
        settings=settings(
            max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
