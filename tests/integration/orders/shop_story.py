"""A story of many orders, told by a seed: the same acts in the same order, to be told in one shop and in another."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.access.models import Role, User, UserRole
from oms_core.billing.payments import receive_payment
from oms_core.catalog.models import Price, PriceList, Product, Supplier, SupplyTerm
from oms_core.customers.registration import CustomerRef
from oms_core.errors import OmsError
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.placement import place_order
from oms_core.orders.placement_request import LineRequest
from oms_core.orders.progress import move_order

BEGIN = datetime(2026, 3, 2, 6, tzinfo=UTC)
PRICES = ("4.50", "12.00", "19.90", "48.00", "89.00", "150.00")
STEPS = ("confirm", "pick", "ship", "deliver", "done")


@dataclass(frozen=True)
class Act:
    """One thing done at one moment to the order of this place in the story."""

    at: datetime
    order: int
    use_case: Callable[..., Any]
    facts: dict[str, Any]


def open_shop(sessions: sessionmaker[Session], *, stock: int) -> None:
    """Products, their stock and two managers."""
    with sessions.begin() as session:
        supplier = Supplier(code="s", name="Supplier")
        session.add(supplier)
        session.flush()
        list_id = session.scalars(select(PriceList.id).where(PriceList.code == "standard")).one()
        for place, price in enumerate(PRICES):
            product = Product(sku=f"S-{place}", name=f"Thing {place}", tax_rate=Decimal("0.23"))
            session.add(product)
            session.flush()
            cost = Decimal(price) / 2
            session.add(SupplyTerm(supplier_id=supplier.id, product_id=product.id, unit_cost=cost))
            since = datetime(2020, 1, 1, tzinfo=UTC)
            session.add(
                Price(price_list_id=list_id, product_id=product.id, valid_from=since, unit_price=Decimal(price))
            )
        for login in ("anna", "boris"):
            user = User(login=login, name=login.title())
            session.add(user)
            session.flush()
            session.add(UserRole(user_id=user.id, role=Role.MANAGER))
    with sessions() as session:
        admin = find_actor(session, "admin")
    lines = [ReceiptRequest(f"S-{place}", Decimal(stock), Decimal("3.00")) for place in range(len(PRICES))]
    door.run(sessions, admin, receive_goods, at=BEGIN - timedelta(days=1), warehouse="MAIN", lines=lines)


def story(orders: int, *, seed: int = 7, moves: bool = True) -> list[Act]:
    """What happens to so many orders, in the order of time."""
    chance = random.Random(seed)
    acts = [act for order in range(orders) for act in _life(chance, order, orders, moves=moves)]
    return sorted(acts, key=lambda act: (act.at, act.order))


def tell(sessions: sessionmaker[Session], acts: list[Act]) -> tuple[dict[int, str], set[int]]:
    """Do it all; returns the numbers by order and the orders whose placement the rules refused."""
    with sessions() as session:
        admin = find_actor(session, "admin")
    numbers: dict[int, str] = {}
    refused: set[int] = set()
    for act in acts:
        given = {} if act.use_case is place_order else {"number": numbers.get(act.order, "")}
        try:
            done = door.run(sessions, admin, act.use_case, at=act.at, **given, **act.facts)
        except OmsError as refusal:  # short of stock, on hold, or a rule: life goes on
            if refusal.code == "rule_broken" and act.use_case is place_order:
                refused.add(act.order)
            continue
        if act.use_case is place_order:
            numbers[act.order] = done.number
    return numbers, refused


def _life(chance: random.Random, order: int, orders: int, *, moves: bool) -> Iterator[Act]:
    at = BEGIN + timedelta(minutes=7 * order, seconds=order % 50)
    yield Act(at, order, place_order, _request(chance, order, orders))
    if not moves:
        return
    if chance.random() < 0.5:
        at += timedelta(minutes=chance.randint(1, 300))
        gross = Decimal(chance.choice(("20.00", "100.00", "900.00")))
        yield Act(at, order, receive_payment, {"gross": gross, "method": chance.choice(("card", "transfer"))})
    if chance.random() < 0.3:
        at += timedelta(minutes=chance.randint(1, 60))
        yield Act(at, order, assign_order, {"manager": chance.choice(("anna", "boris", None))})
    for step in STEPS[: chance.randint(0, len(STEPS))]:
        at += timedelta(minutes=chance.randint(1, 600))
        yield Act(at, order, move_order, {"to": step})
    if chance.random() < 0.2:
        at += timedelta(minutes=chance.randint(1, 600))
        yield Act(at, order, cancel_order, {"reason": chance.choice(("changed_mind", "duplicate"))})


def _request(chance: random.Random, order: int, orders: int) -> dict[str, Any]:
    who = chance.randrange(max(5, orders // 6))
    lines = []
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(PRICES))
        quantity = Decimal(chance.randint(1, 9))
        off = Decimal(chance.choice((0, 0, 5, 12, 30)))
        price = Decimal(PRICES[place]) * (100 - off) / 100 if chance.random() < 0.3 else None
        discount = (Decimal(PRICES[place]) * quantity * off / 100).quantize(Decimal("0.01")) if price is None else 0
        asked = None if price is None else price.quantize(Decimal("0.01"))
        lines.append(LineRequest(f"S-{place}", quantity, asked, Decimal(discount)))
    phone = f"+48 600 {who:06d}" if who % 5 else None
    customer = CustomerRef(
        name=f"Customer {who}", phone=phone, email=None if phone else f"c{who}@example.org",
        address=f"Long street {who}" if who % 3 else None, region="Kraków" if who % 2 else None,
    )  # fmt: skip
    return {
        "channel": chance.choice(("desk", "api")), "customer": customer, "lines": lines, "external_ref": f"r{order}",
        "shipping": Decimal(chance.choice(("0", "4.90"))), "comment": "gift" if chance.random() < 0.2 else "",
        "manager": chance.choice(("anna", "boris", None)),
    }  # fmt: skip
