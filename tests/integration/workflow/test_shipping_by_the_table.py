"""Shipping and delivering move an order only where the table lets the person, and to the status it names."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Role
from oms_core.errors import Conflict, Forbidden
from oms_core.orders.fulfilment import LineQuantity, deliver_order, ship_order
from oms_core.orders.progress import move_order
from oms_core.workflow.workflow_document import StatusPart, TransitionPart, read_workflow, save_workflow
from tests.integration.orders.order_life import Shop

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LABELLED = StatusPart(code="labelled", name="Labelled", client_name="Ready", group="ship", position=5)
EN_ROUTE = StatusPart(code="en_route", name="En route", client_name="On its way", group="deliver", position=6)


@pytest.fixture
def shop(session: Session, actor: Actor) -> Shop:
    """Goods leave from ``labelled`` alone, for ``en_route``; only a courier says that they arrived."""
    workflow = read_workflow(session)
    moves = [one for one in workflow.transitions if one.code not in {"ship → deliver", "deliver → done"}]
    ways = (("ship", "labelled", "admin"), ("labelled", "en_route", "admin"), ("en_route", "done", "courier"),
            ("deliver", "done", "courier"))  # fmt: skip
    moves += [TransitionPart(from_status=a, to_status=b, label="Go", position=1, roles=(role,)) for a, b, role in ways]
    document = replace(workflow, statuses=(*workflow.statuses, LABELLED, EN_ROUTE), transitions=tuple(moves))
    save_workflow(session, actor=actor, now=NOW, document=document)
    return Shop(session, actor)


def test_goods_leave_only_from_where_the_table_lets_them(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 9), 2), upto="ship")
    with pytest.raises(Conflict) as refused, shop.session.begin_nested():
        shop.do(ship_order, number=number)
    assert refused.value.code == "not_permitted"
    assert shop.level("MUG") == (Decimal(9), Decimal(2))
    shop.do(move_order, number=number, to="labelled")
    assert shop.do(ship_order, number=number).state.status == "en_route"
    assert shop.level("MUG") == (Decimal(7), Decimal(0))
    assert shop.breaches() == {}


def test_a_part_may_leave_from_any_status_of_the_stage(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 9), 2), upto="ship")
    assert shop.do(ship_order, number=number, lines=[LineQuantity(1, Decimal(1))]).state.status == "ship"


def test_a_move_within_delivery_ships_nothing_again(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 9), 2), upto="ship")
    shop.do(move_order, number=number, to="labelled")
    shop.do(move_order, number=number, to="en_route")
    assert len(shop.card(number).shipments) == 1


def test_only_whose_move_it_is_says_that_goods_arrived(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 9), 1), upto="ship")
    for step in ("labelled", "en_route"):
        shop.do(move_order, number=number, to=step)
    with pytest.raises(Forbidden) as refused:
        shop.do(deliver_order, number=number)
    assert (refused.value.code, refused.value.rows[0]["roles"]) == ("not_your_move", ["courier"])
    shop.actor = replace(shop.actor, roles=frozenset({Role.COURIER}))
    assert shop.do(deliver_order, number=number).status == "done"
    assert all(shipment.delivered_at for shipment in shop.card(number).shipments)
