"""Policies, people and the watch over holds: what the tests of holds and approvals are told in."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from order_life import Shop
from sqlalchemy import text

from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Delegation, Role, User, UserRole
from oms_core.catalog.models import Product
from oms_core.customers.registration import CustomerRef
from oms_core.orders.approvals import decide_approval
from oms_core.orders.hold_watch import Swept, sweep_holds, watch_holds
from oms_core.orders.placement import LineRequest, place_order
from oms_core.workflow.approval_policies import save_approval_policy
from oms_core.workflow.hold_policies import save_hold_policy

LEVELS = ({"role": "lead", "up_to": 20}, {"role": "executive", "up_to": None})


def hold_for(shop: Shop, kind: str, *, active: bool = True, **parameters: Any) -> None:
    """Hold orders by themselves for a kind of cause, or no longer."""
    shop.do(save_hold_policy, document={"kind": kind, "is_active": active, "parameters": parameters})


def limit(shop: Shop, subject: str, most: int | str, **facts: Any) -> None:
    """Ask for approval beyond a limit."""
    document = {
        "code": subject, "name": f"{subject} beyond the limit", "subject": subject, "limit": most,
        "levels": LEVELS, "time_limit_minutes": 120, "is_active": True,
    }  # fmt: skip
    shop.do(save_approval_policy, document=document | facts)


def person(shop: Shop, login: str, *roles: Role) -> Actor:
    """Somebody with these roles."""
    user = User(login=login, name=login.title())
    shop.session.add(user)
    shop.session.flush()
    shop.session.add_all(UserRole(user_id=user.id, role=role) for role in roles)
    shop.session.flush()
    return find_actor(shop.session, login)


def stand_in(shop: Shop, absent: Actor, delegate: Actor, *, days: int = 2) -> None:
    """Let the delegate decide in the other's place from today on."""
    today = shop.now.date()
    shop.session.add(
        Delegation(user_id=absent.id, delegate_id=delegate.id, first_day=today, last_day=today + timedelta(days=days))
    )
    shop.session.flush()


def acts(shop: Shop, actor: Actor, use_case: Callable[..., Any], **facts: Any) -> Any:
    """Let somebody act, and the watch follow as it does behind the door."""
    shop.now += timedelta(minutes=5)
    outcome = use_case(shop.session, actor=actor, now=shop.now, **facts)
    watch(shop, actor)
    return outcome


def watch(shop: Shop, actor: Actor | None = None) -> None:
    """Watch every order, as if each had just been changed."""
    ids = shop.session.scalars(text("SELECT id FROM orders")).all()
    watch_holds(shop.session, ids, actor=actor or shop.actor, now=shop.now)


def sweep(shop: Shop) -> Swept:
    """Let the system look for what time changed."""
    system = find_actor(shop.session, "system")
    return sweep_holds(shop.session, actor=system, now=shop.now)


def held(shop: Shop, number: str) -> dict[str, str]:
    """Causes of the order's open holds by kind."""
    return {hold.kind: hold.cause for hold in shop.card(number).holds}


def alerts(shop: Shop) -> list[str]:
    """What the open alerts say."""
    return list(shop.session.scalars(text("SELECT message FROM alerts WHERE closed_at IS NULL ORDER BY id")))


def discounted(shop: Shop, seller: Actor, percent: str, *, quantity: int = 10) -> str:
    """An order over 100.00 for each ten, with so many percent off its only line, and another line at full price."""
    for sku in ("MUG", "CUP"):
        if shop.session.query(Product).filter_by(sku=sku).one_or_none() is None:
            shop.stock(sku, 500)
    worth = Decimal(10) * quantity
    lines = [
        LineRequest("MUG", Decimal(quantity), Decimal(10), discount=worth * Decimal(percent) / 100),
        LineRequest("CUP", Decimal(1), Decimal(10)),
    ]
    customer = CustomerRef(name="Anna Kowalska", phone="+48 600 100 200")
    placed = acts(shop, seller, place_order, channel="desk", customer=customer, lines=lines)
    return placed.number


def requests(shop: Shop) -> list[tuple[str, Decimal, int]]:
    """State, measured value and level of every request, the oldest first."""
    rows = shop.session.execute(text("SELECT state, measured, level FROM approval_requests ORDER BY id"))
    return [(row.state, row.measured, row.level) for row in rows]


def newest(shop: Shop) -> int:
    return int(shop.session.scalar(text("SELECT max(id) FROM approval_requests")))


def decide(shop: Shop, actor: Actor, *, approve: bool = True, note: str = "") -> None:
    acts(shop, actor, decide_approval, request_id=newest(shop), approve=approve, note=note)
