"""How much to order: inventory position against the order-up-to quantile, and why, to the last unit.

An order-up-to policy reviewed every period (Hadley and Whitin 1963): what is ordered today must last
until the order of the next review arrives, so it covers the protection interval of lead time plus review.
"""

from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

import polars as pl

THOUSANDTH = Decimal("0.001")

TERMS: dict[str, int] = {
    "expected_demand": 1,
    "safety_stock": 1,
    "supplier_safety": 1,
    "on_hand": -1,
    "reserved": 1,
    "on_order": -1,
    "backordered": 1,
    "surplus": 1,
    "transfer": -1,
    "minimum_order": 1,
    "pack_rounding": 1,
    "joint_order": 1,
    "budget": -1,
}
"""The terms of every proposal with their signs: they add up to `quantity`, the first seven to `raw_quantity`.

`safety_stock` answers for demand, `supplier_safety` for when the supplier delivers. `transfer` comes from another
warehouse; `joint_order` and `budget` are put in by `forecasting.order_limits` and are 0 before it. `surplus` is
what the position lies above the target when nothing is needed, so that the sum is 0.
"""

PROPOSAL_SCHEMA: dict[str, pl.DataType] = {
    **{name: pl.Decimal(14, 3) for name in TERMS},
    "order_up_to": pl.Decimal(14, 3),
    "inventory_position": pl.Decimal(14, 3),
    "raw_quantity": pl.Decimal(14, 3),
    "quantity": pl.Decimal(14, 3),
    "order_by": pl.Date(),
}
"""What `propose` adds to (or replaces in) its rows."""

FURTHEST_DAYS = 3650


@dataclass(frozen=True)
class StockPosition:
    """Stock of a product in a warehouse. `reserved` is the part of `on_hand` that open orders hold."""

    on_hand: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    on_order: Decimal = Decimal(0)
    backordered: Decimal = Decimal(0)

    @property
    def inventory_position(self) -> Decimal:
        """What is left for demand to come: on hand + on order − what open orders hold or wait for."""
        return self.on_hand - self.reserved + self.on_order - self.backordered


@dataclass(frozen=True)
class OrderRules:
    """A supplier's terms: at least `minimum_order_quantity`, in whole packs."""

    minimum_order_quantity: Decimal = Decimal(0)
    pack_size: Decimal = Decimal(1)


@dataclass(frozen=True)
class Explanation:
    """The terms of one proposal, each as a positive quantity but for the two of safety, which may be negative."""

    expected_demand: Decimal
    safety_stock: Decimal
    supplier_safety: Decimal
    on_hand: Decimal
    reserved: Decimal
    on_order: Decimal
    backordered: Decimal
    surplus: Decimal
    transfer: Decimal
    minimum_order: Decimal
    pack_rounding: Decimal
    joint_order: Decimal = Decimal(0)
    budget: Decimal = Decimal(0)

    def signed_terms(self) -> list[tuple[str, Decimal]]:
        """Each term with its sign in the sum, in the order they are told."""
        return [(term.name, TERMS[term.name] * getattr(self, term.name)) for term in fields(self)]

    @property
    def quantity(self) -> Decimal:
        """What to order: the exact sum of the signed terms."""
        return sum((value for _, value in self.signed_terms()), Decimal(0))


def explain_order(
    *, expected_demand: float, order_up_to: float, position: StockPosition, rules: OrderRules,
    demand_target: float | None = None, transfer: Decimal = Decimal(0),
) -> Explanation:  # fmt: skip
    """Derive one order quantity and its terms.

    `expected_demand` and `order_up_to` are the mean and the service quantile of the demand summed over
    the protection interval; the quantile is rounded up to the thousandth, the mean to the nearest.
    `demand_target` is what the quantile would be of a supplier who always delivers in the same time, `transfer`
    what another warehouse can give.
    """
    expected = Decimal(repr(expected_demand)).quantize(THOUSANDTH, ROUND_HALF_UP)
    target = Decimal(repr(order_up_to)).quantize(THOUSANDTH, ROUND_CEILING)
    raw = target - position.inventory_position
    steady = target if demand_target is None else Decimal(repr(demand_target)).quantize(THOUSANDTH, ROUND_CEILING)
    wanted = max(raw, Decimal(0))
    given = min(transfer, wanted)
    needed = wanted - given
    at_least = max(needed, rules.minimum_order_quantity) if needed else needed
    packs = (at_least / rules.pack_size).to_integral_value(ROUND_CEILING)
    return Explanation(
        expected_demand=expected,
        safety_stock=steady - expected,
        supplier_safety=target - steady,
        on_hand=position.on_hand,
        reserved=position.reserved,
        on_order=position.on_order,
        backordered=position.backordered,
        surplus=wanted - raw,
        transfer=given,
        minimum_order=at_least - needed,
        pack_rounding=packs * rules.pack_size - at_least,
    )


def propose(rows: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Order quantities for many product × warehouse × supplier rows at once, as `explain_order` does for one.

    Reads `expected_demand`, `order_up_to` (floats, see `forecasting.protection.with_demand`), `on_hand`,
    `on_order`, `backordered`, optionally `demand_target`, `transfer` (as `explain_order`), `reserved`,
    `minimum_order_quantity`, `pack_size` (null or absent: none, 1) and, for `order_by`, `reorder_point` and
    `daily_demand`. All other columns pass through. Quantities may be Decimal, integer or float, to the thousandth.

    `order_by` is the last day to order and still keep the service level: the day on which the position is
    expected to meet the reorder point; `as_of` when it already has, null when no demand is expected.
    """
    counted = rows.with_columns(_thousandths(rows)).with_columns(
        inventory_position=pl.col("on_hand") - pl.col("reserved") + pl.col("on_order") - pl.col("backordered")
    )
    raw, needed, packs = pl.col("raw_quantity"), pl.col("needed"), pl.col("pack_size")
    explained = (
        counted.with_columns(raw_quantity=pl.col("order_up_to") - pl.col("inventory_position"))
        .with_columns(wanted=raw.clip(0))
        .with_columns(transfer=pl.min_horizontal("transfer", "wanted"))
        .with_columns(needed=pl.col("wanted") - pl.col("transfer"))
        .with_columns(
            at_least=pl.when(needed > 0).then(pl.max_horizontal(needed, "minimum_order_quantity")).otherwise(0)
        )
        .with_columns(quantity=-(-pl.col("at_least") // packs) * packs)
        .with_columns(
            safety_stock=pl.col("demand_target") - pl.col("expected_demand"),
            supplier_safety=pl.col("order_up_to") - pl.col("demand_target"),
            surplus=pl.col("wanted") - raw,
            minimum_order=pl.col("at_least") - needed,
            pack_rounding=pl.col("quantity") - pl.col("at_least"),
            joint_order=pl.lit(0, dtype=pl.Int64),
            budget=pl.lit(0, dtype=pl.Int64),
            order_by=_order_by(rows, as_of),
        )
    )
    quantities = [name for name in PROPOSAL_SCHEMA if name != "order_by"]
    rules = ["minimum_order_quantity", "pack_size"]
    return explained.drop("wanted", "needed", "at_least", "demand_target").with_columns(
        _decimal(name) for name in [*quantities, *rules]
    )


def _thousandths(rows: pl.DataFrame) -> list[pl.Expr]:
    """Whole thousandths: integers add up exactly."""
    defaults = {"reserved": 0, "transfer": 0, "minimum_order_quantity": 0, "pack_size": 1}
    steady = "demand_target" if "demand_target" in rows.columns else "order_up_to"
    columns = [
        (pl.col("expected_demand") * 1000).round(mode="half_away_from_zero").cast(pl.Int64),
        (pl.col("order_up_to") * 1000).ceil().cast(pl.Int64),
        (pl.col(steady) * 1000).ceil().cast(pl.Int64).alias("demand_target"),
    ]
    for name in ("on_hand", "on_order", "backordered", *defaults):
        given = pl.col(name) if name in rows.columns else pl.lit(None, dtype=pl.Int64)
        filled = given.fill_null(defaults.get(name, 0)) * 1000
        columns.append(filled.round().cast(pl.Int64).alias(name))
    return columns


def _decimal(name: str) -> pl.Expr:
    thousandth = pl.lit(THOUSANDTH, dtype=pl.Decimal(4, 3))
    return (pl.col(name).cast(pl.Decimal(20, 0)) * thousandth).cast(pl.Decimal(14, 3)).alias(name)


def _order_by(rows: pl.DataFrame, as_of: date) -> pl.Expr:
    if not {"reorder_point", "daily_demand"} <= set(rows.columns):
        return pl.lit(None, dtype=pl.Date)
    spare = pl.col("inventory_position") / 1000 - pl.col("reorder_point")
    days = (spare.clip(0) / pl.col("daily_demand")).floor()
    return (
        pl.when((pl.col("daily_demand") > 0) & (days <= FURTHEST_DAYS))
        .then(pl.lit(as_of) + pl.duration(days=days.clip(0, FURTHEST_DAYS).cast(pl.Int64)))
        .cast(pl.Date)
    )
