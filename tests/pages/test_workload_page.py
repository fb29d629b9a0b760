"""The page of workload: minutes against hours by person, and a proposal that is carried out with one click."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from shops import OpenShop, OwnShop
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.bulk import assign_orders
from oms_core.orders.workforce import list_open_work
from oms_core.steering.hourly_costs import set_hourly_cost
from pipelines.jobs import refresh
from pipelines.store import Store
from pipelines.workload.effort import learn_effort
from pipelines.workload.learning import TABLE, publish_effort

Browse = Callable[..., AppTest]


@pytest.fixture
def lopsided(shop_with: Callable[[int], OwnShop]) -> OwnShop:
    """A shop in which all open orders are Anna's, and every one of them takes her half an hour."""
    shop, sessions = shop_with(12)
    store = Store(str(shop.marts))
    with sessions() as session:
        admin = find_actor(session, "admin")
    numbers = [one.number for one in door.read(sessions, admin, list_open_work)]
    assign_orders(sessions, admin, numbers=numbers, manager="anna")
    refresh(sessions.kw["bind"], store)
    stays = {"status_group": ["new", "confirm", "pick", "ship", "deliver"], "order_type": "sale", "size": "single"}
    store.publish(TABLE, learn_effort(pl.DataFrame(stays | {"minutes": 30.0})))
    return shop, sessions


def owners(sessions: sessionmaker[Session]) -> Counter[str]:
    sql = "SELECT u.login FROM orders o JOIN users u ON u.id = o.manager_id WHERE o.closed_at IS NULL"
    with sessions() as session:
        return Counter(session.scalars(text(sql)).all())


def table(app: AppTest, column: str) -> pd.DataFrame:
    return next(shown.value for shown in app.dataframe if column in shown.value.columns)


def as_if_finished_yesterday(store: Store) -> None:
    stays = store.frame("status_intervals").with_columns(pl.col("left_day") - pl.duration(days=1))
    published = store.publish("status_intervals", stays, partition_by=["placed_day"])
    manifest = store.manifest()
    store.commit(manifest.model_copy(update={"marts": {**manifest.marts, "status_intervals": published}}))


def test_the_proposal_says_its_effect_and_one_click_gives_all_of_it(lopsided: OwnShop, browse: Browse) -> None:
    shop, sessions = lopsided
    before = owners(sessions)
    assert set(before) == {"anna"}
    app = browse(shop, "workload", by="lena", horizon="7")
    assert not app.exception
    load = table(app, "load")
    assert load["who"].to_list()[0] == "Anna Kowalska"
    assert any("lowers the highest load from" in told.value for told in app.markdown)
    effect = table(app, "gives")
    given, taken = (sum(int(count) for count in effect[side] if count != "—") for side in ("gives", "takes"))
    assert given == taken > 0
    app.button(key="level").click().run()
    assert not app.exception
    after = owners(sessions)
    assert after["anna"] == before["anna"] - given
    assert after.total() == before.total()
    (kept,) = table(app, "foreseen").to_dict("records")
    assert kept["orders"] == given
    assert kept["in_time"].startswith(f"0 / {given}")
    assert kept["state"].startswith("until "), "its hours are not over"


def test_who_only_looks_sees_the_load_and_gives_nothing_away(lopsided: OwnShop, browse: Browse) -> None:
    app = browse(lopsided[0], "workload", by="eva")
    assert not app.exception
    assert not table(app, "load").empty
    assert not [button for button in app.button if button.key in {"level", "set_cost"}]


def test_what_was_done_comes_in_and_costs_is_told_of_all_channels_and_no_cost_is_invented(
    lopsided: OwnShop, browse: Browse
) -> None:
    shop, sessions = lopsided
    store = Store(str(shop.marts))
    as_if_finished_yesterday(store)
    app = browse(shop, "workload", by="lena", days="7")
    assert not app.exception
    ages = table(app, "oldest")
    assert ages[["hours_4", "day", "days_2", "week", "older"]].sum().sum() == owners(sessions).total()
    done = table(app, "mix")
    ended = store.frame("status_intervals").filter("is_counted", pl.col("left_at").is_not_null(), ~pl.col("is_open"))
    assert done["stages"].sum() == ended["manager"].count() > 0, "all that ended with somebody, and nothing else"
    assert any("working hour" in told.value for told in app.markdown)
    assert any("nothing is reckoned" in told.value for told in app.caption)
    with sessions() as session:
        admin = find_actor(session, "admin")
    since = datetime(2020, 1, 1, tzinfo=UTC).date()
    door.run(sessions, admin, set_hourly_cost, cost=Decimal(30), currency="EUR", first_day=since)
    app.run()
    assert not app.exception
    assert not any("nothing is reckoned" in told.value for told in app.caption)


def test_before_anything_was_learnt_the_page_says_when_it_will_be(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "workload")
    assert not app.exception
    assert any("learnt once a day" in told.value for told in app.caption)


@pytest.mark.real
def test_past_orders_from_files_teach_nothing(olist_engine: Engine, tmp_path: Path) -> None:
    assert publish_effort(olist_engine, Store(str(tmp_path)), now=datetime(2018, 8, 1, tzinfo=UTC)) == 0
