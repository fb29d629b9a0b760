"""Several buyers at one plan, and one delivery told twice."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from racing import race
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.errors import Conflict
from oms_core.integrity import check
from oms_core.purchasing.ordering import PurchaseLine, approve_proposals, place_purchase_order
from oms_core.purchasing.positions import list_positions
from oms_core.purchasing.proposals import count_purchase_orders, replace_undecided
from oms_core.purchasing.receiving import receive_purchase_order
from tests.building import NOON, a_product, levels

BUYERS = 6


@pytest.fixture
def act(fresh_sessions: sessionmaker[Session]) -> Callable[..., Any]:
    """A shop that sells ten products of one supplier, and its door."""
    with fresh_sessions.begin() as session:
        for number in range(10):
            a_product(session, f"SKU-{number}")
        session.execute(text("INSERT INTO suppliers (code, name) VALUES ('S1', 'S1')"))
        session.execute(
            text(
                "INSERT INTO supply_terms (supplier_id, product_id, unit_cost, lead_time_days)"
                " SELECT s.id, p.id, 4, 5 FROM suppliers s, products p"
            )
        )
        actor = find_actor(session, "admin")
    return partial(door.run, fresh_sessions, actor)


def a_plan(sessions: sessionmaker[Session]) -> dict[str, Any]:
    """What a run would write: ten of every product."""
    with sessions() as session:
        seen, positions = count_purchase_orders(session), list_positions(session)
    rows = [
        {
            "product_id": row["product_id"], "warehouse_id": row["warehouse_id"], "supplier_id": row["supplier_id"],
            "raw_quantity": Decimal(10), "quantity": Decimal(10), "unit_cost": row["unit_cost"],
            "order_by": date(2026, 1, 5), "expected_on": date(2026, 1, 10), "explanation": {},
        }
        for row in positions
    ]  # fmt: skip
    return {"as_of": NOON, "inputs_hash": "x", "purchase_orders_seen": seen, "rows": rows}


def proposal_ids(sessions: sessionmaker[Session]) -> list[int]:
    with sessions() as session:
        return list(session.scalars(text("SELECT id FROM replenishment_proposals WHERE decision = 'undecided'")))


def kinds(outcomes: list[Any]) -> list[str]:
    return sorted(type(outcome).__name__ if isinstance(outcome, Exception) else "done" for outcome in outcomes)


def test_of_many_buyers_who_approve_the_same_proposals_one_buys(fresh_sessions, act) -> None:
    act(replace_undecided, **a_plan(fresh_sessions))
    ids = proposal_ids(fresh_sessions)
    approve = [
        partial(act, approve_proposals, currency="EUR", proposal_ids=ids[turn:] + ids[:turn]) for turn in range(BUYERS)
    ]
    assert kinds(race(approve)) == ["Conflict"] * (BUYERS - 1) + ["done"]
    with fresh_sessions() as session:
        bought = session.execute(text("SELECT count(*), sum(quantity) FROM purchase_order_lines")).one()
    assert bought == (10, 100)


def test_a_delivery_told_by_many_at_once_comes_in_once(fresh_sessions, act) -> None:
    lines = [PurchaseLine(f"SKU-{number}", Decimal(10)) for number in range(3)]
    placed = act(place_purchase_order, currency="EUR", supplier="S1", warehouse="MAIN", lines=lines)
    receive = partial(act, receive_purchase_order, number=placed.number)
    assert kinds(race([receive] * BUYERS)) == ["Conflict"] * (BUYERS - 1) + ["done"]
    with fresh_sessions() as session:
        assert {on_hand for on_hand, _ in levels(session).values()} == {Decimal(10)}
        assert [finding.code for finding in check(session) if finding.rows] == []


def test_plans_made_at_once_leave_the_proposals_of_one(fresh_sessions, act) -> None:
    plans = [partial(act, replace_undecided, **a_plan(fresh_sessions)) for _ in range(BUYERS)]
    assert kinds(race(plans)) == ["done"] * BUYERS
    assert len(proposal_ids(fresh_sessions)) == 10


def test_a_plan_made_before_something_was_bought_does_not_propose_it_again(fresh_sessions, act) -> None:
    act(replace_undecided, **a_plan(fresh_sessions))
    made_before = a_plan(fresh_sessions)
    first, *rest = proposal_ids(fresh_sessions)
    act(approve_proposals, currency="EUR", proposal_ids=[first])

    with pytest.raises(Conflict) as refused:
        act(replace_undecided, **made_before)

    assert refused.value.code == "plan_outdated"
    assert proposal_ids(fresh_sessions) == rest
