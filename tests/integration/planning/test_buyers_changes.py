"""What buyers ordered in place of what was suggested is scored once its interval is over."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.access.permissions import Permission
from oms_core.db import make_sessions
from oms_core.errors import Forbidden
from oms_core.purchasing.ordering import Override, approve_proposals, reject_proposals
from oms_core.purchasing.proposals import Proposal, list_proposals
from pipelines.changed_orders import read_changes
from pipelines.integrity import check_all
from pipelines.replenishment import plan_replenishment
from pipelines.store import Store
from tests.lasting_shops import MORNING_AFTER, LivedShop

THEN = MORNING_AFTER - timedelta(days=60)
TODAY = MORNING_AFTER.date()


@pytest.fixture
def shop(lived_template: Path, lasting_database: Callable[..., Engine], tmp_path: Path) -> LivedShop:
    engine, marts = lasting_database(of=lived_template.parent.name), tmp_path / "marts"
    shutil.copytree(lived_template, marts)
    sessions = make_sessions(engine)
    with sessions() as session:
        actor = find_actor(session, "admin")
    return LivedShop(engine, sessions, Store(str(marts)), marts, actor)


def planned(shop: LivedShop, at: datetime) -> list[Proposal]:
    plan_replenishment(shop.sessions, shop.store, actor=shop.actor, now=at)
    return door.read(shop.sessions, shop.actor, list_proposals)


def approve(shop: LivedShop, at: datetime, one: Proposal, ordered: Decimal | None = None) -> None:
    own = {} if ordered is None else {one.id: Override(ordered, "a fair is coming")}
    door.run(shop.sessions, shop.actor, approve_proposals, at=at, currency="EUR", proposal_ids=[one.id], overrides=own)


def changes(shop: LivedShop, today: date = TODAY) -> dict[str, dict[str, Any]]:
    rows = door.read(shop.sessions, shop.actor, read_changes, store=shop.store, today=today)
    return {row["unique_id"]: row for row in rows.to_dicts()}


def name_of(one: Proposal) -> str:
    return f"{one.sku}@{one.warehouse}"


def wanted(shop: LivedShop, one: Proposal, first: date, after: date) -> Decimal:
    """What was asked for, line by line; what the customer took back was not."""
    lines = shop.store.frame("order_lines").filter(
        pl.col("is_counted"), pl.col("sku") == one.sku, pl.col("warehouse") == one.warehouse
    )
    return sum(
        (row["quantity"] - row["quantity_unwanted"] for row in lines.to_dicts() if first <= row["placed_day"] < after),
        Decimal(0),
    )


def test_a_change_is_scored_by_what_was_asked_for_when_its_interval_is_over(shop: LivedShop) -> None:
    cut, refused, kept = planned(shop, THEN)[:3]
    approve(shop, THEN, cut, cut.quantity - 1)
    door.run(shop.sessions, shop.actor, reject_proposals, at=THEN, proposal_ids=[refused.id], why="enough there")
    approve(shop, THEN, kept)

    told = changes(shop)
    assert set(told) == {name_of(cut), name_of(refused)}, "what was approved as it was is no change"
    for one, ordered, why in ((cut, cut.quantity - 1, "a fair is coming"), (refused, Decimal(0), "enough there")):
        row, context = told[name_of(one)], one.explanation["context"]
        days = int(context["lead_time_days"]) + int(context["review_period_days"])
        assert row["known_on"] == THEN.date() + timedelta(days=days)
        demand = wanted(shop, one, THEN.date(), row["known_on"])
        position = Decimal(context["inventory_position"]) - Decimal(one.explanation["terms"]["transfer"])
        left = position + one.quantity - demand, position + ordered - demand
        assert (row["suggested"], row["ordered"], row["demand"]) == (one.quantity, ordered, demand)
        assert (row["over_suggested"], row["over_ordered"]) == tuple(max(each, Decimal(0)) for each in left)
        assert (row["short_suggested"], row["short_ordered"]) == tuple(max(-each, Decimal(0)) for each in left)
        assert (row["why"], row["buyer"], row["sku"]) == (why, "Administrator", one.sku)
        assert row["unit_margin"] > 0
        assert row["saved"] == row["cost_suggested"] - row["cost_ordered"]
    with shop.sessions() as session:
        assert [finding for finding in check_all(session, shop.store) if finding.rows] == []


def test_what_is_not_over_has_its_day_and_is_known_from_then_on(shop: LivedShop) -> None:
    one = planned(shop, THEN)[0]
    approve(shop, THEN, one, one.quantity + 5)

    known_on = changes(shop)[name_of(one)]["known_on"]
    before, after = (changes(shop, day)[name_of(one)] for day in (known_on - timedelta(days=1), known_on))
    assert (before["known_on"], before["nearer"], before["demand"], before["saved"]) == (known_on, None, None, None)
    assert after["demand"] == wanted(shop, one, THEN.date(), known_on)
    assert after["nearer"] in {"ordered", "suggested", "equal"}


def test_what_was_rejected_and_bought_the_next_day_is_left_to_the_second_decision(shop: LivedShop) -> None:
    one = planned(shop, THEN)[0]
    door.run(shop.sessions, shop.actor, reject_proposals, at=THEN, proposal_ids=[one.id], why="too early")
    assert set(changes(shop)) == {name_of(one)}

    tomorrow = THEN + timedelta(days=1)
    again = next(each for each in planned(shop, tomorrow) if name_of(each) == name_of(one))
    approve(shop, tomorrow, again)

    assert changes(shop) == {}


def test_costs_are_for_those_who_may_see_them_and_changes_for_those_who_may_see_purchases(shop: LivedShop) -> None:
    one = planned(shop, THEN)[0]
    approve(shop, THEN, one, one.quantity + 5)

    def read_without(permission: Permission) -> pl.DataFrame:
        reader = replace(shop.actor, permissions=shop.actor.permissions - {permission})
        return door.read(shop.sessions, reader, read_changes, store=shop.store, today=TODAY)

    (row,) = read_without(Permission.COST_VIEW).to_dicts()
    assert row["nearer"] is not None
    assert {row[name] for name in ("unit_margin", "cost_suggested", "cost_ordered", "saved")} == {None}
    with pytest.raises(Forbidden):
        read_without(Permission.PURCHASE_VIEW)
