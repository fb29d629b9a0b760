"""Promise risk of a lived shop: published from the marts, blind to what came after, refused where nothing is known."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, select

from forecasting.promise_risk_causes import CAUSES
from forecasting.promise_risk_history import MILESTONES
from forecasting.promise_risk_model import MODEL
from forecasting.promise_risk_rules import RULES, SERVING_RULES
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.errors import Conflict
from oms_core.orders.desk_models import OrderRisk
from oms_core.orders.models import Order
from pipelines.jobs import refresh
from pipelines.promise_risk import RiskRun, keep_published, promised_orders, publish_judgement, publish_risks
from pipelines.simulation import simulate
from pipelines.store import Store
from tests.lasting_shops import LAST_DAY, MORNING_AFTER, LivedShop


@pytest.fixture(scope="module")
def run(lived_shop: LivedShop) -> RiskRun:
    return publish_risks(lived_shop.store)


def test_every_open_order_with_a_promise_has_a_probability(lived_shop: LivedShop, run: RiskRun) -> None:
    facts = lived_shop.store.frame("order_facts")
    is_expected = pl.col("is_open") & pl.col("first_promised_day").is_not_null() & pl.col("is_counted")
    is_expected &= pl.col("placed_at") < run.at
    scored = lived_shop.store.frame("promise_risk")
    assert run.orders == scored.height > 0
    assert set(scored["order_id"]) >= set(facts.filter(is_expected)["order_id"])
    assert scored["order_id"].is_unique().all()
    assert scored["probability"].is_between(0, 1).all()
    assert set(scored["cause"].drop_nulls()) <= set(CAUSES)


def test_what_is_overdue_has_missed_its_promise(lived_shop: LivedShop, run: RiskRun) -> None:
    orders = promised_orders(lived_shop.store)
    overdue = lived_shop.store.frame("promise_risk").join(orders, on="order_id").filter(pl.col("due_at") <= run.at)
    assert overdue["probability"].eq(1.0).all()


def test_what_is_published_stands_beside_the_open_orders(lived_shop: LivedShop, run: RiskRun) -> None:
    with lived_shop.sessions() as session:
        system = find_actor(session, "system")
    kept = keep_published(partial(door.run, lived_shop.sessions, system), lived_shop.store, now=MORNING_AFTER)
    with lived_shop.sessions() as session:
        told = {one.order_id: one for one in session.scalars(select(OrderRisk))}
        is_open = {row[0]: row[1] is None for row in session.execute(select(Order.id, Order.closed_at))}
    scored = lived_shop.store.frame("promise_risk").filter(pl.col("probability") < 1)
    rows = {row["order_id"]: row for row in scored.to_dicts() if is_open[row["order_id"]]}
    assert kept == len(told) == len(rows) > 0
    for order_id, one in told.items():
        assert float(one.probability) == pytest.approx(rows[order_id]["probability"], abs=0.0001)
        assert (one.cause, one.scored_at) == (rows[order_id]["cause"], MORNING_AFTER)


def test_the_trial_stands_beside_what_serves(lived_shop: LivedShop, run: RiskRun) -> None:
    trials = lived_shop.store.frame("promise_risk_trials")
    for (_milestone,), rows in trials.group_by("milestone"):
        assert rows["served"].sum() == 1
        best = rows.filter(pl.col("by").is_in([MODEL, *SERVING_RULES])).sort("brier_loss")["by"][0]
        assert (rows.filter("served")["by"].item() == MODEL) == (best == MODEL)
    assert trials.to_dicts() == run.stages


@pytest.mark.parametrize(
    ("judged_hours_later", "serves"), [(0, "shortest_left"), pytest.param(1, MODEL, marks=pytest.mark.full)]
)
def test_the_model_gives_way_to_the_rule_that_told_no_worse_of_late_once_that_is_known(
    lived_shop: LivedShop, run: RiskRun, tmp_path: Path, judged_hours_later: int, serves: str
) -> None:
    store, served = Store(str(tmp_path)), {one["milestone"]: one["by"] for one in run.stages if one["served"]}
    for name in ("order_facts", "order_lines", "status_intervals"):
        store.publish(name, lived_shop.store.frame(name))
    told = [(MODEL, 0.08), ("shortest_left", 0.08), ("stage_medians", 0.09), ("due_within_24_hours", 0.01)]
    lost = next(one for one, by in served.items() if by == MODEL)
    judged_at = run.at + timedelta(hours=judged_hours_later)
    rows = [{"milestone": lost, "by": by, "brier_loss": loss, "judged_at": judged_at} for by, loss in told]
    store.publish("promise_risk_judged", pl.DataFrame(rows))
    stages = publish_risks(store, at=run.at).stages
    assert {one["milestone"]: one["by"] for one in stages if one["served"]} == {**served, lost: serves}
    assert set(store.frame("promise_risk").filter(milestone=lost)["served"]) <= {serves}


@pytest.mark.full
def test_a_score_of_a_past_moment_is_not_moved_by_what_came_after(lived_shop: LivedShop, tmp_path: Path) -> None:
    then = lived_shop.store.fresh_to() - timedelta(days=20)
    kept = Store(str(tmp_path / "kept"))
    for name in ("order_facts", "order_lines", "status_intervals"):
        kept.publish(name, lived_shop.store.frame(name))
    publish_risks(kept, at=then)
    as_it_was = kept.frame("promise_risk")
    facts = kept.frame("order_facts")
    forgotten = {
        name: pl.when(pl.col(name) < then).then(name)
        for name in ("shipped_at", "delivered_at", "cancelled_at")
    }  # fmt: skip
    stays = kept.frame("status_intervals").filter(pl.col("entered_at") < then)
    another = Store(str(tmp_path / "another"))
    another.publish("order_facts", facts.filter(pl.col("placed_at") < then).with_columns(**forgotten))
    another.publish("order_lines", kept.frame("order_lines"))
    another.publish("status_intervals", stays)
    publish_risks(another, at=then)
    assert as_it_was.height > 0
    assert as_it_was.equals(another.frame("promise_risk"))


@pytest.mark.full
def test_on_orders_it_did_not_learn_from_it_loses_to_no_simple_rule(lived_shop: LivedShop) -> None:
    judged = publish_judgement(lived_shop.store)
    assert judged.equals(lived_shop.store.frame("promise_risk_judged"))
    bins = lived_shop.store.frame("promise_risk_reliability")
    assert set(judged["milestone"]) == set(bins["milestone"]) == set(MILESTONES)
    for (milestone,), rows in judged.group_by("milestone"):
        losses = dict(rows.select("by", "brier_loss").iter_rows())
        assert losses["served"] <= min(losses[rule] for rule in RULES) + 0.003, (milestone, losses)
        assert rows["is_serving"].sum() == 1
        own = bins.filter(pl.col("milestone") == milestone)
        assert own["orders"].sum() == rows["orders"][0]
        assert (own["actual"] * own["orders"]).sum() == pytest.approx(rows["share_late"][0] * rows["orders"][0])


def test_a_shop_without_promises_that_fell_due_is_refused(
    lasting_database: Callable[[], Engine], tmp_path: Path
) -> None:
    engine, store = lasting_database(), Store(str(tmp_path))
    with pytest.raises(Conflict, match="oms refresh"):
        publish_risks(store)
    with pytest.raises(Conflict, match="oms refresh"):
        publish_judgement(store)
    simulate(engine, until=LAST_DAY, days=3, orders_per_day=5)
    while store.fresh_to() is None:  # what others have not ended on the same server holds back what is settled
        refresh(engine, store)
    with pytest.raises(Conflict, match="fallen due"):
        publish_risks(store)
    with pytest.raises(Conflict, match="fallen due"):
        publish_judgement(store)
