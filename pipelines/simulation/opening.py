"""Opens the demo shop in the database: channel, calendars, people, places, goods, suppliers, customers."""

from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.bulk import Cursor, copy_frame
from pipelines.simulation.assortment import TAX_PERCENT
from pipelines.simulation.clock import Ints
from pipelines.simulation.keys import WAREHOUSES, Shop, ids_of
from pipelines.simulation.opening_goods import add_assortment
from pipelines.simulation.story import Story
from pipelines.simulation.team import CALENDARS, MANAGERS, OTHERS
from pipelines.simulation.words import REGIONS

CHANNEL = "demo"
NAME = "Demo shop (simulated)"
PROMISE_DAYS = 4


def open_shop(cursor: Cursor, story: Story) -> Shop:
    """Write everything that is there before the first order."""
    cursor.execute("SELECT currency FROM channels WHERE code = 'desk'")
    (currency,) = cursor.fetchone()
    calendars = _add_calendars(cursor, story)
    users = _add_people(cursor, story, calendars)
    warehouses, locations = _add_warehouses(cursor, calendars["demo-warehouse"])
    # The desk's own list, so that orders taken at the desk and over the API have prices as well.
    price_list = _add(cursor, "price_lists", code="standard", currency=currency)
    channel = _add(
        cursor, "channels", code=CHANNEL, name=NAME, time_zone=story.horizon.time_zone, currency=currency,
        rounding_rule="half_up", promise_days=PROMISE_DAYS, calendar_id=calendars["demo"], warehouse_id=warehouses[0],
        price_list_id=price_list, is_simulated=True,
    )  # fmt: skip
    cursor.execute("SELECT code, id FROM locations WHERE code IN ('SUPPLIERS', 'CUSTOMERS', 'LOSS', 'COUNT')")
    outside = dict(cursor.fetchall())
    categories, products, suppliers = add_assortment(cursor, story, price_list, TAX_PERCENT)
    managers = np.array([users[person.login] for person in MANAGERS], dtype=np.int64)
    return Shop(
        channel, currency, users, calendars, managers, np.array(warehouses), np.array(locations), outside, categories,
        products, suppliers, _add_customers(cursor, story, channel),
    )  # fmt: skip


def _add(cursor: Cursor, table: str, **values: object) -> int:
    """Id of the row with this code (or login), inserted where it is not there yet."""
    columns = ", ".join(values)
    key = next(iter(values))
    cursor.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(values))}) ON CONFLICT DO NOTHING",
        tuple(values.values()),
    )
    cursor.execute(f"SELECT id FROM {table} WHERE {key} = %s", (values[key],))
    return int(cursor.fetchone()[0])


def _add_calendars(cursor: Cursor, story: Story) -> dict[str, int]:
    found = {}
    for code, (name, hours) in CALENDARS.items():
        found[code] = _add(cursor, "work_calendars", code=code, name=name, time_zone=story.horizon.time_zone)
        cursor.executemany(
            "INSERT INTO calendar_rules (calendar_id, weekday, opens_at, closes_at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [(found[code], weekday, *period) for weekday, periods in hours.items() for period in periods],
        )
        cursor.executemany(
            "INSERT INTO calendar_exceptions (calendar_id, day, note) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [(found[code], day, note) for day, note in story.team.holidays.items()],
        )
    return found


def _add_people(cursor: Cursor, story: Story, calendars: dict[str, int]) -> dict[str, int]:
    people = (*MANAGERS, *OTHERS)
    users = {}
    for person in people:
        users[person.login] = _add(
            cursor, "users", login=person.login, name=person.name, calendar_id=calendars[person.calendar]
        )
        cursor.execute(
            "INSERT INTO user_roles (user_id, role) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (users[person.login], person.role.value),
        )
    date_of = story.horizon.date_of
    cursor.executemany(
        "INSERT INTO absences (user_id, first_day, last_day, kind) VALUES (%s, %s, %s, %s)",
        [
            (users[MANAGERS[one.manager].login], date_of(one.first_day), date_of(one.last_day), one.kind)
            for one in story.team.leave
        ],
    )
    cursor.execute("SELECT id FROM users WHERE login = 'system'")
    return users | {"system": int(cursor.fetchone()[0])}


def _add_warehouses(cursor: Cursor, calendar: int) -> tuple[list[int], list[int]]:
    warehouses, locations = [], []
    for code, name, latitude, longitude in WAREHOUSES:
        warehouse = _add(
            cursor, "warehouses", code=code, name=name, latitude=latitude, longitude=longitude, calendar_id=calendar
        )
        warehouses.append(warehouse)
        locations.append(_add(cursor, "locations", code=code, kind="stock", warehouse_id=warehouse))
    return warehouses, locations


def _add_customers(cursor: Cursor, story: Story, channel: int) -> Ints:
    people = story.customers
    ids = ids_of(cursor, "customers", len(people))
    regions = [REGIONS[region][0] for region in people.region]
    first_seen = np.full(len(people), int(story.horizon.midnight(0)) - 1)
    placed = story.wanted.placed_at[story.course.is_recorded]
    buyers, first = np.unique(story.wanted.customer[story.course.is_recorded], return_index=True)
    first_seen[buyers] = placed[first]
    copy_frame(cursor, "customers", pl.DataFrame({
        "id": ids, "channel_id": np.full(len(ids), channel), "name": people.names, "region": regions,
        "kind": np.where(people.is_firm, "b2b", "b2c"), "tags": np.where(people.is_firm, "{firm}", "{}"),
        "terms_days": people.terms_days, "created_at": first_seen,
    }).with_columns(pl.from_epoch("created_at", time_unit="s")))  # fmt: skip
    _add_contacts(cursor, ids, people.phones, people.emails)
    cities = [REGIONS[region][2] for region in people.region]
    copy_frame(cursor, "addresses", pl.DataFrame({"customer_id": ids, "region": regions}).with_columns(
        details=pl.Series(
            f'{{"street": "{street}", "postcode": "{postcode}", "city": "{city}", "country": "PL"}}'
            for street, postcode, city in zip(people.streets, people.postcodes, cities, strict=True)
        )
    ))  # fmt: skip
    return ids


def _add_contacts(cursor: Cursor, ids: Ints, phones: list[str], emails: list[str]) -> None:
    for kind, values in (("phone", phones), ("email", emails)):
        frame = pl.DataFrame({"customer_id": ids, "kind": [kind] * len(ids), "value": values})
        normalised = pl.col("value").str.replace_all(" ", "") if kind == "phone" else pl.col("value").str.to_lowercase()
        copy_frame(cursor, "contacts", frame.with_columns(normalised=normalised))


def opening_moment(story: Story) -> int:
    """When the shelves were first filled: the evening before the first day."""
    return int(story.horizon.midnight(0)) - int(timedelta(hours=6).total_seconds())
