"""Which warehouse each order is sent from when they are chosen anew, by what shelves held the day before. Pure."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from oms_core.errors import Invalid
from pipelines.marts.sources import DIRECT
from pipelines.replay.changes import Changes, Routing
from pipelines.replay.record import Record

RESTOCK_DAYS = 14
"""Goods that went from another shelf are missing there (and left over here) for so long; then buying has followed."""
_FEWEST_WAYS = 20
Line = tuple[int, float, str | None]
"""Product, quantity, and the warehouse that it was taken from."""


def choose_warehouses(record: Record, changes: Changes) -> pl.DataFrame:
    """Choose for every order: order_id, warehouse, places (warehouses it is sent from), is_moved, is_unserved, stretch.

    An order goes whole from a warehouse that has all of it, else from where it went if that serves, else in parts.
    ``is_unserved`` marks those the shelves together had not all of: they are left where they were. ``stretch`` is how
    many times as long the way takes. Raises ``Invalid`` where there is nothing to choose from.
    """
    recorded = record.orders.select("order_id", "placed_day", "warehouse", "region")
    if not changes.reroutes:
        return recorded.select("order_id", "warehouse").join(places_of(record), on="order_id", how="left").with_columns(
            pl.col("places").fill_null(1), is_moved=False, is_unserved=False, stretch=1.0
        )  # fmt: skip
    serving = _serving(record, changes)
    places, shelves, ways = _lines_of(record), Shelves(record), _ways(record)
    rows = []
    for order, day, warehouse, region in recorded.sort("placed_day", "order_id").iter_rows():
        lines = places.get(order, [])
        was = [place or warehouse for _, _, place in lines]
        taken = _take((warehouse, lines, day, region), serving, shelves, ways, changes)
        now = max(sorted(set(taken)), key=taken.count) if taken else warehouse
        if is_moved := bool(taken) and taken != was:
            shelves.move(lines, day, was, taken or was)
        count = max(1, len(set(taken or was)))
        rows.append((order, now, count, is_moved, taken is None, _stretch(ways, region, warehouse, now)))
    kinds = {"order_id": pl.Int64, "warehouse": pl.String, "places": pl.Int64, "is_moved": pl.Boolean,
             "is_unserved": pl.Boolean, "stretch": pl.Float64}  # fmt: skip
    return recorded.select("order_id").join(pl.DataFrame(rows, schema=kinds, orient="row"), on="order_id", how="left")


def places_of(record: Record) -> pl.DataFrame:
    """Count the warehouses that each order was sent from: order_id, places; without orders sent by suppliers alone."""
    lines = record.lines.filter(~pl.col("is_direct"))
    return lines.group_by("order_id").agg(places=pl.col("warehouse").n_unique().cast(pl.Int64))


class Shelves:
    """What could be promised from each shelf at the end of each day, less what was sent from it instead of another."""

    def __init__(self, record: Record) -> None:
        asked = record.lines.join(record.orders.select("order_id", "placed_day"), on="order_id")
        rows = (
            record.stock.filter(pl.col("available") > 0)
            .select("warehouse", "product_id", pl.col("day").dt.offset_by("1d"), pl.col("available").cast(pl.Float64))
            .join(asked.select("product_id", day="placed_day"), on=["product_id", "day"], how="semi")
        )
        self._there = {(place, product, day): units for place, product, day, units in rows.iter_rows()}
        self._moved: defaultdict[tuple[str, int], deque[tuple[date, float]]] = defaultdict(deque)
        self._gone: defaultdict[tuple[str, int], float] = defaultdict(float)

    def free(self, warehouse: str, product: int, day: date) -> float:
        """Units that an order placed on ``day`` could have had; days may not be asked for backwards."""
        moved = self._moved.get((warehouse, product))
        if moved and moved[0][0] < (kept_from := day - timedelta(days=RESTOCK_DAYS)):
            while moved and moved[0][0] < kept_from:
                self._gone[warehouse, product] -= moved.popleft()[1]
        return float(self._there.get((warehouse, product, day), 0.0)) - self._gone.get((warehouse, product), 0.0)

    def move(self, lines: Sequence[Line], day: date, before: Sequence[str], now: Sequence[str]) -> None:
        """Note that an order's goods come from other shelves, line by line."""
        for (product, quantity, _), was, will_be in zip(lines, before, now, strict=True):
            for place, units in ((will_be, quantity), (was, -quantity)) if was != will_be else ():
                self._moved[place, product].append((day, units))
                self._gone[place, product] += units


def _take(
    order: tuple[str, Sequence[Line], date, str | None], serving: Sequence[str], shelves: Shelves,
    ways: Mapping[Any, float], changes: Changes,
) -> list[str] | None:  # fmt: skip
    """The warehouse that each line is taken from; None where the shelves together have not all of it."""
    warehouse, lines, day, region = order
    was = [place or warehouse for _, _, place in lines]
    is_served = set(was) <= set(serving)
    if warehouse == DIRECT or (is_served and changes.routing is Routing.RECORDED):
        return was
    free = {place: [shelves.free(place, product, day) for product, _, _ in lines] for place in serving}
    whole = [place for place in serving if all(f >= q for f, (_, q, _) in zip(free[place], lines, strict=True))]
    if whole and changes.routing is Routing.MOST_STOCK:
        return [max(whole, key=lambda place: (min(free[place], default=0), place == warehouse, place))] * len(lines)
    if whole:
        return [min(whole, key=lambda place: (_way(ways, region, place), place != warehouse, place))] * len(lines)
    if is_served:
        return was
    most = [max(serving, key=lambda place: (free[place][at], place)) for at in range(len(lines))]
    return None if any(free[place][at] < lines[at][1] for at, place in enumerate(most)) else most


def _lines_of(record: Record) -> dict[int, list[Line]]:
    found: defaultdict[int, list[Line]] = defaultdict(list)
    lines = record.lines.filter(~pl.col("is_direct")).select(
        "order_id", "product_id", pl.col("quantity").cast(pl.Float64), "warehouse"
    )
    for order, product, quantity, warehouse in lines.iter_rows():
        found[order].append((product, quantity, warehouse))
    return found


def _serving(record: Record, changes: Changes) -> list[str]:
    known = sorted(set(record.orders["warehouse"].drop_nulls()) - {DIRECT})
    if len(known) < 2:
        raise Invalid("One warehouse served all orders: there is no other to choose.", code="replay_one_warehouse")
    serving = [place for place in known if place not in changes.closed]
    if not serving:
        raise Invalid("No warehouse would serve.", code="replay_all_closed")
    if not set(record.stock["warehouse"].unique()) & set(serving):
        raise Invalid("No stock of these warehouses is on record in the period.", code="replay_no_stock")
    return serving


def _ways(record: Record) -> dict[Any, float]:
    """Median seconds of delivery by region and warehouse, and by warehouse alone."""
    stays = record.stays.filter(pl.col("status_group") == "deliver", pl.col("left_at").is_not_null())
    seconds = pl.col("wall_seconds").median()
    fine = stays.group_by("region", "warehouse").agg(seconds, pl.len()).filter(pl.col("len") >= _FEWEST_WAYS)
    coarse = stays.group_by("warehouse").agg(seconds)
    return {(region, place): way for region, place, way, _ in fine.iter_rows()} | dict(coarse.iter_rows())


def _way(ways: Mapping[Any, float], region: str | None, place: str) -> float:
    return float(ways.get((region, place), ways.get(place, float("inf"))))


def _stretch(ways: Mapping[Any, float], region: str | None, before: str, now: str) -> float:
    was, will_be = _way(ways, region, before), _way(ways, region, now)
    return min(3.0, max(1 / 3, will_be / was)) if before != now and 0 < was < float("inf") > will_be else 1.0
