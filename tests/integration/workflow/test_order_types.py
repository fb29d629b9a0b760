"""An order is of a type: it says so from the first, and goes its own way."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.errors import Conflict, Invalid
from oms_core.orders.progress import move_order
from oms_core.orders.queries import list_orders
from oms_core.workflow.definitions import list_next_steps, list_order_types
from oms_core.workflow.workflow_document import StatusPart, read_workflow, save_workflow
from tests.integration.orders.order_life import Shop

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def shop(session: Session, actor: Actor) -> Shop:
    return Shop(session, actor)


def test_an_order_is_a_sale_unless_it_says_otherwise(shop: Shop) -> None:
    mug = shop.stock("MUG", 9)
    assert shop.card(shop.order((mug, 1))).type == "sale"
    card = shop.card(shop.order((mug, 1), order_type="wholesale"))
    assert (card.type, card.type_name) == ("wholesale", "Wholesale")
    rows = list_orders(shop.session, now=shop.now, actor=shop.actor).rows
    assert [(row.type, row.type_name) for row in rows] == [("wholesale", "Wholesale"), ("sale", "Sale")]


@pytest.mark.parametrize("kind", ["rental", "", "x" * 21])
def test_an_order_of_an_unknown_type_is_refused(shop: Shop, kind: str) -> None:
    mug = shop.stock("MUG", 9)
    with pytest.raises(Invalid) as refused:
        shop.order((mug, 1), order_type=kind)
    assert [row["field"] for row in refused.value.rows] == ["order_type"]


def test_a_type_out_of_use_takes_no_orders_and_is_not_offered(shop: Shop, session: Session, actor: Actor) -> None:
    workflow = read_workflow(session)
    kinds = tuple(replace(kind, is_active=kind.code != "wholesale") for kind in workflow.order_types)
    save_workflow(session, actor=actor, now=NOW, document=replace(workflow, order_types=kinds))
    assert [kind.code for kind in list_order_types(session)] == ["sale", "replacement"]
    mug = shop.stock("MUG", 9)
    with pytest.raises(Invalid) as refused:
        shop.order((mug, 1), order_type="wholesale")
    assert refused.value.rows == [
        {"field": "order_type", "value": "wholesale", "message": "is no type of order in use"}
    ]


def test_the_same_request_with_another_type_is_another_request(shop: Shop) -> None:
    mug = shop.stock("MUG", 9)
    first = shop.order((mug, 1), external_ref="A-1")
    assert shop.order((mug, 1), external_ref="A-1") == first
    with pytest.raises(Conflict) as refused:
        shop.order((mug, 1), external_ref="A-1", order_type="wholesale")
    assert refused.value.code == "reference_reused"


def test_a_transition_for_one_type_is_none_for_the_others(shop: Shop, session: Session, actor: Actor) -> None:
    workflow = read_workflow(session)
    moves = tuple(
        replace(move, order_types=("wholesale", "replacement")) if move.code == "confirm → supply" else move
        for move in workflow.transitions
    )
    save_workflow(session, actor=actor, now=NOW, document=replace(workflow, transitions=moves))
    mug = shop.stock("MUG", 9)
    sale, wholesale = shop.order((mug, 1)), shop.order((mug, 1), order_type="wholesale")
    for number in (sale, wholesale):
        shop.do(move_order, number=number, to="confirm")
    with pytest.raises(Conflict) as refused:
        shop.do(move_order, number=sale, to="supply")
    assert (refused.value.code, refused.value.rows[0]["permitted"]) == ("not_permitted", ["pick"])
    assert shop.do(move_order, number=wholesale, to="supply").status == "supply"


def test_a_new_order_begins_in_the_first_status_of_its_group(shop: Shop, session: Session, actor: Actor) -> None:
    workflow = read_workflow(session)
    fresh = StatusPart(code="fresh", name="Fresh", client_name="Received", group="new", position=0)
    onwards = replace(workflow.transitions[0], from_status="fresh", to_status="new", order_types=None, needs=())
    document = replace(workflow, statuses=(*workflow.statuses, fresh), transitions=(*workflow.transitions, onwards))
    save_workflow(session, actor=actor, now=NOW, document=document)
    card = shop.card(shop.order((shop.stock("MUG", 9), 1)))
    assert (card.status, card.status_group, [stay.status for stay in card.stays]) == ("fresh", "new", ["fresh"])
    assert card.events[0].to_status == "fresh"
    assert shop.breaches() == {}


def test_the_next_step_is_that_of_the_order_s_type(session: Session, actor: Actor) -> None:
    workflow = read_workflow(session)
    moves = tuple(
        replace(move, order_types=("sale",)) if move.code == "confirm → pick" else move for move in workflow.transitions
    )
    save_workflow(session, actor=actor, now=NOW, document=replace(workflow, transitions=moves))
    steps = list_next_steps(session, actor=actor)
    assert (steps["confirm", "sale"].to, steps["confirm", "wholesale"].to) == ("pick", "supply")
