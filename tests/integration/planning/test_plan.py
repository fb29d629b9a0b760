"""From the orders of a lived shop to forecasts, proposals and purchase orders."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from sqlalchemy import Engine

from forecasting.metrics import quantile_columns
from oms_core import door
from oms_core.errors import Conflict
from oms_core.purchasing.ordering import approve_proposals
from oms_core.purchasing.plan_models import ServiceMeasure
from oms_core.purchasing.plan_settings import ABC, XYZ, Target, set_service_targets, set_supplier_terms
from oms_core.purchasing.proposals import Proposal, list_proposals
from oms_core.purchasing.putting_off import snooze_proposals
from pipelines.demand_forecast import publish_forecasts
from pipelines.integrity import check_quantiles
from pipelines.jobs import refresh
from pipelines.plan_curve import CURVE
from pipelines.replenishment import plan_replenishment, recompute
from pipelines.simulation import simulate
from pipelines.store import Store
from tests.lasting_shops import LAST_DAY, MORNING_AFTER, LivedShop

NOW = MORNING_AFTER


def test_every_series_has_a_forecast_for_each_week_ahead(lived_shop: LivedShop) -> None:
    forecasts, history = lived_shop.store.frame("forecasts"), lived_shop.store.frame("forecast_history")

    counted = forecasts.group_by("unique_id").len()
    assert set(counted["unique_id"]) == set(history["unique_id"])
    assert set(counted["len"]) == {6}  # a third of twenty weeks
    assert forecasts["ds"].min() > history["ds"].max()


def test_quantiles_do_not_cross_and_are_not_negative(lived_shop: LivedShop) -> None:
    assert check_quantiles(lived_shop.store).rows == 0
    sums = lived_shop.store.frame("forecast_sums")
    assert sums.select(pl.min_horizontal(list(quantile_columns(sums)))).min().item() >= 0


def test_seasonal_naive_stands_beside_what_served(lived_shop: LivedShop) -> None:
    scores = lived_shop.store.frame("forecast_scores").filter(pl.col("series_class") == "all")
    ours, naive = (scores.filter(pl.col("model") == name)["wape"].item() for name in ("served", "seasonal_naive"))
    assert ours <= naive


def test_the_terms_of_every_proposal_sum_to_its_quantity(lived_shop: LivedShop) -> None:
    plan = plan_replenishment(lived_shop.sessions, lived_shop.store, actor=lived_shop.actor, now=NOW)
    with lived_shop.sessions() as session:
        proposals = list_proposals(session, actor=lived_shop.actor)

    assert plan.proposals == len(proposals) > 0
    assert plan.suppliers == len({proposal.supplier for proposal in proposals})
    assert plan.value == sum(proposal.value or 0 for proposal in proposals)
    for proposal in proposals:
        terms, context = proposal.explanation["terms"], proposal.explanation["context"]
        assert sum(map(Decimal, terms.values())) == proposal.quantity
        assert proposal.quantity % Decimal(context["pack_size"]) == 0
        assert proposal.quantity >= Decimal(context["minimum_order_quantity"])
        assert Decimal(context["order_up_to"]) - Decimal(context["inventory_position"]) == proposal.raw_quantity
        assert recompute(proposal.explanation) == proposal.quantity


def test_more_service_costs_more_stock_and_loses_less_margin(lived_shop: LivedShop) -> None:
    curve = lived_shop.store.frame(CURVE)

    assert curve["level"].is_sorted()
    assert curve["stock_value"].is_sorted()
    assert curve["order_value"].is_sorted()
    assert curve["lost_margin"].is_sorted(descending=True)
    assert curve["lost_margin"][0] > curve["lost_margin"][-1]


def test_what_is_asked_of_the_plan_moves_it_and_the_sums_hold(lived_shop: LivedShop) -> None:
    def planned(
        budget: Decimal | None, target: Target | None, minimum: Decimal | None
    ) -> dict[tuple[str, str], Proposal]:
        door.run(
            lived_shop.sessions, lived_shop.actor, set_service_targets, at=NOW, budget=budget,
            targets={(abc, xyz): target for abc in ABC for xyz in XYZ} if target else {},
        )  # fmt: skip
        for supplier in suppliers:
            door.run(
                lived_shop.sessions, lived_shop.actor, set_supplier_terms, at=NOW, supplier=supplier,
                minimum_order_value=minimum, closures=[],
            )  # fmt: skip
        plan_replenishment(lived_shop.sessions, lived_shop.store, actor=lived_shop.actor, now=NOW)
        with lived_shop.sessions() as session:
            rows = list_proposals(session, actor=lived_shop.actor)
        for row in rows:
            assert sum(map(Decimal, row.explanation["terms"].values())) == recompute(row.explanation) == row.quantity
        return {(row.sku, row.warehouse): row for row in rows}

    with lived_shop.sessions() as session:
        suppliers = {one.supplier for one in list_proposals(session, actor=lived_shop.actor)}
    usual = planned(None, None, None)
    spent = sum((row.value or Decimal(0) for row in usual.values()), Decimal(0))
    worth: Counter[tuple[str, str]] = Counter()
    for row in usual.values():
        worth[row.supplier, row.warehouse] += row.value or 0
    try:
        low = planned(None, Target(ServiceMeasure.CYCLE, Decimal("0.6")), None)
        filled = planned(None, Target(ServiceMeasure.FILL, Decimal("0.99")), None)
        half = planned(spent / 2, None, None)
        joint = planned(None, None, max(worth.values()) + 5)
    finally:
        again = planned(None, None, None)
    assert sum(row.quantity for row in low.values()) < sum(row.quantity for row in usual.values())
    assert filled.keys() & usual.keys()
    assert 0 < sum(row.value or 0 for row in half.values()) <= spent / 2
    assert any(Decimal(row.explanation["terms"]["joint_order"]) > 0 for row in joint.values())
    assert {key: row.quantity for key, row in again.items()} == {key: row.quantity for key, row in usual.items()}


def test_what_is_put_off_is_not_seen_until_its_day(lived_shop: LivedShop) -> None:
    def seen(now: datetime) -> set[tuple[str, str]]:
        plan_replenishment(lived_shop.sessions, lived_shop.store, actor=lived_shop.actor, now=now)
        with lived_shop.sessions() as session:
            return {(one.sku, one.warehouse) for one in list_proposals(session, actor=lived_shop.actor)}

    before = seen(NOW)
    with lived_shop.sessions() as session:
        rows = list_proposals(session, actor=lived_shop.actor)
    # What another place can spare goes to the neediest: a place put off would claim it when that one was bought for.
    shared = {one.sku for one in rows if one.explanation["context"]["transfer_from"]}
    first = next(one for one in rows if one.sku not in shared)
    until = NOW.date() + timedelta(days=3)
    door.run(
        lived_shop.sessions,
        lived_shop.actor,
        snooze_proposals,
        at=NOW,
        proposal_ids=[first.id],
        until=until,
        why="fair",
    )

    assert before - seen(NOW + timedelta(days=2)) >= {(first.sku, first.warehouse)}
    assert (first.sku, first.warehouse) in seen(NOW + timedelta(days=3))
    seen(NOW)


def test_what_was_bought_is_not_proposed_again(lived_shop: LivedShop) -> None:
    plan_replenishment(lived_shop.sessions, lived_shop.store, actor=lived_shop.actor, now=NOW)
    with lived_shop.sessions() as session:
        before = list_proposals(session, actor=lived_shop.actor)
    chosen = [proposal.id for proposal in before if proposal.supplier == before[0].supplier]
    door.run(lived_shop.sessions, lived_shop.actor, approve_proposals, at=NOW, currency="EUR", proposal_ids=chosen)

    plan_replenishment(lived_shop.sessions, lived_shop.store, actor=lived_shop.actor, now=NOW)

    with lived_shop.sessions() as session:
        after = {(proposal.sku, proposal.warehouse) for proposal in list_proposals(session, actor=lived_shop.actor)}
    bought = {(proposal.sku, proposal.warehouse) for proposal in before if proposal.id in chosen}
    kept = {(proposal.sku, proposal.warehouse) for proposal in before if proposal.id not in chosen}
    assert (after & bought, after) == (set(), kept)


def test_a_plan_without_a_forecast_says_what_to_do(lived_shop: LivedShop, tmp_path: object) -> None:
    with pytest.raises(Conflict, match="oms forecast run"):
        plan_replenishment(lived_shop.sessions, Store(f"{tmp_path}/marts"), actor=lived_shop.actor, now=NOW)


def test_a_forecast_of_too_few_weeks_is_refused(
    lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine, store = lasting_database(), Store(str(tmp_path_factory.mktemp("young") / "marts"))
    simulate(engine, until=LAST_DAY, days=10, orders_per_day=5)
    refresh(engine, store)
    with pytest.raises(Conflict, match="8 weeks"):
        publish_forecasts(store, now=NOW)


def test_products_categories_and_the_shop_tell_one_truth(lived_shop: LivedShop) -> None:
    store = lived_shop.store
    levels, places = store.frame("forecast_levels"), store.frame("forecasts")
    whole = places.group_by("ds").agg(pl.col("mean").sum()).sort("ds")

    for level in ("category", "shop"):
        told = levels.filter(level=level).group_by("ds").agg(pl.col("mean").sum()).sort("ds")
        assert told["ds"].to_list() == whole["ds"].to_list()
        assert told["mean"].to_list() == pytest.approx(whole["mean"].to_list())
    assert levels.filter(level="category")["node"].n_unique() > 3
    sums = store.frame("forecast_sums").filter(pl.col("horizon") == pl.col("horizon").max())
    assert sums["mean"].sum() == pytest.approx(whole["mean"].sum())


def test_what_the_shop_was_told_before_is_not_biased(lived_shop: LivedShop) -> None:
    told = lived_shop.store.frame("forecast_trials").filter(pl.col("model") == "served")
    assert abs(told["mean"].sum() / told["demand"].sum() - 1) < 0.15
