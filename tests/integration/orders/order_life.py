"""A small shop in which orders live: what the tests of their lives are told in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core import integrity
from oms_core.access.actors import Actor
from oms_core.catalog.models import Product, Warehouse
from oms_core.inventory.models import Location, LocationKind, StockLevel
from oms_core.inventory.movements import ReceiptRequest, receive
from oms_core.orders.card import read_order
from oms_core.orders.card_views import OrderCard
from oms_core.orders.placement import CustomerRef, LineRequest, place_order
from oms_core.orders.progress import move_order

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
STEPS = ("confirm", "pick", "ship", "deliver", "done")


@dataclass
class Shop:
    """Use cases called one after the other, an hour apart, each in the order it is told."""

    session: Session
    actor: Actor
    now: datetime = field(default=MONDAY)

    def do(self, use_case: Callable[..., Any], **facts: Any) -> Any:
        self.now += timedelta(hours=1)
        return use_case(self.session, actor=self.actor, now=self.now, **facts)

    def stock(self, sku: str, quantity: int | str, *, warehouse: str = "MAIN") -> str:
        if self.session.scalar(select(Product.id).where(Product.sku == sku)) is None:
            self.session.add(Product(sku=sku, name=f"Product {sku}"))
            self.session.flush()
        if Decimal(quantity) > 0:
            self.do(receive, warehouse=warehouse, lines=[ReceiptRequest(sku, Decimal(quantity))])
        return sku

    def warehouse(self, code: str) -> str:
        warehouse = Warehouse(code=code, name=code)
        self.session.add(warehouse)
        self.session.flush()
        self.session.add(Location(code=code, kind=LocationKind.STOCK, warehouse_id=warehouse.id))
        self.session.flush()
        return code

    def order(self, *lines: tuple[str, int], upto: str = "new", **facts: Any) -> str:
        requests = [LineRequest(sku, Decimal(quantity), Decimal("9.99")) for sku, quantity in lines]
        customer = facts.pop("customer", CustomerRef(name="Anna Kowalska", phone="+48 600 100 200"))
        placed = self.do(place_order, channel="desk", customer=customer, lines=requests, **facts)
        for step in STEPS[: STEPS.index(upto) + 1] if upto != "new" else ():
            self.do(move_order, number=placed.number, to=step)
        return placed.number

    def card(self, number: str) -> OrderCard:
        return read_order(self.session, number, actor=self.actor)

    def level(self, sku: str, warehouse: str = "MAIN") -> tuple[Decimal, Decimal]:
        query = (
            select(StockLevel.on_hand, StockLevel.reserved)
            .join(Product, Product.id == StockLevel.product_id)
            .join(Location, Location.id == StockLevel.location_id)
            .where(Product.sku == sku, Location.code == warehouse)
        )
        row = self.session.execute(query).one()
        return row.on_hand, row.reserved

    def breaches(self) -> dict[str, int]:
        self.session.flush()
        return {finding.code: finding.rows for finding in integrity.check(self.session) if finding.rows}


def stays(card: OrderCard) -> list[str]:
    return [stay.status for stay in card.stays]


def offered(card: OrderCard) -> dict[str, tuple[str, ...]]:
    return {step.to: step.needs for step in card.next}
