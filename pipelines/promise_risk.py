"""Promise risk of the shop: marts → orders as they went → probabilities and causes of the open ones, published."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from forecasting.promise_risk import PromiseRisk
from forecasting.promise_risk_history import NEVER, Ledger
from forecasting.promise_risk_model import MODEL
from forecasting.promise_risk_rules import SERVING_RULES
from forecasting.promise_risk_scores import reliability, risk_scores
from oms_core.errors import Conflict
from oms_core.orders.risk import KEPT_AT_ONCE, Score, forget_risks, keep_risks
from pipelines.store import Store

Run = Callable[..., int]

FACTS = {
    "lines": "handling", "units": "handling", "total": "handling", "shipping": "carrier",
    "share_reserved": "stock", "share_direct": "supply",
}  # fmt: skip
"""Numbers known when an order was placed, and the cause that each speaks of."""

WORK_BEGINS = ("supply", "pick", "ship", "deliver")
"""Groups that an order enters once it is confirmed and, where that is asked for, paid."""

FEWEST_OUTCOMES = 100
JUDGED = timedelta(days=35)
"""Orders placed this long ago and later judge a model that has not seen them."""


@dataclass(frozen=True)
class RiskRun:
    """What a run published: open orders scored, what serves in each stage, and how each did in its trial (Brier)."""

    orders: int
    at: datetime
    seconds: float
    stages: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Shape of `oms risk run --json`."""
        return {"orders": self.orders, "at": self.at, "seconds": self.seconds, "stages": self.stages}


def publish_risks(store: Store, *, at: datetime | None = None, seed: int = 0) -> RiskRun:
    """Learn from what had happened before ``at`` and publish ``promise_risk`` and ``promise_risk_trials``.

    The model serves where it won its trial and told better than every simple rule in the newest judgement. ``at`` is
    the newest event in the marts unless given. ``promise_risk``: a row per order open then, with its
    milestone, probability, cause, points by cause and what served. Raises Conflict where fewer than a hundred
    promises have been kept or missed by then: nothing honest can be said.
    """
    began = time.perf_counter()
    instant = at or store.fresh_to()
    if instant is None:
        raise Conflict("There are no marts to learn from: run `oms refresh` first.")
    orders = promised_orders(store)
    if orders.filter((pl.col("due_at") < instant) & pl.col("cancelled_at").is_null()).height < FEWEST_OUTCOMES:
        raise Conflict(f"The risk of a promise is learnt from {FEWEST_OUTCOMES} promises that have fallen due.")
    risk = PromiseRisk(FACTS, seed=seed).fit(orders, instant)
    for milestone, rule in _lost_to(store, instant).items():
        if milestone in risk.stages and risk.stages[milestone].served == MODEL:
            risk.stages[milestone].give_way(rule)
    scored = risk.score(orders, instant).with_columns(at=pl.lit(instant, pl.Datetime("us", "UTC")))
    trials = [
        {"milestone": milestone, "by": name, "brier_loss": loss, "served": stage.served == name}
        for milestone, stage in risk.stages.items()
        for name, loss in stage.trial.items()
    ]
    store.publish("promise_risk", scored.sort("order_id"))
    store.publish("promise_risk_trials", pl.DataFrame(trials, schema=_TRIALS))
    return RiskRun(scored.height, instant, round(time.perf_counter() - began, 1), trials)


def _lost_to(store: Store, at: datetime) -> dict[str, str]:
    """By milestone the rule that told no worse than the model of late, by the judgement known at ``at``."""
    if not store.exists("promise_risk_judged"):
        return {}
    judged = store.frame("promise_risk_judged")
    if "judged_at" not in judged.columns:  # published before judgements decided
        return {}
    known = judged.filter(pl.col("judged_at") <= at, pl.col("by").is_in([MODEL, *SERVING_RULES]))
    best = known.sort("brier_loss", pl.col("by") == MODEL).group_by("milestone", maintain_order=True).first()
    of_model = known.filter(by=MODEL)["milestone"].implode()
    return dict(
        best.filter(pl.col("by") != MODEL, pl.col("milestone").is_in(of_model)).select("milestone", "by").rows()
    )


def keep_published(run: Run, store: Store, *, now: datetime) -> int:
    """Put what is published beside the orders, for the desk; returns how many. What is overdue is no risk any more."""
    risky = store.frame("promise_risk").filter(pl.col("probability") < 1).sort("order_id")
    rows = risky.select("order_id", "milestone", "probability", "cause", "served").rows()
    scores = [Score(order, stage, Decimal(str(share)), cause, served) for order, stage, share, cause, served in rows]
    firsts = range(0, len(scores), KEPT_AT_ONCE)
    kept = sum(run(keep_risks, scores=scores[first : first + KEPT_AT_ONCE], scored_at=now) for first in firsts)
    run(forget_risks, scored_at=now)
    return kept


def publish_judgement(store: Store, *, at: datetime | None = None, seed: int = 0) -> pl.DataFrame:
    """Judge what would have served five weeks ago by what has become of the orders placed since, and publish it.

    ``promise_risk_judged``: a row per milestone and way (the model, each rule, what served) with its scores.
    ``promise_risk_reliability``: ten bins of what served, predicted beside actual. Milestones with fewer than a hundred
    outcomes are left out. Raises Conflict where nothing had been learnt by then.
    """
    instant = at or store.fresh_to()
    if instant is None:
        raise Conflict("There are no marts to judge by: run `oms refresh` first.")
    orders, cut = promised_orders(store), instant - JUDGED
    if orders.filter((pl.col("due_at") < cut) & pl.col("cancelled_at").is_null()).height < FEWEST_OUTCOMES:
        raise Conflict(f"The risk of a promise is learnt from {FEWEST_OUTCOMES} promises that have fallen due.")
    risk, ledger = PromiseRisk(FACTS, seed=seed).fit(orders, cut), Ledger.of(orders, keys=[], numbers=[])
    is_known = (ledger.known < NEVER) & (ledger.due < int(instant.timestamp())) & (ledger.cancelled == NEVER)
    judged, bins = [], [pl.DataFrame(schema=_BINS)]
    for milestone, stage in risk.stages.items():
        reached = ledger.at_milestone(milestone)
        chosen = (orders["placed_at"] >= cut).to_numpy() & is_known & (reached < ledger.due)
        if chosen.sum() < FEWEST_OUTCOMES:
            continue
        told, late = risk.at_milestone(orders, milestone, chosen), ledger.is_late[chosen]
        for name, probability in told.items():
            scores = risk_scores(probability, late)
            way = MODEL if name == "model" else name
            judged.append(
                {"milestone": milestone, "by": way, "is_serving": way == stage.served, "judged_at": instant, **scores}
            )
        bins.append(reliability(told["served"], late).select(pl.lit(milestone).alias("milestone"), pl.all()))
    frame = pl.DataFrame(judged, schema=_JUDGED)
    store.publish("promise_risk_judged", frame)
    store.publish("promise_risk_reliability", pl.concat(bins, how="vertical_relaxed"))
    return frame


_TRIALS = {"milestone": pl.String, "by": pl.String, "brier_loss": pl.Float64, "served": pl.Boolean}
_JUDGED: dict[str, Any] = {
    "milestone": pl.String, "by": pl.String, "is_serving": pl.Boolean, "orders": pl.Int64, "share_late": pl.Float64,
    "predicted": pl.Float64, "auc_score": pl.Float64, "brier_loss": pl.Float64, "calibration_error": pl.Float64,
    "lift_score": pl.Float64, "judged_at": pl.Datetime("us", "UTC"),
}  # fmt: skip
_BINS = {
    "milestone": pl.String, "bin": pl.Int64, "orders": pl.Int64, "predicted": pl.Float64, "actual": pl.Float64,
}  # fmt: skip


def promised_orders(store: Store) -> pl.DataFrame:
    """Orders with a promise as `PromiseRisk` takes them: stamps, keys and numbers known when they were placed.

    A promise is missed from midnight (UTC) after its day. Who holds an order is left out: the marts say who held it
    last, and that is not what was known before.
    """
    facts = store.scan("order_facts").filter(pl.col("first_promised_day").is_not_null() & pl.col("is_counted"))
    return (
        facts.join(_lines(store), on="order_id", how="left")
        .join(_cleared(store), on="order_id", how="left")
        .select(
            "order_id", "placed_at", "cleared_at", "delivered_at", "cancelled_at",
            handed_at="shipped_at",
            due_at=(pl.col("first_promised_day") + pl.duration(days=1)).cast(pl.Datetime("us", "UTC")),
            seller="warehouse", origin="warehouse", destination="region", payment="customer_kind",
            category="category", product="sku", supplier="supplier", lines="lines", units="units",
            total="total", shipping="shipping", share_reserved="share_reserved", share_direct="share_direct",
        )
        .sort("placed_at", "order_id")
        .collect()
    )  # fmt: skip


def _lines(store: Store) -> pl.LazyFrame:
    """What an order is made of; the dearest line names its category, product and supplier."""
    dearest = pl.col("category", "sku", "supplier").sort_by("gross", "position", descending=[True, False]).first()
    quantity = pl.col("quantity").cast(pl.Float64)
    reserved = pl.col("quantity_allocated").cast(pl.Float64)
    return (
        store.scan("order_lines")
        .group_by("order_id")
        .agg(
            dearest,
            share_direct=pl.col("is_direct").cast(pl.Float64).mean(),
            share_reserved=pl.when(reserved.is_not_null().all()).then(reserved.sum() / quantity.sum()),
        )
    )


def _cleared(store: Store) -> pl.LazyFrame:
    stays = store.scan("status_intervals").filter(pl.col("status_group").is_in(WORK_BEGINS))
    return stays.group_by("order_id").agg(cleared_at=pl.col("entered_at").min())
