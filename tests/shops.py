"""A small shop with an order in every situation a screen must show, made by the use cases themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role, User, UserRole
from oms_core.billing.payments import receive_payment
from oms_core.catalog.models import Price, PriceList, Product
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Conflict
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.comments import comment_order
from oms_core.orders.holds import open_hold
from oms_core.orders.placement import place_order
from oms_core.orders.placement_request import LineRequest
from oms_core.orders.progress import move_order

PRODUCTS = (
    ("LT-1037", "Linen tote bag", "18.35", 120),
    ("WB-1222", "Water bottle 750 ml", "27.30", 40),
    ("DL-1111", "Desk lamp E27", "39.31", 12),
    ("UC-1185", "USB-C cable 2 m", "15.15", 300),
    ("NB-1148", "Notebook A5 dotted", "10.61", 60),
    ("MG-1300", "Enamel mug 350 ml", "12.90", 0),
)
CUSTOMERS = (
    ("Ewa Nowak", "+48 600 100 200", "Kraków"), ("Иван Петров", "+7 921 555 10 20", "Санкт-Петербург"),
    ("Studio Północ sp. z o.o.", "+48 22 100 20 30", "Warszawa"), ("李明", "+86 138 0013 8000", "上海"),
    ("Marta Zielińska", "+48 601 222 333", "Gdańsk"), ("Anneliese Hoffmann-Oberländer", "+49 30 901820", "Berlin"),
)  # fmt: skip
PEOPLE = (
    ("anna", "Anna Kowalska", Role.MANAGER),
    ("boris", "Boris Smirnov", Role.MANAGER),
    ("lena", "Lena Wójcik", Role.LEAD),
    ("bob", "Bob Byer", Role.BUYER),
    ("eva", "Eva Chief", Role.EXECUTIVE),
)
STEPS = ("confirm", "pick", "ship", "deliver", "done")


@dataclass(frozen=True)
class OpenShop:
    """A shop the pages can be pointed at; ``numbers`` are those of its orders, the oldest first."""

    url: str
    marts: Path
    numbers: tuple[str, ...] = ()


OwnShop = tuple[OpenShop, sessionmaker[Session]]
"""A shop that a test may change, and sessions to change it by."""


@dataclass(frozen=True)
class ServedShop:
    """A full shop with the address of the process that serves it, and the folder of its marts: none was refreshed."""

    address: str
    sessions: sessionmaker[Session]
    numbers: tuple[str, ...]
    marts: Path


def fill(sessions: sessionmaker[Session], *, orders: int = 24) -> list[str]:
    """Fill an empty, seeded shop; returns the numbers of its orders, the oldest first."""
    with sessions.begin() as session:
        _add_people(session)
        _add_products(session)
    with sessions() as session:
        admin = find_actor(session, "admin")
    receipts = [ReceiptRequest(sku, Decimal(stock), Decimal("5.50")) for sku, _name, _price, stock in PRODUCTS if stock]
    now = datetime.now(UTC).replace(microsecond=0)
    start = now - timedelta(days=6)
    door.run(sessions, admin, receive_goods, at=start - timedelta(days=1), warehouse="MAIN", lines=receipts)
    numbers = []
    for index in range(orders):
        placed = start + (now - start) * index / orders
        numbers.append(_place(sessions, admin, index, placed))
    for number, tell in zip(numbers, cycle(_STORIES), strict=False):
        tell(sessions, admin, number, now - timedelta(minutes=40))
    return numbers


def _add_people(session: Session) -> None:
    for login, name, role in PEOPLE:
        user = User(login=login, name=name)
        session.add(user)
        session.flush()
        session.add(UserRole(user_id=user.id, role=role))


def _add_products(session: Session) -> None:
    list_id = session.scalars(select(PriceList.id).where(PriceList.code == "standard")).one()
    for sku, name, price, _stock in PRODUCTS:
        product = Product(sku=sku, name=name, tax_rate=Decimal("0.23"))
        session.add(product)
        session.flush()
        since = datetime(2020, 1, 1, tzinfo=UTC)
        session.add(Price(price_list_id=list_id, product_id=product.id, valid_from=since, unit_price=Decimal(price)))


def _place(sessions: sessionmaker[Session], actor: Actor, index: int, placed_at: datetime) -> str:
    name, phone, city = CUSTOMERS[index % len(CUSTOMERS)]
    lines = [
        LineRequest(PRODUCTS[(index + step) % len(PRODUCTS)][0], Decimal(1 + (index + step) % 3))
        for step in range(1 + index % 4)
    ]
    placed = door.run(
        sessions, actor, place_order, at=placed_at, channel="desk", lines=lines, shipping=Decimal("4.90"),
        customer=CustomerRef(name=name, phone=phone, address=f"ul. Długa {index + 1}, {city}", region=city),
        comment="Please ring twice." if index % 5 == 0 else "", manager=PEOPLE[index % 3][0] if index % 4 else None,
    )  # fmt: skip
    return placed.number


def _advance(count: int) -> Callable[..., None]:
    def tell(sessions: sessionmaker[Session], actor: Actor, number: str, at: datetime) -> None:
        for place, to in enumerate(STEPS[:count]):
            _try(sessions, actor, move_order, at + timedelta(minutes=5 * place), number=number, to=to)

    return tell


def _pay_and_confirm(sessions: sessionmaker[Session], actor: Actor, number: str, at: datetime) -> None:
    _try(sessions, actor, receive_payment, at, number=number, gross=Decimal("20.00"), method="transfer")
    _try(sessions, actor, move_order, at + timedelta(minutes=3), number=number, to="confirm")
    _try(sessions, actor, comment_order, at + timedelta(minutes=4), number=number, text="Asked to call back on Monday.")


def _cancel(sessions: sessionmaker[Session], actor: Actor, number: str, at: datetime) -> None:
    _try(sessions, actor, cancel_order, at, number=number, reason="changed_mind", note="Ordered twice.")


def _hold(sessions: sessionmaker[Session], actor: Actor, number: str, at: datetime) -> None:
    _try(sessions, actor, open_hold, at, number=number, cause="Address is incomplete")
    _try(sessions, actor, assign_order, at + timedelta(minutes=1), number=number, manager="lena")


def _nothing(_sessions: sessionmaker[Session], _actor: Actor, _number: str, _at: datetime) -> None:
    """Leave the order as it was placed."""


_STORIES: tuple[Callable[..., None], ...] = (
    _advance(5), _advance(4), _pay_and_confirm, _cancel, _nothing, _advance(3), _hold, _advance(2), _nothing,
    _advance(1),
)  # fmt: skip


def _try(
    sessions: sessionmaker[Session], actor: Actor, use_case: Callable[..., Any], at: datetime, **facts: Any
) -> None:
    """Carry a story on as far as stock allows: what is backordered stays where it is."""
    try:
        door.run(sessions, actor, use_case, at=at, **facts)
    except Conflict:
        return
