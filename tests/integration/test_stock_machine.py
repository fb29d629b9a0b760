"""Any sequence of stock commands, against a dictionary that does the same by hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from building import NOON, a_customer, a_product, a_warehouse, asked
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from oms_core.access.actors import find_actor
from oms_core.errors import Conflict
from oms_core.inventory.backorders import reserve_backorders
from oms_core.inventory.movements import AdjustmentRequest, ReceiptRequest, adjust, receive, ship
from oms_core.inventory.reservations import LineQuantity, release
from oms_core.orders.expiry import expire_reservations
from oms_core.orders.placement import CustomerRef, place_order

SKUS = ("TEA", "MUG")
PLACES = ("MAIN", "NORTH")  # by location id, which is the order of allocation without a preference

MOVED = """
SELECT o.code, p.sku, sum(change) FROM (
    SELECT to_location_id AS location_id, product_id, quantity AS change FROM stock_moves WHERE state = 'done'
    UNION ALL SELECT from_location_id, product_id, -quantity FROM stock_moves WHERE state = 'done') m
JOIN locations o ON o.id = m.location_id AND o.kind IN ('stock', 'transit') JOIN products p ON p.id = m.product_id
GROUP BY o.code, p.sku
"""
PROMISED = """
SELECT o.code, p.sku, sum(quantity) FROM reservations r
JOIN locations o ON o.id = r.location_id JOIN products p ON p.id = r.product_id
WHERE r.state IN ('held', 'committed') GROUP BY o.code, p.sku
"""
LEVELS = """
SELECT o.code, p.sku, l.on_hand, l.reserved FROM stock_levels l
JOIN locations o ON o.id = l.location_id JOIN products p ON p.id = l.product_id
"""

quantities = st.integers(1, 5)
skus = st.sampled_from(SKUS)
places = st.sampled_from(PLACES)


@dataclass
class Promise:
    """A reservation by hand."""

    place: str
    quantity: int
    expires_at: datetime | None = None


@dataclass
class Line:
    """An order line by hand; ``promises`` from the oldest to the newest."""

    id: int
    sku: str
    quantity: int
    warehouse: str
    gone: int = 0
    promises: list[Promise] = field(default_factory=list)
    has_lapsed: bool = False

    @property
    def promised(self) -> int:
        return sum(promise.quantity for promise in self.promises)


class StockMachine(RuleBasedStateMachine):
    """Commands on a real database in one transaction, undone at the end."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        self.actor = find_actor(self.session, "admin")
        a_warehouse(self.session, "NORTH")
        self.ids = {sku: a_product(self.session, sku) for sku in SKUS}
        self.customer = CustomerRef(id=a_customer(self.session))
        self.now = NOON
        self.on_hand = {(place, sku): 0 for place in PLACES for sku in SKUS}
        self.lines: list[Line] = []

    def teardown(self) -> None:
        self.session.close()
        self.outer.rollback()
        self.connection.close()

    def do(self, use_case, **facts):
        self.now += timedelta(minutes=1)
        return use_case(self.session, actor=self.actor, now=self.now, **facts)

    def free(self, place: str, sku: str) -> int:
        promised = (p.quantity for line in self.lines if line.sku == sku for p in line.promises if p.place == place)
        return self.on_hand[place, sku] - sum(promised)

    def promise(self, line: Line, expires_at: datetime | None = None) -> None:
        for place in (line.warehouse, *(place for place in PLACES if place != line.warehouse)):
            portion = min(line.quantity - line.gone - line.promised, self.free(place, line.sku))
            if portion > 0:
                line.promises.append(Promise(place, portion, expires_at))

    def serve(self, sku: str) -> None:
        for line in self.lines:  # in the order they were placed; what lapsed whole waits no more
            if line.sku == sku and (line.promised or not line.has_lapsed):
                self.promise(line)

    @rule(
        wanted=st.lists(st.tuples(skus, quantities), min_size=1, max_size=3),
        place=places, minutes=st.none() | st.integers(1, 5),
    )  # fmt: skip
    def place(self, wanted, place, minutes) -> None:
        lines = [line for sku, quantity in wanted for line in asked({sku: quantity})]
        placed = self.do(
            place_order, channel="desk", customer=self.customer, lines=lines, warehouse=place, hold_minutes=minutes
        )
        ids = self.session.scalars(
            text("SELECT id FROM order_lines WHERE order_id = :id ORDER BY position"), {"id": placed.id}
        )
        for line_id, (sku, quantity) in zip(ids.all(), wanted, strict=True):
            self.lines.append(Line(line_id, sku, quantity, place))
            self.promise(self.lines[-1], minutes and self.now + timedelta(minutes=minutes))

    @rule(wanted=st.lists(st.tuples(skus, st.integers(1, 8)), min_size=1, max_size=2), place=places)
    def place_all_or_nothing(self, wanted, place) -> None:
        needed = {sku: sum(quantity for other, quantity in wanted if other == sku) for sku, _ in wanted}
        there_is_enough = all(
            quantity <= sum(self.free(place, sku) for place in PLACES) for sku, quantity in needed.items()
        )
        lines = [line for sku, quantity in wanted for line in asked({sku: quantity})]
        if there_is_enough:
            return
        try:
            self.do(
                place_order, channel="desk", customer=self.customer, lines=lines, warehouse=place, allow_backorder=False
            )
        except Conflict:
            return
        raise AssertionError("an order went in that stock does not cover")

    @rule(sku=skus, place=places, quantity=quantities, serve=st.booleans())
    def receive(self, sku, place, quantity, serve) -> None:
        self.do(receive, warehouse=place, lines=[ReceiptRequest(sku, Decimal(quantity))])
        self.on_hand[place, sku] += quantity
        if serve:
            self.do(reserve_backorders, product_ids=[self.ids[sku]])
            self.serve(sku)

    @rule(sku=skus, place=places, change=st.integers(-5, 5).filter(bool))
    def adjust(self, sku, place, change) -> None:
        is_possible = self.free(place, sku) + change >= 0
        try:
            self.do(adjust, warehouse=place, lines=[AdjustmentRequest(sku, Decimal(change))])
        except Conflict:
            assert not is_possible
        else:
            assert is_possible
            self.on_hand[place, sku] += change

    @precondition(lambda self: self.lines)
    @rule(which=st.integers(0, 99), quantity=quantities)
    def cancel(self, which, quantity) -> None:
        line = self.lines[which % len(self.lines)]
        quantity = min(quantity, line.quantity - line.gone)
        if quantity == 0:
            return
        release(self.session, lines=[LineQuantity(line.id, Decimal(quantity))])
        self._note(line, "quantity_cancelled", quantity)
        self._take(reversed(line.promises), line, quantity)

    @precondition(lambda self: any(line.promised for line in self.lines))
    @rule(which=st.integers(0, 99), quantity=quantities)
    def ship(self, which, quantity) -> None:
        promised = [line for line in self.lines if line.promised]
        line = promised[which % len(promised)]
        is_possible = quantity <= line.promised
        try:
            self.do(ship, lines=[LineQuantity(line.id, Decimal(quantity))], reference="shipment:1")
        except Conflict:
            assert not is_possible
            return
        assert is_possible
        self._note(line, "quantity_shipped", quantity)
        for place, portion in self._take(line.promises, line, quantity):
            self.on_hand[place, line.sku] -= portion

    @rule(minutes=st.integers(0, 5))
    def sweep(self, minutes) -> None:
        self.now += timedelta(minutes=minutes)
        self.do(expire_reservations)
        freed = set()
        for line in self.lines:
            kept = [p for p in line.promises if p.expires_at is None or p.expires_at > self.now]
            if len(kept) < len(line.promises):
                line.promises, line.has_lapsed = kept, True
                freed.add(line.sku)
        for sku in freed:
            self.serve(sku)

    def _note(self, line: Line, column: str, quantity: int) -> None:
        self.session.execute(
            text(f"UPDATE order_lines SET {column} = {column} + :quantity WHERE id = :id"),
            {"quantity": quantity, "id": line.id},
        )
        line.gone += quantity

    def _take(self, promises, line: Line, quantity: int) -> list[tuple[str, int]]:
        taken = []
        for promise in list(promises):
            portion = min(quantity, promise.quantity)
            promise.quantity -= portion
            quantity -= portion
            taken.append((promise.place, portion))
        line.promises = [promise for promise in line.promises if promise.quantity]
        return taken

    @invariant()
    def the_levels_are_what_the_dictionary_says(self) -> None:
        for place, sku, on_hand, reserved in self.session.execute(text(LEVELS)):
            assert (on_hand, on_hand - reserved) == (self.on_hand[place, sku], self.free(place, sku)), (place, sku)

    @invariant()
    def moves_add_up_to_what_is_on_hand_and_reservations_to_what_is_reserved(self) -> None:
        moved = {(place, sku): total for place, sku, total in self.session.execute(text(MOVED))}
        promised = {(place, sku): total for place, sku, total in self.session.execute(text(PROMISED))}
        for place, sku, on_hand, reserved in self.session.execute(text(LEVELS)):
            assert on_hand == moved.get((place, sku), 0)
            assert reserved == promised.get((place, sku), 0)


def test_no_sequence_of_stock_commands_breaks_the_books(engine):
    StockMachine.engine = engine
    run_state_machine_as_test(
        StockMachine,
        settings=settings(
            max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
