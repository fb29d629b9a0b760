"""Whatever bounds a plan, each line's terms sum to its quantity and its kept inputs give that quantity again."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.order_limits import keep_to_budget, meet_minimum_values
from forecasting.stock_policy import TERMS, propose
from pipelines.replenishment import INPUTS, recompute

TODAY = date(2024, 5, 1)
units = st.integers(0, 60).map(Decimal)
demands = st.floats(0, 80, allow_subnormal=False)
lines = st.fixed_dictionaries(
    {
        "supplier_id": st.integers(1, 2), "warehouse_id": st.integers(1, 2), "expected_demand": demands,
        "demand_target": demands, "order_up_to": demands, "daily_demand": st.floats(0, 5), "on_hand": units,
        "reserved": units, "on_order": units, "backordered": units, "transfer": units,
        "minimum_order_quantity": st.sampled_from([0, 1, 12, 50]).map(Decimal),
        "pack_size": st.sampled_from(["1", "6", "25", "0.5"]).map(Decimal),
        "unit_cost": st.sampled_from([None, Decimal("0.35"), Decimal(4), Decimal("19.99")]),
        "margin_at_risk": st.sampled_from([None, Decimal(0), Decimal("3.10"), Decimal(70)]),
    }
)  # fmt: skip
money = st.sampled_from([Decimal(0), Decimal(150), Decimal(900)])


def as_kept(row: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    """The explanation as it comes back from the database: everything is text."""
    kept = {
        "terms": {name: str(row[name] * sign) for name, sign in TERMS.items()},
        "inputs": {name: repr(one) if isinstance(one, float) else str(one) for name, one in inputs.items()},
        "context": {name: str(row[name]) for name in ("minimum_order_quantity", "pack_size")},
    }
    loaded: dict[str, Any] = json.loads(json.dumps(kept))
    return loaded


@settings(max_examples=60, deadline=None)
@given(some=st.lists(lines, min_size=1, max_size=12), minimum=money, budget=st.none() | money)
def test_a_plan_cut_and_raised_explains_every_quantity_exactly(
    some: list[dict[str, Any]], minimum: Decimal, budget: Decimal | None
) -> None:
    given_rows = [{"product_id": at, **row} for at, row in enumerate(some)]
    schema = {"unit_cost": pl.Decimal(14, 4), "margin_at_risk": pl.Decimal(14, 2)}
    proposed = propose(pl.DataFrame(given_rows, schema_overrides=schema), as_of=TODAY)

    joined = meet_minimum_values(proposed.filter(pl.col("quantity") > 0).to_dicts(), {1: minimum})
    made = keep_to_budget(joined, budget)

    for row in made:
        inputs = {name: given_rows[row["product_id"]][name] for name in INPUTS}
        kept = as_kept(row, inputs)
        assert sum(map(Decimal, kept["terms"].values())) == recompute(kept) == row["quantity"]
    if budget is not None:
        assert sum((row["quantity"] * (row["unit_cost"] or 0) for row in made), Decimal(0)) <= budget
