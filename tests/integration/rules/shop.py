"""A shop with goods and people, for rules to watch."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role, User, UserRole
from oms_core.workflow.rule_library import rule_library
from oms_core.workflow.validation import RuleView, save_rule
from tests.building import NOON, a_stocked_product

CUSTOMER = {
    "name": "Ada Lovelace", "phone": "+48 600 100 200", "email": "ada@shop.example", "region": "Kraków",
    "address": "12 Long Street, Kraków",
}  # fmt: skip
SOUND = {
    "code": "sound", "name": "A rule", "message": "This may not be.", "field": "lines", "severity": "refuse",
    "expression": "false", "is_active": True,
}  # fmt: skip


def a_rule(session: Session, **differs: Any) -> RuleView:
    """Save a rule by the administrator, switched on unless said otherwise."""
    return save_rule(session, actor=find_actor(session, "admin"), now=NOON, document=SOUND | differs)


def switched_on(session: Session, *codes: str) -> None:
    """Switch rules of the library on."""
    for rule in rule_library():
        if rule.code in codes:
            a_rule(session, **rule.document)


def a_person(session: Session, login: str, role: Role) -> Actor:
    """Add somebody who works here."""
    user = User(login=login, name=login.title())
    session.add(user)
    session.flush()
    session.add(UserRole(user_id=user.id, role=role))
    session.flush()
    return find_actor(session, login)


def with_goods(session: Session) -> None:
    """Put mugs and lamps on the shelf, with what a mug costs us."""
    a_stocked_product(session, "MUG", 100)
    a_stocked_product(session, "LAMP", 5, price="40.00")
    session.execute(text("INSERT INTO suppliers (code, name) VALUES ('S', 'S')"))
    session.execute(
        text(
            "INSERT INTO supply_terms (supplier_id, product_id, unit_cost)"
            " SELECT s.id, p.id, 6 FROM suppliers s, products p WHERE s.code = 'S' AND p.sku = 'MUG'"
        )
    )


def told(session: Session, number: str) -> list[str]:
    """The kinds of an order's events."""
    rows = session.execute(
        text("SELECT e.kind FROM order_events e JOIN orders o ON o.id = e.order_id WHERE o.number = :n ORDER BY e.id"),
        {"n": number},
    )
    return list(rows.scalars())
