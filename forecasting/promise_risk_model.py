"""One stage's model of missed promises: boosted trees and a line averaged, or a simple rule where that wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from forecasting.promise_risk_history import Flags, Floats, Seconds
from forecasting.promise_risk_rules import SERVING_RULES

MODEL = "boosted_and_linear"
FEWEST_ROWS, FEWEST_LATE = 400, 40
"""Below either, nothing is learnt that would outlast a month: the promise's own rate by rule serves instead."""
TRIAL_SHARE = 0.25
"""The last part of the training time, on which the model has to beat the rules before it may serve."""


@dataclass(frozen=True)
class Rows:
    """Training rows: features, the simple rules' scores, whether the promise was missed, the week it fell due."""

    features: Floats
    rules: Mapping[str, Floats]
    late: Flags
    week: Seconds

    def __len__(self) -> int:
        """How many rows."""
        return len(self.late)

    def where(self, chosen: Flags) -> "Rows":
        """Some of the rows."""
        rules = {name: scores[chosen] for name, scores in self.rules.items()}
        return Rows(self.features[chosen], rules, self.late[chosen], self.week[chosen])


class StageModel:
    """Probability that a promise is missed, for orders in one stage; ``served`` names what won the trial.

    Trees carry the worst weeks of the past along, the line extrapolates too far: each errs where the other does not,
    and their mean is a probability as it is. Why no curve is put over it: docs/decisions/promise-risk.md.
    """

    def __init__(self, names: Sequence[str], *, seed: int = 0) -> None:
        self._names, self._seed = tuple(names), seed
        self.served, self.trial = MODEL, dict[str, float]()

    def fit(self, rows: Rows) -> "StageModel":
        """Let the model and the rules compete on the newest quarter, then learn from everything."""
        self._usual = np.nan_to_num(_nanmedian(rows.features))
        border = np.quantile(rows.week, 1 - TRIAL_SHARE)
        earlier, later = rows.where(rows.week < border), rows.where(rows.week >= border)
        self._curves = {name: _Curve(scores, rows.late) for name, scores in rows.rules.items()}
        self.trial = {
            name: _brier(_Curve(scores, earlier.late).predict(later.rules[name]), later.late)
            for name, scores in earlier.rules.items()
        } if len(earlier) else {}  # fmt: skip
        if _is_enough(earlier) and _is_enough(rows):
            self.trial[MODEL] = _brier(_mean(_both(earlier, self._seed), later.features), later.late)
        able = [name for name in (*SERVING_RULES, MODEL) if name in self.trial]
        self.served = min(able, key=self.trial.__getitem__, default=SERVING_RULES[0])  # a draw goes to the rule
        self._models = _both(rows, self._seed) if MODEL in self.trial else None
        return self

    def give_way(self, rule: str) -> None:
        """Let a simple rule serve: it told no worse than the model of orders that neither had seen."""
        if rule not in SERVING_RULES:
            raise ValueError(f"'{rule}' does not rank orders; {', '.join(SERVING_RULES)} may serve.")
        self.served = rule

    def predict(self, features: Floats, rules: Mapping[str, Floats]) -> Floats:
        """Probability by what serves."""
        modelled = self.by_model(features) if self.served == MODEL else None
        return self.by_rule(self.served, rules) if modelled is None else modelled

    def by_model(self, features: Floats) -> Floats | None:
        """Probability by the model, whatever serves; None where there was too little to learn from."""
        return _mean(self._models, features) if self._models else None

    def by_rule(self, name: str, rules: Mapping[str, Floats]) -> Floats:
        """Probability by a simple rule: its score against how often promises were missed at such scores."""
        return self._curves[name].predict(rules[name])

    def raised_by(self, features: Floats) -> Mapping[str, Floats]:
        """By how much each cause's features raise the probability above that with the usual values in their place.

        Nothing where a rule serves: it knows of no cause but the time left.
        """
        if self.served != MODEL or not self._models:
            return {}
        whole, raised = _mean(self._models, features), {}
        for cause in dict.fromkeys(name.partition(":")[0] for name in self._names):
            of_cause = np.array([name.startswith(f"{cause}:") for name in self._names])
            raised[cause] = whole - _mean(self._models, np.where(of_cause, self._usual, features))
        return raised


_Both = tuple[HistGradientBoostingClassifier, Pipeline]


def _both(rows: Rows, seed: int) -> _Both:
    trees = HistGradientBoostingClassifier(
        max_iter=110, learning_rate=0.07, max_leaf_nodes=10, min_samples_leaf=max(20, min(200, len(rows) // 100)),
        l2_regularization=10.0, max_features=0.3, early_stopping=False, random_state=seed,
    )  # fmt: skip
    line = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        QuantileTransformer(n_quantiles=min(200, len(rows)), output_distribution="normal", random_state=seed),
        StandardScaler(),
        LogisticRegression(C=0.01, max_iter=300),
    )
    known = _without_blank_columns(rows.features)
    return trees.fit(known, rows.late), line.fit(known, rows.late)


def _mean(models: _Both, features: Floats) -> Floats:
    return cast("Floats", np.mean([model.predict_proba(features)[:, 1] for model in models], axis=0))


class _Curve:
    """Platt's: the odds of missing rise with the score, and the rule's own order of the orders is kept."""

    def __init__(self, scores: Floats, late: Flags) -> None:
        self._share = float(late.mean()) if len(late) else 0.0
        is_mixed = 0 < self._share < 1
        self._line = LogisticRegression(C=1e6).fit(scores[:, None], late) if is_mixed else None

    def predict(self, scores: Floats) -> Floats:
        """Probability at each score; with one outcome only, how often that was."""
        if self._line is None or not len(scores):
            return np.full(len(scores), self._share)
        return cast("Floats", self._line.predict_proba(scores[:, None])[:, 1])


def _is_enough(rows: Rows) -> bool:
    return len(rows) >= FEWEST_ROWS and FEWEST_LATE <= rows.late.sum() <= len(rows) - FEWEST_LATE


def _brier(probability: Floats, late: Flags) -> float:
    return float(np.mean((probability - late) ** 2))


def _nanmedian(features: Floats) -> Floats:
    return cast("Floats", np.nanmedian(_without_blank_columns(features), axis=0))


def _without_blank_columns(features: Floats) -> Floats:
    """A column of which nothing is known yet cannot be binned; zero says as much."""
    blank = np.isnan(features).all(axis=0)
    return np.where(blank, 0.0, features) if blank.any() else features
