"""What if another service were wanted: stock value against the margin that is expected to be lost."""

import numpy as np
import polars as pl

from forecasting.wanted_stock import DemandDraws

CURVE = "plan_curve"
LEVELS = (0.70, 0.75, 0.80, 0.85, 0.90, 0.925, 0.95, 0.97, 0.98, 0.99)


def service_curve(proposed: pl.DataFrame, draws: DemandDraws) -> pl.DataFrame:
    """Table of service levels, the same for all products: level, stock_value, order_value, lost_margin.

    ``stock_value`` is what stock and orders are worth right after ordering up to the level, ``order_value`` what is
    ordered for it, before packs and minimums; ``lost_margin`` what is expected to be lost per protection interval.
    Products without a known cost or price count nothing.
    """
    position = proposed["inventory_position"].cast(pl.Float64).to_numpy()
    cost = proposed["unit_cost"].cast(pl.Float64).fill_null(0.0).to_numpy()
    margin = proposed["unit_margin"].fill_null(0.0).to_numpy()
    rows = []
    for level in LEVELS:
        target = draws.quantile(np.full(len(position), level))
        stock = np.maximum(target, position)
        rows.append(
            {
                "level": level,
                "stock_value": float((np.maximum(stock, 0.0) * cost).sum()),
                "order_value": float(((stock - position) * cost).sum()),
                "lost_margin": float((draws.shortage(stock) * margin).sum()),
            }
        )
    return pl.DataFrame(rows)
