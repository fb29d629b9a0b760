"""What bounds a plan as a whole: stock that lies elsewhere, an order's least value, the money there is."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import polars as pl

MOST_COVER_DAYS = 180
"""No line is raised beyond this cover only to reach an order's least value."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Transfer:
    """Whole units of a product that one warehouse can spare and another one needs."""

    product_id: int
    from_warehouse_id: int
    to_warehouse_id: int
    quantity: Decimal


def find_transfers(proposed: pl.DataFrame) -> list[Transfer]:
    """Find what warehouses short of a product can get from others before anything is bought.

    `proposed`: as `stock_policy.propose` returns, of all warehouses. A warehouse gives of its surplus, and only what
    lies there unreserved; the greatest need is served first, by the greatest surplus.
    """
    moves = []
    for _key, group in proposed.group_by("product_id", maintain_order=True):
        rows = group.select("product_id", "warehouse_id", "surplus", "raw_quantity", "on_hand", "reserved").to_dicts()
        spare = {row["warehouse_id"]: _whole(min(row["surplus"], row["on_hand"] - row["reserved"])) for row in rows}
        for row in sorted(rows, key=lambda one: (-one["raw_quantity"], one["warehouse_id"])):
            need = row["raw_quantity"].to_integral_value(ROUND_CEILING)
            for giver in sorted(spare, key=lambda place: (-spare[place], place)):
                quantity = min(need, spare[giver])
                if quantity > 0 and giver != row["warehouse_id"]:
                    moves.append(Transfer(row["product_id"], giver, row["warehouse_id"], quantity))
                    spare[giver] -= quantity
                    need -= quantity
    return moves


def meet_minimum_values(rows: Sequence[Row], minimums: Mapping[int, Decimal]) -> list[Row]:
    """Raise lines, a pack at a time, until each order to a supplier for a warehouse is worth the supplier's minimum.

    The line that would run out first is raised first, none beyond `MOST_COVER_DAYS`: an order that cannot reach its
    minimum so stays as it was. Rows: as `propose`, with unit_cost and daily_demand.
    """
    groups: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["supplier_id"], row["warehouse_id"]), []).append(dict(row))
    for (supplier, _warehouse), group in groups.items():
        _raise_to(group, minimums.get(supplier, Decimal(0)))
    return [row for group in groups.values() for row in group]


def keep_to_budget(rows: Sequence[Row], budget: Decimal | None) -> list[Row]:
    """Spend no more than the budget, first where a unit of money saves most margin; what does not fit is cut.

    A line that fits in part is bought in part, in whole packs and not below the minimum; a line without a cost costs
    nothing. Lines cut to nothing are returned too, with quantity 0. Rows: with unit_cost and margin_at_risk.
    """
    if budget is None:
        return list(rows)
    left, kept = budget, []
    for row in sorted(rows, key=_worth, reverse=True):
        cost = row["unit_cost"] or Decimal(0)
        quantity = row["quantity"]
        if quantity * cost > left:
            packs = (left / (cost * row["pack_size"])).to_integral_value(ROUND_FLOOR)
            quantity = packs * row["pack_size"]
            if quantity < row["minimum_order_quantity"]:
                quantity = Decimal(0)
        left -= quantity * cost
        kept.append({**row, "quantity": quantity, "budget": row["quantity"] - quantity})
    return kept


def _whole(quantity: Decimal) -> Decimal:
    return max(quantity, Decimal(0)).to_integral_value(ROUND_FLOOR)


def _worth(row: Row) -> tuple[float, int]:
    cost = float(row["quantity"] * (row["unit_cost"] or 0))
    return (float(row["margin_at_risk"] or 0) / cost if cost else float("inf"), -row["product_id"])


def _raise_to(group: list[Row], minimum: Decimal) -> None:
    value = sum((row["quantity"] * (row["unit_cost"] or 0) for row in group), Decimal(0))
    if not 0 < value < minimum:
        return
    added = dict.fromkeys(range(len(group)), Decimal(0))
    waiting = [(_cover(row, Decimal(0)), at) for at, row in enumerate(group) if row["unit_cost"]]
    heapq.heapify(waiting)
    while waiting and value < minimum:
        cover, at = heapq.heappop(waiting)
        if cover >= MOST_COVER_DAYS:
            return
        row = group[at]
        added[at] += row["pack_size"]
        value += row["pack_size"] * row["unit_cost"]
        heapq.heappush(waiting, (_cover(row, added[at]), at))
    for at, row in enumerate(group):
        row["joint_order"] += added[at]
        row["quantity"] += added[at]


def _cover(row: Row, added: Decimal) -> float:
    daily = row["daily_demand"]
    stock = float(row["inventory_position"] + row["quantity"] + added)
    return stock / daily if daily > 0 else float("inf")
