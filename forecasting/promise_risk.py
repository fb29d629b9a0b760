"""Probability that an open order misses its first promise, with its leading cause; frames in, frames out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import numpy as np
import polars as pl
from threadpoolctl import ThreadpoolController

from forecasting.promise_risk_causes import CAUSES, KEYS
from forecasting.promise_risk_features import Known, Snapshot
from forecasting.promise_risk_history import DAY, MILESTONES, NEVER, Flags, Floats, Ledger
from forecasting.promise_risk_model import Rows, StageModel
from forecasting.promise_risk_rules import RULES, rule_scores

WARM_UP = 28
"""Days at the beginning from which nothing is learnt: of a past that short every feature is noise."""


class PromiseRisk:
    """A model per milestone (placed, cleared for work, handed to the carrier), trained on what was known by a moment.

    Orders come as a frame with ``order_id``, the stamps of ``STAMPS`` (``due_at``: the first instant at which the first
    promise is missed), any columns of ``KEYS``, and the numbers that ``facts`` names with their cause. Keys and numbers
    are what was known when the order was placed. Put in all orders, the cancelled ones too.
    """

    def __init__(self, facts: Mapping[str, str], *, seed: int = 0) -> None:
        """``facts``: the cause (one of ``CAUSES``) that each numeric column speaks of."""
        strange = set(facts.values()) - set(CAUSES)
        if strange:
            raise ValueError(f"Unknown causes: {sorted(strange)}")
        self._facts, self._seed = dict(facts), seed
        self.stages: dict[str, StageModel] = {}

    def fit(self, orders: pl.DataFrame, until: datetime) -> "PromiseRisk":
        """Learn from promises that had fallen due by ``until``, from nothing that happened later.

        An order teaches when it reaches a milestone, and once at a random age in that stage, so that one that has been
        waiting is judged by others that had waited as long.
        """
        instant = int(until.timestamp())
        ledger = _ledger(orders.filter(pl.col("placed_at") < until), self._facts).as_of(instant)
        known = Known(ledger, self._facts)
        for milestone in MILESTONES:
            snapshot = self._lessons(ledger, milestone, instant)
            if not len(snapshot.rows):
                continue
            late, week = ledger.is_late[snapshot.rows], ledger.due[snapshot.rows] // (7 * DAY)
            features = known.features(snapshot)
            rows = Rows(_matrix(features), rule_scores(ledger, snapshot), late, week)
            with ThreadpoolController().limit(limits=1):  # threads of a small fit wait for each other at every node
                self.stages[milestone] = StageModel(list(features), seed=self._seed).fit(rows)
        return self

    def score(self, orders: pl.DataFrame, at: datetime) -> pl.DataFrame:
        """Score the orders open at ``at``, from what had happened before it, whatever the frame says of later.

        order_id, milestone, probability, cause (null where no cause raises it), and the points of each cause:
        ``raised_by_<cause>``. An order that is overdue has missed its promise: probability 1.
        """
        instant, orders = int(at.timestamp()), orders.filter(pl.col("placed_at") < at)
        ledger = _ledger(orders, self._facts).as_of(instant)
        known, scored = Known(ledger, self._facts), []
        for milestone in MILESTONES:
            rows = np.flatnonzero(_stands_at(ledger, milestone, instant))
            snapshot = Snapshot(milestone, rows, np.full(len(rows), instant))
            if len(rows) and milestone in self.stages:
                scored.append(self._scored(orders, ledger, known, snapshot))
        return pl.concat(scored) if scored else pl.DataFrame(schema=_SCHEMA)

    def at_milestone(self, orders: pl.DataFrame, milestone: str, chosen: Flags) -> dict[str, Floats]:
        """Probabilities of the chosen orders when each reached a milestone, by the model, each rule and what serves.

        For judging: each order is looked at with what was known at its own instant. Choose only orders that reached it.
        """
        ledger = _ledger(orders, self._facts)
        rows = np.flatnonzero(chosen)
        snapshot = Snapshot(milestone, rows, ledger.at_milestone(milestone)[rows])
        stage, rules = self.stages[milestone], rule_scores(ledger, snapshot)
        features = _matrix(Known(ledger, self._facts).features(snapshot))
        modelled = stage.by_model(features)
        return {
            **({"model": modelled} if modelled is not None else {}),
            **{name: stage.by_rule(name, rules) for name in RULES},
            "served": stage.predict(features, rules),
        }

    def _lessons(self, ledger: Ledger, milestone: str, until: int) -> Snapshot:
        reached, left = ledger.at_milestone(milestone), ledger.left(milestone)
        first = int(ledger.placed.min(initial=int(NEVER))) + WARM_UP * DAY
        teaches = (ledger.due < until) & (ledger.cancelled == NEVER) & (ledger.placed >= first) & (reached < ledger.due)
        generator = np.random.default_rng(self._seed)
        # The age is drawn without regard to how long the order stayed: drawn within its stay, slow ones would be rare.
        aged = (reached + generator.random(len(ledger)) * (ledger.due - ledger.placed)).astype(np.int64)
        waits = teaches & (aged < left) & (aged < ledger.due)
        rows = np.concatenate([np.flatnonzero(teaches), np.flatnonzero(waits)])
        return Snapshot(milestone, rows, np.concatenate([reached[teaches], aged[waits]]))

    def _scored(self, orders: pl.DataFrame, ledger: Ledger, known: Known, snapshot: Snapshot) -> pl.DataFrame:
        features = _matrix(known.features(snapshot))
        stage, rows = self.stages[snapshot.milestone], snapshot.rows
        is_overdue = ledger.due[rows] <= snapshot.instants
        probability = np.where(is_overdue, 1.0, stage.predict(features, rule_scores(ledger, snapshot)))
        raised = stage.raised_by(features)
        points = {f"raised_by_{cause}": raised.get(cause, np.zeros(len(rows))) for cause in CAUSES}
        frame = pl.DataFrame({
            "order_id": orders["order_id"][rows], "milestone": [snapshot.milestone] * len(rows),
            "probability": probability, "served": [stage.served] * len(rows), **points,
        })  # fmt: skip
        return frame.with_columns(cause=_leading(list(points)))


_SCHEMA = {
    "order_id": pl.Int64, "milestone": pl.String, "probability": pl.Float64, "served": pl.String,
    **{f"raised_by_{cause}": pl.Float64 for cause in CAUSES}, "cause": pl.String,
}  # fmt: skip


def _ledger(orders: pl.DataFrame, facts: Mapping[str, str]) -> Ledger:
    return Ledger.of(orders, keys=[key for key in KEYS if key in orders.columns], numbers=list(facts))


def _stands_at(ledger: Ledger, milestone: str, instant: int) -> Flags:
    """Open orders whose newest milestone this is."""
    is_open = (ledger.placed < instant) & (ledger.ended >= instant)
    reached = {name: ledger.at_milestone(name) < instant for name in MILESTONES}
    later = MILESTONES[MILESTONES.index(milestone) + 1 :]
    has_moved_on = np.any([np.zeros_like(is_open), *(reached[name] for name in later)], axis=0)
    return cast("Flags", is_open & reached[milestone] & ~has_moved_on)


def _matrix(features: Mapping[str, Floats]) -> Floats:
    return np.column_stack(list(features.values()))


def _leading(points: Sequence[str]) -> pl.Expr:
    most = pl.max_horizontal(points)
    named = [pl.when(pl.col(name) == most).then(pl.lit(name.removeprefix("raised_by_"))) for name in points]
    return pl.when(most > 0).then(pl.coalesce(named))
