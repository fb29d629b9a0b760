"""Whatever is done to orders in whatever order, every invariant holds and every guard agrees."""

from decimal import Decimal

import pytest
from holding import person
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from order_life import Shop
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from oms_core.access.actors import find_actor
from oms_core.access.models import Role
from oms_core.billing.payments import receive_payment
from oms_core.billing.refunds import refund_order
from oms_core.errors import OmsError
from oms_core.inventory.movements import AdjustmentRequest, ReceiptRequest, adjust
from oms_core.inventory.receiving import receive_goods
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.delivery_models import Disposition
from oms_core.orders.expiry import expire_reservations
from oms_core.orders.fulfilment import deliver_order, ship_order
from oms_core.orders.holds import close_hold, open_hold
from oms_core.orders.locking import LineQuantity
from oms_core.orders.progress import move_order
from oms_core.orders.returns import receive_return
from oms_core.workflow.models import Group

SKUS = ("MUG", "CUP")
small = st.integers(1, 4)
some_lines = st.lists(st.tuples(st.integers(1, 2), small), max_size=2).map(
    lambda parts: [LineQuantity(position, Decimal(quantity)) for position, quantity in parts] or None
)
which = st.integers(0, 10**6)


class OrdersInDisorder(RuleBasedStateMachine):
    """A shop of two products and a handful of orders, in a transaction that is rolled back."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.connection = engine.connect()
        self.connection.begin()
        session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        self.shop = Shop(session, find_actor(session, "admin"))
        person(self.shop, "anna", Role.MANAGER)
        for sku in SKUS:
            self.shop.stock(sku, 5)
        self.shop.stock("MUG", 3, warehouse=self.shop.warehouse("EAST"))
        self.numbers: list[str] = []

    def teardown(self) -> None:
        self.shop.session.close()
        self.connection.close()

    def attempt(self, use_case, pick: int, **facts) -> None:
        """Do it to one of the orders; a refusal changes nothing, anything else is a fault of ours."""
        try:
            with self.shop.session.begin_nested():
                self.shop.do(use_case, number=self.numbers[pick % len(self.numbers)], **facts)
        except OmsError:
            self.shop.session.expire_all()

    @rule(first=small, second=small, hold_minutes=st.sampled_from([None, 90]))
    def place(self, first, second, hold_minutes):
        self.numbers.append(self.shop.order(("MUG", first), ("CUP", second), hold_minutes=hold_minutes))

    @precondition(lambda self: self.numbers)
    @rule(pick=which, to=st.sampled_from([group.value for group in Group]))
    def move(self, pick, to):
        self.attempt(move_order, pick, to=to)

    @precondition(lambda self: self.numbers)
    @rule(pick=which)
    def go_on(self, pick):
        card = self.shop.card(self.numbers[pick % len(self.numbers)])
        for step in card.next[:1]:
            self.attempt(move_order, pick, to=step.to)

    @precondition(lambda self: self.numbers)
    @rule(pick=which, lines=some_lines)
    def ship(self, pick, lines):
        self.attempt(ship_order, pick, lines=lines)

    @precondition(lambda self: self.numbers)
    @rule(pick=which)
    def deliver(self, pick):
        self.attempt(deliver_order, pick)

    @precondition(lambda self: self.numbers)
    @rule(pick=which, lines=some_lines)
    def cancel(self, pick, lines):
        self.attempt(cancel_order, pick, lines=lines, reason="changed_mind")

    @precondition(lambda self: self.numbers)
    @rule(pick=which, lines=some_lines.filter(bool), disposition=st.sampled_from(Disposition))
    def take_back(self, pick, lines, disposition):
        self.attempt(receive_return, pick, lines=lines, reason="broken", disposition=disposition)

    @precondition(lambda self: self.numbers)
    @rule(pick=which, closes=st.booleans())
    def hold(self, pick, closes):
        if closes:
            self.attempt(close_hold, pick)
        else:
            self.attempt(open_hold, pick, cause="why not")

    @precondition(lambda self: self.numbers)
    @rule(pick=which, manager=st.sampled_from(["admin", "anna", None]))
    def assign(self, pick, manager):
        self.attempt(assign_order, pick, manager=manager)

    @precondition(lambda self: self.numbers)
    @rule(pick=which, gross=small, refunds=st.booleans())
    def pay(self, pick, gross, refunds):
        if refunds:
            self.attempt(refund_order, pick, gross=Decimal(gross))
        else:
            self.attempt(receive_payment, pick, gross=Decimal(gross), method="card")

    @rule(sku=st.sampled_from(SKUS), quantity=small, warehouse=st.sampled_from(["MAIN", "EAST"]))
    def receive(self, sku, quantity, warehouse):
        self.shop.do(receive_goods, warehouse=warehouse, lines=[ReceiptRequest(sku, Decimal(quantity))])

    @rule(sku=st.sampled_from(SKUS), change=st.integers(-3, -1))
    def lose(self, sku, change):
        try:
            with self.shop.session.begin_nested():
                self.shop.do(adjust, warehouse="MAIN", lines=[AdjustmentRequest(sku, Decimal(change))])
        except OmsError:
            self.shop.session.expire_all()

    @rule()
    def expire(self):
        self.shop.do(expire_reservations)

    @invariant()
    def every_invariant_holds_and_the_guards_agree(self):
        breaches = self.shop.breaches()
        # The clock of this shop is not the database's: what it has not expired yet may be overdue there.
        assert breaches.keys() <= {"09_expired"}
        self.shop.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        self.shop.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))


@pytest.mark.parametrize("examples", [8, pytest.param(200, marks=[pytest.mark.full, pytest.mark.timeout(1800)])])
def test_orders_in_disorder(engine: Engine, examples: int):
    run_state_machine_as_test(
        lambda: OrdersInDisorder(engine),
        settings=settings(
            max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
