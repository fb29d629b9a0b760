"""Touches: what people did to an order counts, what rules and the system did does not."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
from living_shop import refresh_settled
from sqlalchemy import text

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.catalog.models import Product
from oms_core.customers.registration import CustomerRef
from oms_core.db import make_sessions
from oms_core.orders.assignment import assign_order
from oms_core.orders.comments import comment_order
from oms_core.orders.placement import LineRequest, place_order
from oms_core.orders.progress import move_order
from pipelines import kpi
from pipelines.jobs import refresh
from pipelines.marts import MARTS
from pipelines.store import Store


def test_touches_per_order_count_peoples_entries_and_open_to_their_orders(fresh_engine, tmp_path):
    sessions, store = make_sessions(fresh_engine), Store(str(tmp_path))
    with sessions.begin() as session:
        session.add(Product(sku="MUG", name="Mug"))
    admin, system = (door.read(sessions, None, find_actor, login=login) for login in ("admin", "system"))
    customer, lines = CustomerRef(name="Anna"), [LineRequest("MUG", Decimal(1), Decimal(10))]
    first, second = (
        door.run(sessions, admin, place_order, channel="desk", customer=customer, lines=lines).number for _ in range(2)
    )
    door.run(sessions, admin, move_order, number=first, to="confirm")
    door.run(sessions, admin, comment_order, number=first, text="Called")
    door.run(sessions, system, comment_order, number=second, text="Nobody said this")
    door.run(sessions, admin, assign_order, number=second, manager="admin")
    with sessions() as session:
        counted = "SELECT count(*) FROM order_events WHERE actor_id = :admin AND rule IS NULL"
        counted += " AND kind <> 'order.assigned'"
        entries = session.scalar(text(counted), {"admin": admin.id})
        assert entries < session.scalar(text("SELECT count(*) FROM order_events"))
    refresh_settled(fresh_engine, store)
    today = datetime.now(UTC).date()
    asked = {"date_from": today - timedelta(days=1), "date_to": today + timedelta(days=2)}
    (row,) = kpi.compute(store, "touches_per_order", **asked)
    assert row["value"] == entries / 2
    assert sorted(kpi.drill(store, "touches_per_order", **asked)["number"]) == sorted([first, second])


def test_marts_of_an_earlier_release_are_rebuilt_whole(fresh_engine, tmp_path):
    store = Store(str(tmp_path))
    refresh(fresh_engine, store)
    assert refresh(fresh_engine, store)["days"] == 0
    manifest = store.manifest()
    old = store.frame("order_facts").drop("touches")
    schema = {name: kind for name, kind in MARTS["order_facts"].schema.items() if name != "touches"}
    made = store.publish(
        "order_facts", old, check=type(MARTS["order_facts"].check)(schema=schema, grain=("order_id",), identities={}),
        replacing=None, partition_by=("month",),
    )  # fmt: skip
    store.commit(type(manifest)(marts={**manifest.marts, "order_facts": made}, watermark=manifest.watermark))
    assert refresh(fresh_engine, store)["days"] is None
    assert store.frame("order_facts").schema["touches"] == pl.Int64
