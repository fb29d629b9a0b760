"""Lists handed over as files: all that matches, as the list has it, and nothing the reader may not see."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from shops import fill
from sqlalchemy import Engine

from dashboard import export_lists, exporting
from dashboard.exporting import Listing, sheet_of
from dashboard.reads import Question
from dashboard.translation import speaking
from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.db import make_sessions
from oms_core.errors import Forbidden
from oms_core.orders import whole_list
from oms_core.orders.queries import list_orders
from oms_core.orders.views import QueueFilters, Sort
from pipelines.exporting import as_csv, as_xlsx

NAMES = {"new": "New"}


@pytest.fixture(scope="module")
def engine(lasting_database: Callable[[], Engine]) -> Engine:
    made = lasting_database()
    fill(make_sessions(made))
    return made


def person(engine: Engine, login: str) -> Actor:
    actor: Actor = door.read(make_sessions(engine), None, find_actor, login=login)
    return actor


def asking(engine: Engine, actor: Actor) -> Callable[..., Any]:
    return lambda query, **facts: door.read(make_sessions(engine), actor, query, **facts)


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> Callable[[Actor], dict[str, Listing]]:
    """The listings as the page of this person would offer them."""

    def of(actor: Actor) -> dict[str, Listing]:
        monkeypatch.setattr(export_lists, "may", actor.may)
        monkeypatch.setattr(export_lists, "status_names", lambda: NAMES)
        with speaking("en"):
            return {
                "orders": export_lists.orders_listing(Question(), manager=actor.login),
                "customers": export_lists.customers_listing({}, []),
                "stock": export_lists.stock_listing("", ""),
                "tasks": export_lists.tasks_listing({"whose": "all"}, is_done=False, told=[]),
                "lost": export_lists.lost_listing({}),
            }

    return of


def test_every_page_of_a_list_is_handed_over_once_in_its_order(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = person(engine, "admin")
    ask, now = asking(engine, admin), datetime.now(UTC)
    wanted = [row.number for row in ask(list_orders, now=now, limit=500).rows]
    monkeypatch.setattr(whole_list, "MAX_PAGE", 3)
    for sort in (Sort.NEWEST, Sort.OLDEST):
        handed: list[str] = []
        is_all = ask(
            whole_list.hand_over_orders, now=now, filters=QueueFilters(), sort=sort,
            take=lambda rows, into=handed: into.extend(row.number for row in rows),
        )  # fmt: skip
        assert is_all
        assert handed == (wanted if sort is Sort.NEWEST else wanted[::-1])
    some: list[str] = []
    facts = {"now": now, "filters": QueueFilters(), "take": lambda rows: some.extend(row.number for row in rows)}
    assert not ask(whole_list.hand_over_orders, **facts, at_most=4)
    assert some == wanted[:4]


@pytest.mark.parametrize("code", ["orders", "customers", "stock", "tasks", "lost"])
def test_each_list_is_a_table_of_its_columns_with_what_it_was_made_with(
    engine: Engine, listings: Callable[[Actor], dict[str, Listing]], code: str
) -> None:
    admin = person(engine, "admin")
    listing = listings(admin)[code]
    with speaking("en"):
        sheet = sheet_of(listing, asking(engine, admin), zone="Europe/Moscow", by="Ada")
    assert set(listing.headings) <= set(sheet.frame.columns)
    assert {("Time zone", "Europe/Moscow"), ("Made by", "Ada")} <= set(sheet.facts)
    skipped = len(sheet.facts) + 1
    read = pl.read_excel(io.BytesIO(as_xlsx(sheet)), read_options={"header_row": skipped})
    assert (read.columns, read.height) == (list(listing.headings.values()), sheet.frame.height)
    assert as_csv(sheet).decode("utf-8-sig").count("\r\n") >= skipped + 1 + sheet.frame.height


def test_the_filter_of_the_list_is_kept_and_written_in(
    engine: Engine, listings: Callable[[Actor], dict[str, Listing]]
) -> None:
    admin = person(engine, "admin")
    listings(admin)
    with speaking("en"):
        late = export_lists.orders_listing(Question(view="late", sort="match"), manager="admin")
        sheet = sheet_of(late, asking(engine, admin), zone="UTC", by="Ada")
        everything = sheet_of(listings(admin)["orders"], asking(engine, admin), zone="UTC", by="Ada")
    assert {("View", "Late"), ("Sort", "Newest first")} <= set(sheet.facts)
    assert sheet.frame.height < everything.frame.height


@pytest.mark.parametrize("code", ["orders", "customers", "tasks", "lost"])
def test_who_may_not_see_personal_data_gets_no_file_with_it(
    engine: Engine, listings: Callable[[Actor], dict[str, Listing]], code: str
) -> None:
    admin = person(engine, "admin")
    blind = Actor(
        admin.id, admin.login, roles=admin.roles,
        permissions=frozenset(one for one in admin.permissions if one.value != "personal_data.view"),
    )  # fmt: skip
    private = {"customer", "name", "phone", "email", "note"}
    assert private & set(listings(admin)[code].headings)
    assert not private & set(listings(blind)[code].headings)
    with speaking("en"):
        shown = as_csv(sheet_of(listings(blind)[code], asking(engine, blind), zone="UTC", by="x")).decode("utf-8-sig")
    people = asking(engine, admin)(list_orders, now=datetime.now(UTC), limit=500).rows
    assert not [row.customer for row in people if row.customer in shown]


def test_a_list_one_may_not_see_is_not_handed_over(
    engine: Engine, listings: Callable[[Actor], dict[str, Listing]]
) -> None:
    admin = person(engine, "admin")
    nobody = Actor(admin.id, admin.login, roles=frozenset(), permissions=frozenset())
    with speaking("en"):
        for listing in listings(admin).values():
            with pytest.raises(Forbidden):
                exporting.sheet_of(listing, asking(engine, nobody), zone="UTC", by="x")
