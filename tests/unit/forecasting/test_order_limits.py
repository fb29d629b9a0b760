"""What bounds a plan: stock elsewhere, an order's least value, money; and what service asks for."""

from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from forecasting.assortment_classes import classify
from forecasting.order_limits import MOST_COVER_DAYS, Transfer, find_transfers, keep_to_budget, meet_minimum_values
from forecasting.stock_policy import propose
from forecasting.wanted_stock import DemandDraws, with_targets
from pipelines.plan_inputs import days_closed

TODAY = date(2024, 5, 1)


def line(product_id: int, **given: object) -> dict[str, object]:
    usual = {
        "product_id": product_id, "supplier_id": 1, "warehouse_id": 1, "quantity": Decimal(10),
        "unit_cost": Decimal(5), "pack_size": Decimal(5), "minimum_order_quantity": Decimal(5),
        "inventory_position": Decimal(0), "daily_demand": 1.0, "joint_order": Decimal(0), "budget": Decimal(0),
        "margin_at_risk": Decimal(10),
    }  # fmt: skip
    return usual | given


def test_a_warehouse_gives_only_whole_units_that_it_can_spare_and_that_lie_there() -> None:
    rows = pl.DataFrame(
        {
            "product_id": [1, 1, 1], "warehouse_id": [1, 2, 3], "expected_demand": [10.0] * 3,
            "order_up_to": [12.5, 12.0, 20.0], "on_hand": [30, 0, 8], "reserved": [5, 0, 0],
            "on_order": [10, 0, 0], "backordered": [0, 3, 0],
        }
    )  # fmt: skip
    moves = find_transfers(propose(rows, as_of=TODAY))
    # The first has 22.5 above its target, the second lacks 15, the third 12.
    assert moves == [Transfer(1, 1, 2, Decimal(15)), Transfer(1, 1, 3, Decimal(7))]


def test_an_order_below_the_suppliers_minimum_is_raised_where_it_would_run_out_first() -> None:
    rows = [line(1), line(2, daily_demand=0.1)]
    made = {row["product_id"]: row for row in meet_minimum_values(rows, {1: Decimal(180)})}
    assert (made[1]["joint_order"], made[2]["joint_order"]) == (20, 0)
    assert sum(row["quantity"] * row["unit_cost"] for row in made.values()) >= 180


def test_no_line_is_raised_beyond_half_a_year_only_to_reach_a_minimum() -> None:
    reachable = Decimal(5 * MOST_COVER_DAYS)
    [raised] = meet_minimum_values([line(1)], {1: reachable})
    assert raised["quantity"] == 10 + raised["joint_order"] == MOST_COVER_DAYS
    assert meet_minimum_values([line(1)], {1: reachable + 1}) == [line(1)]


def test_the_budget_goes_first_where_money_saves_most_margin() -> None:
    rows = [line(1, margin_at_risk=Decimal(1)), line(2, margin_at_risk=Decimal(90)), line(3, unit_cost=None)]
    made = {row["product_id"]: (row["quantity"], row["budget"]) for row in keep_to_budget(rows, Decimal(80))}
    assert made == {1: (5, 5), 2: (10, 0), 3: (10, 0)}
    assert keep_to_budget(rows, None) == rows


def test_what_does_not_fit_in_packs_above_the_minimum_is_not_bought() -> None:
    [made] = keep_to_budget([line(1, minimum_order_quantity=Decimal(10))], Decimal(49))
    assert (made["quantity"], made["budget"]) == (0, 10)


def test_closed_days_make_an_order_wait() -> None:
    fair = [(date(2024, 5, 3), date(2024, 5, 5))]
    assert days_closed(TODAY, 1, fair) == 0
    assert days_closed(TODAY, 2, fair) == 3
    assert days_closed(TODAY, 5, fair) == 3
    assert days_closed(TODAY, 0, fair) == 0


def test_products_are_classed_by_revenue_and_steadiness() -> None:
    weekly = pl.DataFrame(
        {
            "product_id": [1, 1, 2, 2, 3, 3],
            "demand": [10.0, 10.0, 1.0, 5.0, 0.0, 9.0],
            "revenue": [450.0, 450.0, 40.0, 40.0, 0.0, 20.0],
        }
    )
    made = {row["product_id"]: row["abc"] + row["xyz"] for row in classify(weekly).to_dicts()}
    assert made == {1: "AX", 2: "BY", 3: "CY"}


@pytest.mark.parametrize("rate", [0.5, 0.9, 0.99])
def test_a_fill_rate_asks_for_the_least_stock_that_fills_it(rate: float) -> None:
    draws = np.random.default_rng(3).gamma(2.0, 20.0, size=(1, 4_000))
    drawn, cycle = DemandDraws(draws), np.array([20.0])
    stock = drawn.filling(np.array([rate]), cycle)
    assert drawn.shortage(stock)[0] <= (1 - rate) * 20.0 + 1e-9
    assert drawn.shortage(stock - 0.01)[0] > (1 - rate) * 20.0


def service(**given: object) -> dict[str, object]:
    rows = {
        "unique_id": ["a"], "lead_time_days": [7], "lead_days_seen": [None], "review_period_days": [7],
        "measure": ["cycle_service_level"], "level": [0.95], "cycle_service_level": [0.9],
    }  # fmt: skip
    sums = pl.DataFrame(
        {
            "unique_id": ["a"] * 6, "horizon": list(range(1, 7)), "mean": [10.0 * week for week in range(1, 7)],
            "q0.1": [5.0 * week for week in range(1, 7)], "q0.5": [10.0 * week for week in range(1, 7)],
            "q0.9": [18.0 * week for week in range(1, 7)],
        }
    )  # fmt: skip
    schema = {"lead_days_seen": pl.List(pl.Float64)}
    return with_targets(pl.DataFrame(rows | given, schema_overrides=schema), sums, freq="1w")[0].row(0, named=True)


def test_a_supplier_who_is_always_on_time_needs_no_safety_and_a_late_one_does() -> None:
    stated, late = service(), service(lead_days_seen=[[5.0, 6.0, 7.0, 10.0, 16.0]])
    assert stated["order_up_to"] == stated["demand_target"]
    assert stated["expected_demand"] == pytest.approx(20.0)
    assert late["demand_target"] == stated["demand_target"]
    assert late["order_up_to"] > late["demand_target"]
    punctual = service(lead_days_seen=[[7.0] * 5])
    assert punctual["order_up_to"] == pytest.approx(stated["order_up_to"], rel=0.03)


def test_the_two_measures_of_service_are_not_the_same_stock() -> None:
    assert service(measure=["fill_rate"])["order_up_to"] != service()["order_up_to"]
    assert service(measure=["fill_rate"], level=[0.99])["order_up_to"] > service(measure=["fill_rate"])["order_up_to"]
