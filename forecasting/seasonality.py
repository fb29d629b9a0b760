"""How far past seasons shape the next one: one pooled regression, shrunk to no season."""

import numpy as np

from forecasting.panel import FloatArray

RIDGE = 20.0


def seasonal_weights(target: FloatArray, seasonal: FloatArray, weight: FloatArray) -> FloatArray:
    """Weights of the seasonal ratios (rows × k) that explain demand over its level (rows); none below 0.

    Least squares on what both lie above 1, ridge towards 0, so that noise is not taken for a season.
    """
    columns = seasonal.shape[1]
    known = np.isfinite(seasonal).any(axis=1) & np.isfinite(target)
    if columns == 0 or known.sum() < 50:
        return np.zeros(columns)
    shape = np.nan_to_num(seasonal[known] - 1.0)
    miss = np.minimum(target[known], 5.0) - 1.0
    scale = weight[known][:, None] / max(float(weight[known].mean()), 1e-9)
    shape = np.column_stack([np.clip(shape, -1, 4), np.ones(len(shape))])
    allowed = np.ones(columns + 1, dtype=bool)
    solution = np.zeros(columns + 1)
    for _ in range(columns):
        gram = shape[:, allowed].T @ (scale * shape[:, allowed]) + RIDGE * np.eye(allowed.sum())
        solution[:] = 0
        solution[allowed] = np.linalg.solve(gram, shape[:, allowed].T @ (scale[:, 0] * miss))
        negative = solution[:columns] < 0
        if not negative.any():
            break
        allowed[:columns] &= ~negative
    weights: FloatArray = np.clip(solution[:columns], 0, 1)
    return weights


def factors_from(seasonal: FloatArray, weights: FloatArray) -> FloatArray:
    """Seasonal factor of each period ahead (n × h) from the ratios (n × h × k) and their weights."""
    if seasonal.shape[-1] == 0:
        return np.ones(seasonal.shape[:-1])
    lift = np.clip(np.nan_to_num(seasonal - 1.0), -1, 4) @ weights
    factors: FloatArray = np.maximum(1.0 + lift, 0.05)
    return factors
