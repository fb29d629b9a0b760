"""Promise risk: it knows nothing of the future, ranks better than the simple rules, and gives way where it does not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting.promise_risk import PromiseRisk
from forecasting.promise_risk_history import NEVER, Ledger
from forecasting.promise_risk_model import MODEL
from forecasting.promise_risk_rules import RULES, SERVING_RULES
from forecasting.promise_risk_scores import risk_scores

START = datetime(2025, 1, 1, tzinfo=UTC)
CUT = START + timedelta(days=200)
SLOW_SELLER, SLOW_PLACE = "s0", "d0"


def orders_of(count: int = 3_000, *, seed: int = 1, telling: bool = True) -> pl.DataFrame:
    """Orders over 250 days; one seller hands over late and one place is far, unless nothing is ``telling``."""
    random = np.random.default_rng(seed)
    placed = np.sort(random.uniform(0, 250, count))
    seller, place = random.integers(0, 8, count), random.integers(0, 6, count)
    handling = random.gamma(4, 0.25, count) + 4 * telling * (seller == 0)
    transit = random.gamma(6, 0.5, count) + 5 * telling * (place == 0)
    lost = random.random(count) < 0.02
    due = np.floor(placed) + random.integers(6, 13, count)
    return pl.DataFrame({
        "order_id": range(count),
        "placed_at": at_days(placed), "cleared_at": at_days(placed + 0.1),
        "handed_at": at_days(placed + 0.1 + handling), "delivered_at": at_days(placed + 0.1 + handling + transit),
        "cancelled_at": at_days(placed + 1.0), "due_at": at_days(due),
        "seller": [f"s{code}" for code in seller], "origin": [f"o{code % 2}" for code in seller],
        "destination": [f"d{code}" for code in place], "weight": random.gamma(2, 1, count),
    }).with_columns(
        cancelled_at=pl.when(pl.Series(lost)).then("cancelled_at"),
        handed_at=pl.when(~pl.Series(lost)).then("handed_at"),
        delivered_at=pl.when(~pl.Series(lost)).then("delivered_at"),
    )  # fmt: skip


def at_days(days: np.ndarray) -> pl.Series:
    return pl.Series([START + timedelta(seconds=int(day * 86_400)) for day in days])


def with_another_future(orders: pl.DataFrame, instant: datetime) -> pl.DataFrame:
    """Change every fact at or after the instant: what was to come never comes, and what is placed then is different."""
    stamps = ("cleared_at", "handed_at", "delivered_at")
    later = {name: pl.when(pl.col(name) < instant).then(name).otherwise(pl.lit(None)) for name in stamps}
    placed_later = pl.col("placed_at") >= instant
    return orders.with_columns(
        **later,
        cancelled_at=pl.when(pl.col("cancelled_at").is_null() | (pl.col("cancelled_at") >= instant))
        .then(pl.lit(instant) + pl.duration(hours=3))
        .otherwise("cancelled_at"),
        seller=pl.when(placed_later).then(pl.lit("s99")).otherwise("seller"),
        destination=pl.when(placed_later).then(pl.lit(SLOW_PLACE)).otherwise("destination"),
        weight=pl.when(placed_later).then(pl.lit(1e6)).otherwise("weight"),
    )


@pytest.fixture(scope="module")
def orders() -> pl.DataFrame:
    return orders_of()


@pytest.fixture(scope="module")
def risk(orders: pl.DataFrame) -> PromiseRisk:
    return PromiseRisk({"weight": "carrier"}).fit(orders, CUT)


def placed_after_the_cut(orders: pl.DataFrame) -> np.ndarray:
    return ((orders["placed_at"] >= CUT) & orders["cancelled_at"].is_null()).to_numpy()


def test_no_fact_after_the_instant_moves_a_score(orders: pl.DataFrame, risk: PromiseRisk) -> None:
    scored = risk.score(orders, CUT)
    assert scored.height > 20
    assert scored.equals(risk.score(with_another_future(orders, CUT), CUT))


def test_a_fact_before_the_instant_does_move_scores(orders: pl.DataFrame, risk: PromiseRisk) -> None:
    """Without this the test above would pass for scores that look at nothing."""
    changed = with_another_future(orders, CUT - timedelta(days=10))
    assert not risk.score(orders, CUT)["probability"].equals(risk.score(changed, CUT)["probability"])


@pytest.mark.full
def test_no_fact_after_the_cut_moves_what_is_learnt(orders: pl.DataFrame, risk: PromiseRisk) -> None:
    relearnt = PromiseRisk({"weight": "carrier"}).fit(with_another_future(orders, CUT), CUT)
    assert risk.score(orders, CUT).equals(relearnt.score(orders, CUT))


@pytest.mark.parametrize("milestone", ["placed", "cleared", "handed"])
def test_judging_looks_at_each_order_with_the_past_of_its_own_instant(
    orders: pl.DataFrame, risk: PromiseRisk, milestone: str
) -> None:
    reached = Ledger.of(orders, keys=[], numbers=[]).at_milestone(milestone)
    instant = CUT + timedelta(days=5)
    chosen = placed_after_the_cut(orders) & (reached < int(instant.timestamp()) - 1)
    judged = risk.at_milestone(orders, milestone, chosen)
    otherwise = risk.at_milestone(with_another_future(orders, instant), milestone, chosen)
    assert chosen.sum() > 5
    for name, probability in judged.items():
        # Sums over more orders are rounded otherwise in their fifteenth digit.
        np.testing.assert_allclose(probability, otherwise[name], rtol=1e-9, err_msg=name)


def test_it_ranks_and_is_calibrated_better_than_every_simple_rule(orders: pl.DataFrame, risk: PromiseRisk) -> None:
    chosen = placed_after_the_cut(orders)
    late = Ledger.of(orders, keys=[], numbers=[]).is_late[chosen]
    scores = {name: risk_scores(made, late) for name, made in risk.at_milestone(orders, "placed", chosen).items()}
    assert scores["served"]["auc_score"] > 0.8
    for rule in RULES:
        assert scores["served"]["auc_score"] > scores[rule]["auc_score"] + 0.05, rule
        assert scores["served"]["brier_loss"] < scores[rule]["brier_loss"], rule


def test_it_names_what_makes_the_order_late(orders: pl.DataFrame, risk: PromiseRisk) -> None:
    waiting = risk.score(orders, CUT).join(orders, on="order_id").filter(pl.col("milestone") != "handed")
    slow_seller = waiting.filter((pl.col("seller") == SLOW_SELLER) & (pl.col("destination") != SLOW_PLACE))
    assert slow_seller.select((pl.col("cause") == "handling").mean()).item() > 0.7
    way = risk.score(orders, CUT).join(orders, on="order_id").filter(pl.col("milestone") == "handed")
    far = way.filter((pl.col("destination") == SLOW_PLACE) & (pl.col("seller") != SLOW_SELLER))
    assert far.select((pl.col("cause") == "carrier").mean()).item() > 0.7


def test_an_overdue_order_has_missed_its_promise_for_certain(orders: pl.DataFrame, risk: PromiseRisk) -> None:
    overdue = risk.score(orders, CUT).join(orders, on="order_id").filter(pl.col("due_at") <= CUT)
    assert overdue.height
    assert overdue["probability"].to_list() == [1.0] * overdue.height


def test_only_open_orders_are_scored_each_once_in_its_stage(orders: pl.DataFrame, risk: PromiseRisk) -> None:
    is_open = (pl.col("placed_at") < CUT) & (pl.min_horizontal("delivered_at", "cancelled_at").fill_null(CUT) >= CUT)
    scored = risk.score(orders, CUT)
    assert sorted(scored["order_id"]) == sorted(orders.filter(is_open)["order_id"])
    handed = orders.filter(is_open & (pl.col("handed_at") < CUT))["order_id"]
    assert sorted(scored.filter(pl.col("milestone") == "handed")["order_id"]) == sorted(handed)


def test_a_simple_rule_serves_while_there_is_little_to_learn_from() -> None:
    few = orders_of(300)
    risk = PromiseRisk({"weight": "carrier"}).fit(few, CUT)
    assert {stage.served for stage in risk.stages.values()} <= set(SERVING_RULES)
    scored = risk.score(few, CUT)
    assert scored["probability"].is_between(0, 1).all()
    assert scored["cause"].is_null().all()


def test_a_simple_rule_serves_where_the_model_lost_its_trial(risk: PromiseRisk) -> None:
    for stage in risk.stages.values():
        able = {name: loss for name, loss in stage.trial.items() if name in {MODEL, *SERVING_RULES}}
        assert stage.served == min(able, key=able.__getitem__)
    noise = orders_of(2_500, telling=False)
    stages = PromiseRisk({}).fit(noise.select(pl.exclude("seller", "origin", "destination", "weight")), CUT).stages
    assert any(stage.served != MODEL for stage in stages.values())


def test_only_a_rule_that_ranks_orders_may_take_the_place_of_the_model(orders: pl.DataFrame) -> None:
    risk = PromiseRisk({"weight": "carrier"}).fit(orders, CUT)
    stage = risk.stages["handed"]
    assert stage.served == MODEL
    with pytest.raises(ValueError, match="does not rank"):
        stage.give_way("due_within_24_hours")
    stage.give_way("shortest_left")
    handed = risk.score(orders, CUT).filter(milestone="handed")
    assert set(handed["served"]) == {"shortest_left"}
    assert handed["cause"].is_null().all()


def test_an_order_without_a_promise_is_refused(orders: pl.DataFrame, risk: PromiseRisk) -> None:
    unpromised = orders.with_columns(due_at=pl.when(pl.col("order_id") > 0).then("due_at"))
    with pytest.raises(ValueError, match="due_at"):
        risk.score(unpromised, CUT)


def test_a_promise_is_known_to_be_missed_when_it_falls_due_and_kept_when_the_goods_arrive() -> None:
    stamps = pl.DataFrame({
        "placed_at": at_days(np.array([0.0, 0.0, 0.0])), "cleared_at": at_days(np.array([0.0, 0.0, 0.0])),
        "handed_at": at_days(np.array([1.0, 1.0, 1.0])), "delivered_at": at_days(np.array([3.0, 9.0, 4.0])),
        "cancelled_at": [None, None, START + timedelta(days=2)], "due_at": at_days(np.array([5.0, 5.0, 5.0])),
    }, schema_overrides={"cancelled_at": pl.Datetime("us", "UTC")})  # fmt: skip
    ledger = Ledger.of(stamps, keys=[], numbers=[])
    start = int(START.timestamp())
    assert ledger.is_late.tolist() == [False, True, False]
    assert ledger.known.tolist() == [start + 3 * 86_400, start + 5 * 86_400, NEVER]
