"""Invariants over the marts and forecasts; with those of the order service, all that `oms check` checks."""

import random
from datetime import date, datetime, timedelta
from itertools import pairwise

import polars as pl
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_core import integrity
from oms_core.access.permissions import Permission, requires
from oms_core.integrity import Finding
from pipelines.journal_feed import look, settled_changes
from pipelines.marts import daily_demand, daily_stock, order_lines
from pipelines.marts.building import Raw, Scope, build, placed_days, read_raw
from pipelines.marts.stock_sources import read_stock_flows
from pipelines.store import Store

_EXAMPLES = 5
_QUANTILE = "^q[0-9.]+$"


@requires(Permission.INTEGRITY_VIEW)
def check_all(session: Session, store: Store, *, now: datetime | None = None) -> list[Finding]:
    """Check every invariant of the order service, the marts and the forecasts, in the order of their numbers.

    ``now`` picks the settled day of the marts that is compared with the raw rows: another one each time.
    """
    findings = [*integrity.check(session), check_marts(session.connection(), store, now=now), check_quantiles(store)]
    return sorted(findings, key=lambda finding: finding.code)


def check_marts(connection: Connection, store: Store, *, now: datetime | None = None) -> Finding:
    """Compare a random settled day of every mart with what the raw rows give; no mart, nothing to break."""
    title = "A settled day of every mart equals its raw rows"
    days = _settled_days(connection, store)
    if not days:
        return Finding("11_marts", title, 0)
    day = random.Random(str(now)).choice(days)  # noqa: S311 - any day will do
    raw = read_raw(connection, Scope(placed_days=[day], stock_since=None), store)
    differing = [row for name, frame in build(raw, store) for row in _differences(name, frame, store, day)]
    differing += _stock_differences(connection, raw, store, day)
    if differing and day not in _settled_days(connection, store):
        differing = []  # somebody touched the day between the two readings
    return Finding("11_marts", title, len(differing), tuple(differing[:_EXAMPLES]))


def check_quantiles(store: Store) -> Finding:
    """Find forecasts whose higher quantile lies below a lower one; no forecast, nothing to break."""
    title = "Forecast quantiles do not cross"
    crossing: list[dict[str, object]] = []
    for name in ("forecasts", "forecast_sums"):
        if store.exists(name):
            frame = store.scan(name).collect()
            quantiles = sorted((c for c in frame.columns if pl.Series([c]).str.contains(_QUANTILE)[0]), key=_level)
            crossed = [pl.col(low) > pl.col(high) for low, high in pairwise(quantiles)]
            crossing += [
                {"table": name, **row}
                for row in frame.filter(pl.any_horizontal(pl.lit(value=False), *crossed)).to_dicts()
            ]
    return Finding("12_quantiles", title, len(crossing), tuple(crossing[:_EXAMPLES]))


def _settled_days(connection: Connection, store: Store) -> list[date]:
    """Days of the marts that nothing has touched since they were published, settled or not."""
    watermark = store.watermark()
    if watermark is None or watermark.database != look(connection).database:
        return []
    newer = settled_changes(connection, since=watermark.horizon, until=2**63 - 1)
    touched = {*placed_days(newer.orders).to_list(), *newer.dirty_days.to_list()}
    published = store.scan("order_facts").select(pl.col("placed_day").unique()).collect()["placed_day"].to_list()
    # One day less, for the zones.
    until = newer.stock_changed_at.date() - timedelta(days=1) if newer.stock_changed_at else date.max
    return sorted(day for day in published if day not in touched and day < until)


def _differences(name: str, rebuilt: pl.DataFrame, store: Store, day: date) -> list[dict[str, object]]:
    column = "day" if name == daily_demand.MART.name else order_lines.MART.day
    return _unlike(name, rebuilt, store.scan(name).filter(pl.col(column) == day).collect())


def _stock_differences(connection: Connection, raw: Raw, store: Store, day: date) -> list[dict[str, object]]:
    stored = store.scan(daily_stock.MART.name).filter(pl.col("day") == day).collect()
    if stored.is_empty():
        return []
    flows = read_stock_flows(connection, since=day)
    rebuilt = daily_stock.build(flows, raw.products, since=day).filter(pl.col("day") == day).collect()
    return _unlike(daily_stock.MART.name, rebuilt, stored)


def _unlike(name: str, rebuilt: pl.DataFrame, stored: pl.DataFrame) -> list[dict[str, object]]:
    """Rows of one side that the other does not have as they are."""
    columns = rebuilt.columns
    missing = rebuilt.join(stored, on=columns, how="anti", nulls_equal=True)
    surplus = stored.select(columns).join(rebuilt, on=columns, how="anti", nulls_equal=True)
    sides = (("only in the raw rows", missing), ("only in the mart", surplus))
    return [{"mart": name, "side": side, **row} for side, frame in sides for row in frame.to_dicts()]


def _level(quantile: str) -> float:
    return float(quantile[1:])
