"""Customers and products held against each other and over time: pure functions over the published marts."""

from pipelines.cohorts.assortment import classify_products
from pipelines.cohorts.difference import Difference, median_difference, rate_difference
from pipelines.cohorts.habits import judge_customers
from pipelines.cohorts.retention import retention
from pipelines.cohorts.stages import order_funnel, stage_figures

__all__ = [
    "Difference", "classify_products", "judge_customers", "median_difference", "order_funnel", "rate_difference",
    "retention", "stage_figures",
]  # fmt: skip
