"""Customers and products held against each other and over time: pure functions over the published marts."""

from pipelines.cohorts.assortment import classify_products
from pipelines.cohorts.difference import (
    Difference,
    difference_of_differences,
    mean_difference,
    median_difference,
    rate_difference,
)
from pipelines.cohorts.habits import judge_customers
from pipelines.cohorts.lives import (
    bars_of,
    hours_until,
    order_lives,
    stage_lives,
    survival_curve,
    survival_difference,
)
from pipelines.cohorts.retention import cohort_customers, retention
from pipelines.cohorts.stages import order_funnel, order_funnel_rows, stage_figures, stage_visits

__all__ = [
    "Difference", "bars_of", "classify_products", "cohort_customers", "difference_of_differences",
    "hours_until", "judge_customers", "mean_difference", "median_difference", "order_funnel",
    "order_funnel_rows", "order_lives", "rate_difference", "retention", "stage_figures", "stage_lives",
    "stage_visits", "survival_curve", "survival_difference",
]  # fmt: skip
