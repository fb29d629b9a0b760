"""A small shop that lives: random acts through the real use cases, at moments of a clock that may jump back."""

import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from time import sleep

from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role, User, UserRole
from oms_core.catalog.models import Category, Channel, Product, Supplier, SupplyTerm, Warehouse
from oms_core.customers.registration import CustomerRef
from oms_core.errors import OmsError
from oms_core.inventory.models import Location, LocationKind
from oms_core.inventory.movements import AdjustmentRequest, ReceiptRequest, adjust, receive
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.change_document import LineEdit, OrderEdit
from oms_core.orders.changing import change_order
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.locking import LineQuantity
from oms_core.orders.models import Order
from oms_core.orders.placement import LineRequest, place_order
from oms_core.orders.progress import move_order
from oms_core.orders.returns import receive_return
from pipelines.jobs import refresh
from pipelines.store import Store

BEGIN = datetime(2024, 3, 25, 9, tzinfo=UTC)
SKUS = ("BOLT", "NUT", "SAW")
REASONS = ("changed_mind", "out_of_stock", "too_slow", "fraud")
NEXT = {"new": "confirm", "confirm": "pick", "pick": "ship", "ship": "deliver", "deliver": "done"}


class LivingShop:
    """Two channels (one in Warsaw with a day that begins at 5), two warehouses, three products, two managers."""

    def __init__(self, sessions: sessionmaker[Session], seed: int) -> None:
        self.sessions = sessions
        self.chance = random.Random(seed)
        self.now = BEGIN
        with sessions.begin() as session:
            self.actor: Actor = find_actor(session, "admin")
            _furnish(session)

    def live(self, acts: int) -> None:
        """Do so many random acts; refusals are part of life."""
        doings = [self._place] * 5 + [self._advance] * 9 + [self._receive, self._cancel, self._ship_part]
        doings += [self._assign, self._take_back, self._correct, self._change, self._change]
        for _ in range(acts):
            self.now += timedelta(minutes=self.chance.randint(5, 400))
            try:
                self.chance.choice(doings)()
            except OmsError:
                continue

    def run(self, use_case, **facts):
        """Do one thing now, or, once in a while, as of some days ago."""
        back = timedelta(days=self.chance.choice([0] * 9 + [4]))
        return door.run(self.sessions, self.actor, use_case, at=self.now - back, **facts)

    def _place(self) -> None:
        skus = self.chance.sample(SKUS, self.chance.randint(1, 3))
        lines = [
            LineRequest(sku, Decimal(self.chance.randint(1, 9)), Decimal(self.chance.randint(100, 9999)) / 100)
            for sku in skus
        ]
        self.run(
            place_order,
            channel=self.chance.choice(["desk", "shop"]),
            customer=CustomerRef(
                name=f"Customer {self.chance.randint(1, 9)}", phone=str(self.chance.randint(100, 120))
            ),
            lines=lines,
            shipping=Decimal(self.chance.choice(["0", "4.90"])),
            manager=self.chance.choice([None, "anna", "boris"]),
            warehouse=self.chance.choice([None, "MAIN", "NORTH"]),
        )

    def _advance(self) -> None:
        order = self._some_order()
        if order and order.status in NEXT:
            self.run(move_order, number=order.number, to=NEXT[order.status])

    def _receive(self) -> None:
        lines = [ReceiptRequest(sku, Decimal(self.chance.randint(5, 40)), Decimal("2.5")) for sku in SKUS]
        self.run(receive, warehouse=self.chance.choice(["MAIN", "NORTH"]), lines=lines)

    def _correct(self) -> None:
        lines = [AdjustmentRequest(self.chance.choice(SKUS), Decimal(self.chance.choice([-1, 2])))]
        self.run(adjust, warehouse="MAIN", lines=lines)

    def _cancel(self) -> None:
        order = self._some_order()
        if order:
            part = [LineQuantity(position=1, quantity=Decimal(1))] if self.chance.random() < 0.5 else None
            self.run(cancel_order, number=order.number, reason=self.chance.choice(REASONS), lines=part)

    def _ship_part(self) -> None:
        order = self._some_order(status="ship")
        if order:
            self.run(ship_order, number=order.number, lines=[LineQuantity(position=1, quantity=Decimal(1))])

    def _assign(self) -> None:
        order = self._some_order()
        if order:
            self.run(assign_order, number=order.number, manager=self.chance.choice(["anna", "boris", None]))

    def _change(self) -> None:
        """Change the first line of an order, and put another one in or leave one out."""
        order = self._some_order()
        if order:
            with self.sessions() as session:
                query = text(
                    "SELECT l.position, p.sku, l.quantity FROM order_lines l JOIN products p ON p.id = l.product_id"
                    " WHERE l.order_id = :id ORDER BY l.position"
                )
                rows = session.execute(query, {"id": order.id}).all()
            lines = [LineEdit(sku, quantity, position) for position, sku, quantity in rows[: self.chance.randint(1, 3)]]
            lines[0] = replace(lines[0], quantity=Decimal(self.chance.randint(1, 9)))
            if self.chance.random() < 0.5:
                lines.append(LineEdit(self.chance.choice(SKUS), Decimal(self.chance.randint(1, 5)), None, Decimal(7)))
            self.run(change_order, number=order.number, version=None, change=OrderEdit(lines=lines))

    def _take_back(self) -> None:
        order = self._some_order(status="done")
        if order:
            self.run(
                receive_return,
                number=order.number,
                lines=[LineQuantity(position=1, quantity=Decimal(1))],
                reason="unwanted",
            )

    def _some_order(self, status: str | None = None) -> Order | None:
        with self.sessions() as session:
            wanted = select(Order).order_by(Order.id)
            orders = session.scalars(wanted.where(Order.status == status) if status else wanted).all()
            return self.chance.choice(orders) if orders else None


def _furnish(session: Session) -> None:
    desk = session.scalars(select(Channel).where(Channel.code == "desk")).one()
    session.add(
        Channel(
            code="shop", name="Shop", time_zone="Europe/Warsaw", currency="EUR", rounding_rule=desk.rounding_rule,
            day_start=time(5), calendar_id=desk.calendar_id, warehouse_id=desk.warehouse_id,
            price_list_id=desk.price_list_id,
        )
    )  # fmt: skip
    north = Warehouse(code="NORTH", name="North", calendar_id=desk.calendar_id)
    category = Category(code="tools", name="Tools")
    managers = [User(login=login, name=login.title()) for login in ("anna", "boris")]
    session.add_all([north, category, *managers])
    session.flush()
    session.add_all(UserRole(user_id=manager.id, role=Role.MANAGER) for manager in managers)
    session.add(Location(code="NORTH", kind=LocationKind.STOCK, warehouse_id=north.id))
    maker = Supplier(code="maker", name="Maker")
    for place, sku in enumerate(SKUS):
        product = Product(sku=sku, name=sku.title(), category_id=category.id if place else None)
        session.add_all([product, maker])
        session.flush()
        session.add(SupplyTerm(supplier_id=maker.id, product_id=product.id, unit_cost=Decimal("1.2345") * (place + 1)))


def wait_until_settled(engine) -> None:
    """Wait until no transaction, of this database or another of the server, is older than what is committed now."""
    with engine.begin() as connection:
        newest = connection.execute(text("SELECT pg_current_xact_id()::text::bigint")).scalar_one()
    oldest = 0
    while oldest <= newest:
        with engine.connect() as connection:
            oldest = connection.execute(
                text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            ).scalar_one()
        sleep(0.02)


def refresh_settled(engine, store: Store) -> dict:
    """Refresh once everything committed so far can be read: other databases' transactions hold the horizon back."""
    wait_until_settled(engine)
    return refresh(engine, store)
