"""From raw rows to the frames of all marts: for some days at once, or for every day in parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from sqlalchemy import Connection

from oms_core.errors import Invalid
from pipelines.journal_feed import PLACED, Changes, copy_frame
from pipelines.marts import ORDER_MARTS, daily_demand, daily_stock, order_facts, order_lines
from pipelines.marts.business_days import business_day
from pipelines.marts.causes import with_causes
from pipelines.marts.headers import with_headers
from pipelines.marts.sources import Sources, read_orders
from pipelines.marts.stock_sources import read_products, read_recent_flows, read_stock_flows
from pipelines.store import Replacement, Store

ORDERS_AT_ONCE = 200_000
_PLACED_BETWEEN = """
SELECT o.id AS order_id, o.placed_at AT TIME ZONE 'UTC' AS placed_at, c.time_zone,
       extract(epoch FROM c.day_start)::int AS day_start_seconds
FROM orders o JOIN channels c ON c.id = o.channel_id
JOIN (SELECT unnest(%(days)s::date[]) AS day) d
  ON o.placed_at >= d.day - interval '1 day' AND o.placed_at < d.day + interval '3 days'
"""


@dataclass(frozen=True)
class Scope:
    """The days to rebuild: placed days of orders, and stock from a day on (None: untouched)."""

    placed_days: Sequence[date]
    stock_since: date | None

    @property
    def is_empty(self) -> bool:
        """Nothing is to be rebuilt."""
        return not self.placed_days and self.stock_since is None

    def replacement(self, mart: str) -> Replacement:
        """The whole days of a mart that this scope rebuilds."""
        if mart == daily_stock.MART.name:
            return Replacement("day", since=self.stock_since)
        if mart == daily_demand.MART.name:
            return Replacement("day", days=self.placed_days)
        return Replacement("placed_day", days=self.placed_days)


def scope_of(changes: Changes, store: Store) -> Scope:
    """Find the days that settled changes touched.

    An order dirties the day it was placed. Stock is a running total, so it is dirty from the earliest moment on at
    which stock or a claim on it changed, and with it the demand of those days, which says whether there was stock.
    """
    touched = set(placed_days(changes.orders).to_list()) | set(changes.dirty_days.to_list())
    known = store.scan("daily_stock").select(pl.col("day").max()).collect().item()
    stock_days = [changes.stock_changed_at.date()] if changes.stock_changed_at else []
    stock_days += changes.dirty_days.to_list() if known else []
    if not stock_days:
        return Scope(placed_days=sorted(touched), stock_since=None)
    # One day more, for the zones; and no gap after the newest day.
    since = min(min(stock_days) - timedelta(days=1), known + timedelta(days=1) if known else date.max)
    return Scope(placed_days=sorted(touched | set(_demand_days(store, since))), stock_since=since)


def placed_days(orders: pl.DataFrame) -> pl.Series:
    """Business days on which orders were placed."""
    zones = orders["time_zone"].unique().to_list()
    return orders.select(day=business_day("placed_at", zones))["day"].unique()


@dataclass(frozen=True)
class Raw:
    """All rows that rebuilding some days needs, read in one snapshot."""

    scope: Scope
    orders: Sources
    flows: pl.DataFrame | None
    products: pl.DataFrame


def read_raw(connection: Connection, scope: Scope, store: Store) -> Raw:
    """Read the rows of the scope's days; the stock before them is taken from the store."""
    since = scope.stock_since
    return Raw(
        scope=scope,
        orders=_read(connection, _orders_of(connection, scope.placed_days)),
        flows=read_recent_flows(connection, since=since, opening=_opening(store, since)) if since else None,
        products=read_products(connection),
    )


def build(raw: Raw, store: Store) -> Iterator[tuple[str, pl.DataFrame]]:
    """Build the days of one mart after the other; the stock of days out of scope is taken from the store."""
    lines = pl.DataFrame()
    for name, frame in _of_orders(raw.orders):
        lines = frame if name == order_lines.MART.name else lines
        yield name, frame
    stock = _stock_in_store(raw.scope, store)
    if raw.flows is not None:
        fresh = daily_stock.build(raw.flows, raw.products, since=raw.scope.stock_since).collect()
        yield daily_stock.MART.name, fresh
        stock = pl.concat([stock, fresh.lazy()])
    yield daily_demand.MART.name, daily_demand.build(lines.lazy(), stock).collect()


def rebuild(connection: Connection, store: Store) -> Iterator[tuple[str, pl.DataFrame]]:
    """Build every mart whole and in parts, so that memory holds no more than the orders of one.

    The parts of a mart follow each other: orders of neighbouring numbers, then the demand of one month after the other,
    for which the parts of the mart of lines have to be written by then.
    """
    for ids in _parts(connection):
        yield from _of_orders(_read(connection, ids))
    products = read_products(connection)
    stock = daily_stock.build(read_stock_flows(connection, since=None), products).collect()
    yield daily_stock.MART.name, stock
    lines = store.written(order_lines.MART.name)
    months = lines.select(pl.col("month").unique().sort()).collect()["month"].to_list()
    for month in months or [""]:
        of_month = pl.col("month") == month
        yield (
            daily_demand.MART.name,
            daily_demand.build(lines.filter(of_month), stock.lazy().filter(of_month)).collect(),
        )


def _read(connection: Connection, order_ids: Sequence[int]) -> Sources:
    return with_headers(with_causes(read_orders(connection, order_ids)))


def _of_orders(orders: Sources) -> Iterator[tuple[str, pl.DataFrame]]:
    facts, lines = pl.collect_all([order_facts.build(orders), order_lines.build(orders)])
    require_reconciled(facts, lines)
    yield order_facts.MART.name, facts
    yield order_lines.MART.name, lines
    for mart in ORDER_MARTS:
        if mart not in {order_facts, order_lines}:
            yield mart.MART.name, mart.build(orders).collect()


def _parts(connection: Connection) -> list[range]:
    """Ranges of ids that cover all orders; one at least, so that an empty shop has empty marts."""
    first, last = connection.exec_driver_sql("SELECT min(id), max(id) FROM orders").one()
    if last is None:
        return [range(0)]
    return [range(start, start + ORDERS_AT_ONCE) for start in range(first, last + 1, ORDERS_AT_ONCE)]


def _opening(store: Store, since: date) -> pl.DataFrame:
    """The levels of stock at the end of the day before."""
    levels = store.scan(daily_stock.MART.name).filter(pl.col("day") == since - timedelta(days=1))
    return levels.select("warehouse", "product_id", "on_hand", "outstanding").collect()


def _stock_in_store(scope: Scope, store: Store) -> pl.LazyFrame:
    known = store.scan("daily_stock").filter(pl.col("day").is_in(list(scope.placed_days)))
    return known if scope.stock_since is None else known.filter(pl.col("day") < scope.stock_since)


def _orders_of(connection: Connection, days: Sequence[date]) -> list[int]:
    """Orders placed on these business days; the margin of the query covers every zone and start of the day."""
    near = copy_frame(connection, _PLACED_BETWEEN, PLACED, {"days": list(days)})
    zones = near["time_zone"].unique().to_list()
    wanted = near.filter(business_day("placed_at", zones).is_in(list(days)))
    return wanted["order_id"].unique().sort().to_list()


def _demand_days(store: Store, since: date) -> list[date]:
    days = store.scan("order_facts").select(pl.col("placed_day").unique()).filter(pl.col("placed_day") >= since)
    return days.collect()["placed_day"].to_list()


def require_reconciled(facts: pl.DataFrame, lines: pl.DataFrame) -> None:
    """Refuse facts that differ from the sum of their lines in money, units or what was handed over."""
    sums = lines.group_by("order_id").agg(
        pl.col("gross", "net").sum(), units=pl.col("quantity").sum(), shipped=pl.col("quantity_shipped").sum()
    )
    both = facts.filter(pl.col("lines") > 0).join(sums, on="order_id", how="full", suffix="_of_lines")
    broken = both.filter(
        (pl.col("gross") != pl.col("gross_of_lines")).fill_null(value=True)
        | (pl.col("net") != pl.col("net_of_lines"))
        | (pl.col("units") != pl.col("units_of_lines"))
        | (pl.col("units_shipped") != pl.col("shipped"))
    )
    if broken.height:
        rows = broken.select("number", "gross", "gross_of_lines", "units", "units_of_lines").head(5).to_dicts()
        raise Invalid(f"{broken.height} orders differ from the sum of their lines", code="mart_identity", rows=rows)
