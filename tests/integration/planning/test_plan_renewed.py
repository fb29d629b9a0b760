"""A plan is made anew for who opens it once what it was made of is no longer so."""

import shutil
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.access.permissions import Permission
from oms_core.db import make_sessions
from oms_core.errors import Forbidden
from oms_core.purchasing.ordering import PurchaseLine, approve_proposals, place_purchase_order
from oms_core.purchasing.plan_models import ServiceMeasure
from oms_core.purchasing.plan_settings import ABC, XYZ, Target, set_service_targets
from oms_core.purchasing.proposals import Proposal, list_proposals, newest_plan
from pipelines.integrity import check_all
from pipelines.replenishment import plan_replenishment, recompute, renew_plan
from pipelines.store import Store
from tests.lasting_shops import MORNING_AFTER, LivedShop

LATER = MORNING_AFTER + timedelta(minutes=11)


@pytest.fixture
def shop(lived_template: Path, lasting_database: Callable[..., Engine], tmp_path: Path) -> LivedShop:
    engine, marts = lasting_database(of=lived_template.parent.name), tmp_path / "marts"
    shutil.copytree(lived_template, marts)
    sessions, store = make_sessions(engine), Store(str(marts))
    with sessions() as session:
        actor = find_actor(session, "admin")
    plan_replenishment(sessions, store, actor=actor, now=MORNING_AFTER)
    return LivedShop(engine, sessions, store, marts, actor)


def renewed(shop: LivedShop, now=LATER) -> bool:
    return renew_plan(shop.sessions, shop.store, reader=shop.actor, planner=shop.actor, now=now)


def proposals(shop: LivedShop) -> dict[tuple[str, str], Proposal]:
    return {(one.sku, one.warehouse): one for one in door.read(shop.sessions, shop.actor, list_proposals)}


def test_what_still_holds_is_left_as_it_is(shop: LivedShop):
    before = proposals(shop)

    assert not renewed(shop, MORNING_AFTER + timedelta(minutes=9))
    assert not renewed(shop)

    assert proposals(shop) == before


def test_what_was_bought_meanwhile_is_not_suggested_again_and_the_rest_keeps_its_place(shop: LivedShop):
    before = proposals(shop)
    once = [key for key, count in Counter(sku for sku, _ in before).items() if count == 1]  # no transfer is freed
    decided, bought = [key for key in before if key[0] in once][:2]
    door.run(shop.sessions, shop.actor, approve_proposals, at=LATER, currency="EUR", proposal_ids=[before[decided].id])
    door.run(
        shop.sessions, shop.actor, place_purchase_order, at=LATER, currency="EUR", supplier=before[bought].supplier,
        warehouse=bought[1], lines=[PurchaseLine(bought[0], before[bought].quantity)],
    )  # fmt: skip

    assert renewed(shop)

    after = proposals(shop)
    assert set(before) - set(after) == {decided, bought}
    assert {key: one.id for key, one in after.items()} == {key: before[key].id for key in after}
    assert {one.as_of for one in after.values()} == {LATER}
    with shop.sessions() as session:
        assert [finding for finding in check_all(session, shop.store) if finding.rows] == []


def test_another_service_changes_quantities_and_their_reasons(shop: LivedShop):
    before = proposals(shop)
    targets = {(abc, xyz): Target(ServiceMeasure.RATIO, Decimal("0.5")) for abc in ABC for xyz in XYZ}
    door.run(shop.sessions, shop.actor, set_service_targets, at=LATER, targets=targets, budget=None)

    assert renewed(shop)

    after = proposals(shop)
    assert sum(one.quantity for one in after.values()) < sum(one.quantity for one in before.values())
    for one in after.values():
        context = one.explanation["context"]
        assert (context["measure"], context["level"]) == ("critical_ratio", "0.5")
        assert Decimal(context["target_service"]) <= Decimal("0.5")
        assert recompute(one.explanation) == one.quantity


def test_two_who_open_it_at_once_get_one_plan(shop: LivedShop):
    tomorrow = MORNING_AFTER + timedelta(days=1)
    with ThreadPoolExecutor(2) as both:
        made = list(both.map(lambda _who: renewed(shop, tomorrow), range(2)))

    assert sorted(made) == [False, True]
    assert door.read(shop.sessions, shop.actor, newest_plan).as_of == tomorrow


def test_who_may_not_see_purchases_starts_no_plan(shop: LivedShop):
    stranger = replace(shop.actor, permissions=frozenset({Permission.ORDER_VIEW}))
    with pytest.raises(Forbidden):
        renew_plan(shop.sessions, shop.store, reader=stranger, planner=shop.actor, now=LATER)
