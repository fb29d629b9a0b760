"""Marts: pure functions from raw rows to published tables, each with its grain, columns and identities."""

from pipelines.marts import (
    cancellations,
    daily_demand,
    daily_stock,
    dimensions,
    order_facts,
    order_lines,
    revenue,
    status_intervals,
)
from pipelines.marts.mart import Mart

ORDER_MARTS = (order_facts, order_lines, revenue, status_intervals, cancellations)
"""Built from the rows of orders; they live on the day an order was placed."""

MARTS: dict[str, Mart] = {
    module.MART.name: module.MART for module in (*ORDER_MARTS, daily_stock, daily_demand, dimensions)
}
