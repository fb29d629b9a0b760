"""Registers that imports add to: channels, places, categories, products, customers, suppliers; known rows stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

import polars as pl

from oms_core.errors import NotFound
from oms_core.money import RoundingRule
from oms_core.workflow.business_time import Calendar
from pipelines.bulk import Cursor, copy_frame, read_frame, reserve_ids


@dataclass(frozen=True)
class ChannelFacts:
    """A channel as imports need it."""

    id: int
    code: str
    currency: str
    time_zone: str
    rounding_rule: RoundingRule
    prices_include_tax: bool
    warehouse_id: int | None
    calendar: Calendar


def find_channel(cursor: Cursor, code: str) -> ChannelFacts:
    """Read a channel with its calendar; raises ``NotFound``."""
    cursor.execute(
        "SELECT id, currency, time_zone, rounding_rule, prices_include_tax, warehouse_id, calendar_id"
        " FROM channels WHERE code = %s",
        (code,),
    )
    row = cursor.fetchone()
    if row is None:
        raise NotFound(f"There is no channel '{code}'.", code="unknown_channel", rows=[{"channel": code}])
    channel_id, currency, time_zone, rounding_rule, include_tax, warehouse_id, calendar_id = row
    return ChannelFacts(
        id=channel_id,
        code=code,
        currency=currency,
        time_zone=time_zone,
        rounding_rule=RoundingRule(rounding_rule),
        prices_include_tax=include_tax,
        warehouse_id=warehouse_id,
        calendar=_calendar(cursor, calendar_id),
    )


def find_or_make_channel(
    cursor: Cursor, code: str, *, name: str, time_zone: str, currency: str, warehouse: str
) -> ChannelFacts:
    """Find a channel, or make it with a calendar of its own (weekdays 9–18) and the standard price list."""
    cursor.execute("SELECT 1 FROM channels WHERE code = %s", (code,))
    if cursor.fetchone() is None:
        cursor.execute(
            "WITH calendar AS (INSERT INTO work_calendars (code, name, time_zone) VALUES (%s, %s, %s)"
            "  ON CONFLICT (code) DO UPDATE SET code = excluded.code RETURNING id),"
            " hours AS (INSERT INTO calendar_rules (calendar_id, weekday, opens_at, closes_at)"
            "  SELECT id, weekday, '09:00', '18:00' FROM calendar, generate_series(0, 4) AS weekday"
            "  ON CONFLICT DO NOTHING)"
            " INSERT INTO channels (code, name, time_zone, currency, rounding_rule, calendar_id, warehouse_id,"
            "  price_list_id) SELECT %s, %s, %s, %s, 'half_up', calendar.id,"
            " (SELECT id FROM warehouses WHERE code = %s),"
            " (SELECT id FROM price_lists WHERE code = 'standard' AND currency = %s) FROM calendar",
            (code, f"Weekdays 9–18, {time_zone}", time_zone, code, name, time_zone, currency, warehouse, currency),
        )
    return find_channel(cursor, code)


def shop_currency(cursor: Cursor) -> str:
    """Read the currency that the shop was set up with: its standard price list's."""
    cursor.execute("SELECT currency FROM price_lists WHERE code = 'standard'")
    currency: str = cursor.fetchone()[0]
    return currency


def find_location(cursor: Cursor, code: str) -> int:
    """Read the id of a location that every shop is seeded with."""
    cursor.execute("SELECT id FROM locations WHERE code = %s", (code,))
    location_id: int = cursor.fetchone()[0]
    return location_id


# Who was merged into somebody is meant as them: their orders go on coming under the old key.
_MEANT = {"customers": "coalesce(merged_into_id, id)"}


def known_ids(
    cursor: Cursor, table: str, key: str, condition: str = "true", values: Sequence[object] = ()
) -> pl.DataFrame:
    """Read the rows of a register that have a key: columns ``key`` and ``id``."""
    query = f"SELECT {key}, {_MEANT.get(table, 'id')} AS id FROM {table} WHERE {key} IS NOT NULL AND {condition}"
    return read_frame(cursor, query, {"key": pl.String, "id": pl.Int64}, values)


def register(cursor: Cursor, table: str, key: str, rows: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Add the ``rows`` (unique by ``key``) that are not ``known`` yet; return all with ids, and how many are new."""
    new = rows.join(known, left_on=key, right_on="key", how="anti", maintain_order="left")
    ids = reserve_ids(cursor, table, new.height)
    new = new.with_columns(id=pl.int_range(ids.start, ids.stop, eager=True))
    copy_frame(cursor, table, new)
    return pl.concat([known, new.select("id", key=key).select("key", "id")]), new.height


def _calendar(cursor: Cursor, calendar_id: int) -> Calendar:
    cursor.execute("SELECT time_zone FROM work_calendars WHERE id = %s", (calendar_id,))
    (time_zone,) = cursor.fetchone()
    cursor.execute("SELECT weekday, opens_at, closes_at FROM calendar_rules WHERE calendar_id = %s", (calendar_id,))
    hours: dict[int, list[tuple[time, time]]] = {}
    for weekday, opens, closes in cursor.fetchall():
        hours.setdefault(weekday, []).append((opens, closes))
    cursor.execute("SELECT day, opens_at, closes_at FROM calendar_exceptions WHERE calendar_id = %s", (calendar_id,))
    exceptions: dict[date, list[tuple[time, time]]] = {}
    for day, opens, closes in cursor.fetchall():
        exceptions.setdefault(day, []).extend([(opens, closes)] if opens else [])
    return Calendar(time_zone, hours, exceptions)
