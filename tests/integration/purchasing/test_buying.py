"""From proposals to purchase orders to goods: nothing decided twice, waiting lines served first."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.integrity import check
from oms_core.purchasing.models import PurchaseOrderState
from oms_core.purchasing.ordering import (
    Override,
    PurchaseLine,
    approve_proposals,
    place_purchase_order,
    reject_proposals,
)
from oms_core.purchasing.positions import list_on_order, list_positions
from oms_core.purchasing.proposals import count_purchase_orders, list_proposals, replace_undecided
from oms_core.purchasing.receiving import ReceivedQuantity, receive_purchase_order
from tests.building import NOON, a_product, a_stocked_product, a_warehouse, an_order, levels


def a_supplier(session: Session, code: str, *skus: str, unit_cost: str = "4.00", lead_time_days: int = 5) -> int:
    supplier_id: int = session.execute(
        text("INSERT INTO suppliers (code, name) VALUES (:code, :code) RETURNING id"), {"code": code}
    ).scalar_one()
    session.execute(
        text(
            "INSERT INTO supply_terms (supplier_id, product_id, unit_cost, minimum_order_quantity, pack_size,"
            " lead_time_days) SELECT :supplier, id, :cost, 10, 5, :days FROM products WHERE sku = ANY(:skus)"
        ),
        {"supplier": supplier_id, "cost": Decimal(unit_cost), "days": lead_time_days, "skus": list(skus)},
    )
    return supplier_id


def a_plan(session: Session, actor: Actor) -> list[int]:
    """Propose 10 of every position; returns the proposals' ids in the order listed."""
    rows = [
        {
            "product_id": row["product_id"], "warehouse_id": row["warehouse_id"], "supplier_id": row["supplier_id"],
            "raw_quantity": Decimal(7), "quantity": Decimal(10), "unit_cost": row["unit_cost"],
            "order_by": date(2026, 1, 5), "expected_on": date(2026, 1, 10),
            "explanation": {"terms": {"expected_demand": "7", "pack_rounding": "3"}, "context": {}},
        }
        for row in list_positions(session)
    ]  # fmt: skip
    facts: dict[str, Any] = {"as_of": NOON, "inputs_hash": "x", "purchase_orders_seen": count_purchase_orders(session)}
    replace_undecided(session, actor=actor, now=NOON, rows=rows, **facts)
    return [proposal.id for proposal in list_proposals(session, actor=actor)]


def broken(session: Session) -> dict[str, int]:
    session.flush()
    return {finding.code: finding.rows for finding in check(session) if finding.rows}


def test_approval_makes_one_purchase_order_per_supplier_and_warehouse(session: Session, actor: Actor) -> None:
    for sku in ("A", "B", "C"):
        a_product(session, sku)
    a_warehouse(session, "NORTH")
    a_supplier(session, "S1", "A", "B")
    a_supplier(session, "S2", "C")

    placed = approve_proposals(session, actor=actor, now=NOON, currency="EUR", proposal_ids=a_plan(session, actor))

    made = sorted((order.supplier, order.warehouse, order.line_count, order.value) for order in placed)
    assert made == [
        ("S1", "MAIN", 2, Decimal("80.00")), ("S1", "NORTH", 2, Decimal("80.00")),
        ("S2", "MAIN", 1, Decimal("40.00")), ("S2", "NORTH", 1, Decimal("40.00")),
    ]  # fmt: skip
    assert list_proposals(session, actor=actor) == []
    assert sum(row["open_quantity"] for row in list_on_order(session)) == 60


def test_a_proposal_is_decided_once(session: Session, actor: Actor) -> None:
    a_product(session, "A")
    a_supplier(session, "S1", "A")
    ids = a_plan(session, actor)
    approve_proposals(session, actor=actor, now=NOON, currency="EUR", proposal_ids=ids)

    with pytest.raises(Conflict) as refused:
        approve_proposals(session, actor=actor, now=NOON, currency="EUR", proposal_ids=[*ids, 999_999])

    assert {row["proposal"] for row in refused.value.rows} == {*ids, 999_999}


def test_a_changed_quantity_is_bought_and_its_reason_kept(session: Session, actor: Actor) -> None:
    a_product(session, "A")
    a_supplier(session, "S1", "A")
    [proposal_id] = a_plan(session, actor)

    change = {proposal_id: Override(Decimal(25), "trade fair")}
    approve_proposals(session, actor=actor, now=NOON, currency="EUR", proposal_ids=[proposal_id], overrides=change)

    [row] = list_on_order(session)
    kept = session.execute(text("SELECT override_quantity, why, decision FROM replenishment_proposals")).one()
    assert row["open_quantity"] == 25
    assert kept == (Decimal("25.000"), "trade fair", "approved")


@pytest.mark.parametrize(
    "override",
    [Override(Decimal(quantity), "none") for quantity in ("0", "NaN", "0.0001")] + [Override(Decimal(5), " ")],
)
def test_a_changed_quantity_must_be_above_zero_and_say_why(session: Session, actor: Actor, override: Override) -> None:
    with pytest.raises(Invalid):
        approve_proposals(session, actor=actor, now=NOON, currency="EUR", proposal_ids=[], overrides={1: override})


def test_a_new_run_replaces_the_undecided_and_keeps_the_decided(session: Session, actor: Actor) -> None:
    for sku in ("A", "B"):
        a_product(session, sku)
    a_supplier(session, "S1", "A", "B")
    first, _second = a_plan(session, actor)
    reject_proposals(session, actor=actor, now=NOON, proposal_ids=[first], why="discontinued")

    a_plan(session, actor)

    counted = session.execute(text("SELECT decision, count(*) FROM replenishment_proposals GROUP BY 1")).all()
    assert dict(counted) == {"rejected": 1, "undecided": 2}


def test_rejecting_needs_a_reason(session: Session, actor: Actor) -> None:
    with pytest.raises(Invalid):
        reject_proposals(session, actor=actor, now=NOON, proposal_ids=[1], why="  ")


def test_a_receipt_serves_waiting_orders_first(session: Session, actor: Actor) -> None:
    a_stocked_product(session, "A", 2)
    a_supplier(session, "S1", "A")
    an_order(session, {"A": 6})
    placed = place_purchase_order(
        session, actor=actor, now=NOON, currency="EUR", supplier="S1", warehouse="MAIN",
        lines=[PurchaseLine("A", Decimal(10))],
    )  # fmt: skip

    part = receive_purchase_order(
        session, actor=actor, now=NOON, number=placed.number, lines=[ReceivedQuantity(1, Decimal(3))]
    )
    assert part.state is PurchaseOrderState.ORDERED
    assert levels(session)["MAIN", "A"] == (Decimal(5), Decimal(5))

    rest = receive_purchase_order(session, actor=actor, now=NOON, number=placed.number)
    assert rest.state is PurchaseOrderState.CLOSED
    assert levels(session)["MAIN", "A"] == (Decimal(12), Decimal(6))
    assert list_on_order(session) == []
    assert broken(session) == {}


def test_more_than_is_open_cannot_be_received(session: Session, actor: Actor) -> None:
    a_product(session, "A")
    a_supplier(session, "S1", "A")
    lines = [PurchaseLine("A", Decimal(10))]
    facts: dict[str, Any] = {"actor": actor, "now": NOON}
    placed = place_purchase_order(session, **facts, currency="EUR", supplier="S1", warehouse="MAIN", lines=lines)

    with pytest.raises(Invalid) as refused:
        receive_purchase_order(session, **facts, number=placed.number, lines=[ReceivedQuantity(1, Decimal(11))])

    assert refused.value.rows[0]["field"] == "lines[0].quantity"
    with pytest.raises(Invalid) as refused:
        receive_purchase_order(session, **facts, number=placed.number, lines=[ReceivedQuantity(1, Decimal(6))] * 2)
    assert refused.value.rows[0]["field"] == "lines[1].quantity"
    receive_purchase_order(session, **facts, number=placed.number)
    with pytest.raises(Conflict):
        receive_purchase_order(session, **facts, number=placed.number)


def test_a_line_received_in_two_entries_comes_in_with_their_sum(session: Session, actor: Actor) -> None:
    a_product(session, "A")
    a_supplier(session, "S1", "A")
    lines = [PurchaseLine("A", Decimal(10))]
    facts: dict[str, Any] = {"actor": actor, "now": NOON}
    placed = place_purchase_order(session, **facts, currency="EUR", supplier="S1", warehouse="MAIN", lines=lines)

    receive_purchase_order(
        session, **facts, number=placed.number, lines=[ReceivedQuantity(1, Decimal(3)), ReceivedQuantity(1, Decimal(4))]
    )

    assert levels(session)["MAIN", "A"] == (Decimal(7), Decimal(0))
    assert [row["open_quantity"] for row in list_on_order(session)] == [Decimal(3)]
    assert broken(session) == {}


def test_a_purchase_order_names_each_field_at_fault(session: Session, actor: Actor) -> None:
    a_product(session, "A")
    a_supplier(session, "S1", "A")
    facts: dict[str, Any] = {"actor": actor, "now": NOON, "currency": "EUR", "warehouse": "MAIN"}
    lines = [PurchaseLine("A", Decimal(0)), PurchaseLine("NONE", Decimal(1))]

    with pytest.raises(Invalid) as refused:
        place_purchase_order(session, **facts, supplier="S1", lines=lines)
    assert [row["field"] for row in refused.value.rows] == ["lines[0].quantity", "lines[1].sku"]

    with pytest.raises(NotFound):
        place_purchase_order(session, **facts, supplier="S9", lines=lines[:1])


def test_a_position_counts_what_is_promised_waited_for_and_on_its_way(session: Session, actor: Actor) -> None:
    a_stocked_product(session, "A", 5)
    a_supplier(session, "S1", "A")
    an_order(session, {"A": 3})
    an_order(session, {"A": 4})
    place_purchase_order(
        session, actor=actor, now=NOON, currency="EUR", supplier="S1", warehouse="MAIN",
        lines=[PurchaseLine("A", Decimal(20))],
    )  # fmt: skip

    [row] = list_positions(session)

    found = {name: row[name] for name in ("on_hand", "reserved", "on_order", "backordered")}
    assert found == {"on_hand": 5, "reserved": 5, "on_order": 20, "backordered": 2}
    assert (row["lead_time_days"], row["minimum_order_quantity"], row["pack_size"]) == (5, 10, 5)
