"""Order quantities: exact sums, packs, minimums, and demand over the protection interval."""

from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.protection import quantile_at, with_demand
from forecasting.stock_policy import (
    PROPOSAL_SCHEMA,
    TERMS,
    OrderRules,
    StockPosition,
    explain_order,
    propose,
)

TODAY = date(2024, 5, 1)

quantities = st.decimals(0, 5_000, places=3)
demands = st.floats(0, 5_000, allow_nan=False)
cases = st.fixed_dictionaries(
    {
        "expected_demand": demands,
        "order_up_to": demands,
        "demand_target": demands,
        "transfer": quantities,
        "on_hand": quantities,
        "reserved": quantities,
        "on_order": quantities,
        "backordered": quantities,
        "minimum_order_quantity": quantities,
        "pack_size": st.decimals("0.001", 500, places=3),
    }
)


def explained(case: dict):
    position = StockPosition(*[case[name] for name in ("on_hand", "reserved", "on_order", "backordered")])
    return explain_order(
        expected_demand=case["expected_demand"],
        order_up_to=case["order_up_to"],
        demand_target=case["demand_target"],
        transfer=case["transfer"],
        position=position,
        rules=OrderRules(case["minimum_order_quantity"], case["pack_size"]),
    )


def frame_of(some: list[dict]) -> pl.DataFrame:
    decimals = [name for name in some[0] if name not in {"expected_demand", "order_up_to", "demand_target"}]
    return pl.DataFrame(some, schema_overrides=dict.fromkeys(decimals, pl.Decimal(14, 3)))


@given(cases)
@settings(max_examples=300, deadline=None)
def test_terms_sum_exactly_and_the_quantity_respects_the_supplier(case):
    made = explained(case)

    assert sum(value for _, value in made.signed_terms()) == made.quantity
    assert made.quantity >= 0
    assert made.quantity % case["pack_size"] == 0
    assert made.quantity == 0 or made.quantity >= case["minimum_order_quantity"]
    target = made.expected_demand + made.safety_stock + made.supplier_safety
    position = case["on_hand"] - case["reserved"] + case["on_order"] - case["backordered"]
    assert position + made.transfer + made.quantity >= target
    assert (made.transfer + made.quantity > 0) == (position < target)
    assert made.transfer <= case["transfer"]
    assert min(made.surplus, made.minimum_order, made.pack_rounding) >= 0


@given(st.lists(cases, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_the_frame_equals_the_explanation_of_each_row(some):
    made = propose(frame_of(some), as_of=TODAY)

    for case, row in zip(some, made.to_dicts(), strict=True):
        expected = explained(case)
        assert {name: row[name] for name in TERMS} == {name: getattr(expected, name) for name in TERMS}
        assert row["quantity"] == expected.quantity
        assert sum(sign * row[name] for name, sign in TERMS.items()) == row["quantity"]
        assert row["raw_quantity"] == row["order_up_to"] - row["inventory_position"]


def row(**given) -> pl.DataFrame:
    return pl.DataFrame(
        [{"expected_demand": 40.0, "order_up_to": 55.5, "on_hand": 20, "on_order": 10, "backordered": 3} | given]
    )


def test_a_proposal_reads_as_the_buyer_would_reckon_it():
    made = propose(row(reserved=2, minimum_order_quantity=24, pack_size=6), as_of=TODAY).row(0, named=True)

    assert made["inventory_position"] == 20 - 2 + 10 - 3
    assert made["raw_quantity"] == Decimal("30.5")
    assert made["safety_stock"] == Decimal("15.5")
    assert (made["minimum_order"], made["pack_rounding"], made["quantity"]) == (0, Decimal("5.5"), 36)


def test_small_needs_rise_to_the_minimum_and_then_to_whole_packs():
    made = propose(row(on_hand=45, minimum_order_quantity=25, pack_size=10), as_of=TODAY).row(0, named=True)

    assert (made["raw_quantity"], made["minimum_order"]) == (Decimal("3.5"), Decimal("21.5"))
    assert (made["pack_rounding"], made["quantity"]) == (5, 30)


def test_enough_in_stock_orders_nothing_and_says_how_much_is_over():
    made = propose(row(on_hand=100, minimum_order_quantity=25), as_of=TODAY).row(0, named=True)

    assert (made["quantity"], made["minimum_order"], made["surplus"]) == (0, 0, Decimal("51.5"))


def test_schema_is_as_declared_and_other_columns_pass_through():
    made = propose(row(supplier="acme", minimum_order_quantity=None, pack_size=None), as_of=TODAY)

    assert {name: made.schema[name] for name in PROPOSAL_SCHEMA} == PROPOSAL_SCHEMA
    assert made["supplier"].item() == "acme"
    assert made["order_by"].item() is None


@pytest.mark.parametrize(
    ("reorder_point", "daily", "expected"),
    [(40.0, 2.0, TODAY), (20.0, 2.0, date(2024, 5, 4)), (20.0, 0.0, None), (0.0, 1e-9, None)],
)
def test_order_by_is_the_day_the_position_meets_the_reorder_point(reorder_point, daily, expected):
    made = propose(row(reorder_point=reorder_point, daily_demand=daily), as_of=TODAY)

    assert made["order_by"].item() == expected


def sums() -> pl.DataFrame:
    horizons = [1, 2, 3, 4]
    return pl.DataFrame(
        {
            "unique_id": ["A"] * 4,
            "horizon": horizons,
            "mean": [7.0 * horizon for horizon in horizons],
            "q0.5": [7.0 * horizon for horizon in horizons],
            "q0.9": [10.0 * horizon for horizon in horizons],
            "q0.95": [12.0 * horizon for horizon in horizons],
        }
    )


def wanted(**given) -> dict:
    rows = pl.DataFrame(
        [{"unique_id": "A", "lead_time_days": 7, "review_period_days": 7, "cycle_service_level": 0.95} | given]
    )
    return with_demand(rows, sums(), freq="1w").row(0, named=True)


def test_demand_covers_lead_time_and_review_at_the_service_level():
    made = wanted()

    assert (made["expected_demand"], made["order_up_to"], made["reorder_point"]) == pytest.approx((14, 24, 12))
    assert made["daily_demand"] == pytest.approx(1.0)


def test_days_between_whole_periods_take_their_share():
    made = wanted(lead_time_days=10, review_period_days=0, cycle_service_level=0.9)

    assert made["expected_demand"] == pytest.approx(10.0)
    assert made["order_up_to"] == pytest.approx(10 + 10 * 3 / 7)


def test_an_interval_past_the_horizon_goes_on_in_proportion_and_no_interval_is_no_demand():
    assert wanted(lead_time_days=49)["expected_demand"] == pytest.approx(56)
    assert wanted(lead_time_days=0, review_period_days=0)["order_up_to"] == 0


def test_a_product_without_a_forecast_is_expected_to_ask_for_nothing():
    assert wanted(unique_id="unknown")["order_up_to"] == 0


def test_service_levels_between_quantiles_rise_steadily_and_beyond_the_last_go_on():
    values = np.tile([10.0, 20.0, 25.0], (5, 1))

    made = quantile_at(values, [0.5, 0.9, 0.95], np.array([0.2, 0.5, 0.8, 0.95, 0.99]))

    assert made[:2].tolist() == [10, 10]
    assert 10 < made[2] < 20
    assert made[3] == pytest.approx(25)
    assert made[4] > 25


def test_sums_with_a_horizon_missing_are_refused():
    with pytest.raises(ValueError, match="every horizon"):
        with_demand(
            pl.DataFrame(
                {"unique_id": ["A"], "lead_time_days": [1], "review_period_days": [1], "cycle_service_level": [0.9]}
            ),
            sums().filter(pl.col("horizon") != 2),
            freq="1w",
        )
