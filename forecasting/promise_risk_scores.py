"""How good probabilities of missed promises are: ranking, sharpness, calibration, lift."""

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from forecasting.promise_risk_history import Flags, Floats

BINS = 10
TOP = 0.1


def risk_scores(probability: Floats, late: Flags) -> dict[str, float]:
    """Score one set of probabilities.

    ``auc_score`` (None-like NaN where nothing or everything was late), ``brier_loss``, ``calibration_error`` (mean
    absolute difference of predicted and actual share over ten bins of equally many orders, Naeini et al. 2015),
    ``lift_score`` (share late among the tenth with the highest probability over the share among all).
    """
    share = float(late.mean())
    riskiest = np.argsort(-probability, kind="stable")[: max(1, int(len(late) * TOP))]
    return {
        "orders": len(late),
        "share_late": share,
        "predicted": float(probability.mean()),
        "auc_score": float(roc_auc_score(late, probability)) if 0 < share < 1 else float("nan"),
        "brier_loss": float(np.mean((probability - late) ** 2)),
        "calibration_error": _calibration_error(reliability(probability, late)),
        "lift_score": float(late[riskiest].mean() / share) if share else float("nan"),
    }


def reliability(probability: Floats, late: Flags) -> pl.DataFrame:
    """Ten bins of equally many orders, by rising probability: bin, orders, predicted, actual."""
    order = np.argsort(probability, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    return pl.DataFrame({
        "bin": range(1, len(bins) + 1), "orders": [len(part) for part in bins],
        "predicted": [float(probability[part].mean()) for part in bins],
        "actual": [float(late[part].mean()) for part in bins],
    })  # fmt: skip


def _calibration_error(bins: pl.DataFrame) -> float:
    gap = (pl.col("predicted") - pl.col("actual")).abs()
    return float(bins.select((gap * pl.col("orders")).sum() / pl.col("orders").sum()).item())
