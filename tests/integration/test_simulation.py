"""The demo shop as the database has it: whole, consistent, once, and true to the story."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, text

from oms_core import integrity
from oms_core.db import make_sessions
from oms_core.errors import Conflict, Invalid
from oms_core.workflow.business_time import business_seconds
from oms_core.workflow.calendars import load_calendar
from pipelines.simulation import SimulationReport, simulate

UNTIL = date(2026, 11, 18)  # a Wednesday
TABLES = (
    "orders", "order_lines", "order_events", "status_intervals", "assignment_intervals", "cancellations",
    "reservations", "stock_levels", "stock_moves", "shipments", "shipment_lines", "payments", "refunds",
    "purchase_orders", "purchase_order_lines", "receipt_lines", "customers", "prices", "supply_terms",
)  # fmt: skip
CANCELLED_ORDERS = "cancellations c JOIN orders o ON o.id = c.order_id"
MOVES_TO = "stock_moves m JOIN locations l ON l.id = m.to_location_id"


@dataclass(frozen=True)
class Demo:
    """A simulated shop, its report and where its truth lies."""

    engine: Engine
    report: SimulationReport
    truth: Path

    def rows(self, query: str) -> list[tuple]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def number(self, query: str):
        [[value]] = self.rows(query)
        return value

    def known(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.truth / f"{name}.parquet")


@pytest.fixture(scope="module")
def demo(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> Demo:
    engine, truth = lasting_database(), tmp_path_factory.mktemp("truth")
    return Demo(engine, simulate(engine, until=UNTIL, days=70, orders_per_day=30, truth_dir=truth), truth)


def test_every_invariant_holds(demo):
    with make_sessions(demo.engine)() as session:
        findings = integrity.check(session)
    assert {finding.code: finding.rows for finding in findings if finding.rows} == {}


def test_the_report_counts_what_is_there(demo):
    told = demo.report.to_json()
    assert told["orders"] == demo.number("SELECT count(*) FROM orders")
    assert told["lines"] == demo.number("SELECT count(*) FROM order_lines")
    assert told["events"] == demo.number("SELECT count(*) FROM order_events")
    assert told["products"] == demo.number("SELECT count(*) FROM products") == 400
    assert told["last_day"] == "2026-11-18"


def test_a_second_life_is_refused_and_changes_nothing(demo):
    before = demo.number("SELECT count(*) FROM order_events")
    with pytest.raises(Conflict, match="already"):
        simulate(demo.engine, until=UNTIL, days=5, orders_per_day=5)
    assert demo.number("SELECT count(*) FROM order_events") == before


def test_a_shop_without_days_or_orders_is_refused(demo):
    with pytest.raises(Invalid):
        simulate(demo.engine, until=UNTIL, days=0)
    with pytest.raises(Invalid):
        simulate(demo.engine, until=UNTIL, orders_per_day=0)


@pytest.mark.parametrize("orders_per_day", [0.001, 3])
def test_a_shop_of_one_day_is_a_shop_even_when_nobody_comes(fresh_database, orders_per_day):
    engine = fresh_database()
    report = simulate(engine, until=UNTIL, days=1, orders_per_day=orders_per_day)
    assert report.first_day == report.last_day == UNTIL
    with make_sessions(engine)() as session:
        assert [finding.code for finding in integrity.check(session) if finding.rows] == []


def test_the_same_seed_writes_the_same_rows(fresh_database):
    shops = [fresh_database() for _ in range(2)]
    for engine in shops:
        simulate(engine, until=UNTIL, days=20, orders_per_day=10, seed=7)
    for table in TABLES:
        query = text(
            f"SELECT md5(string_agg((to_jsonb(t) - 'recorded_at' - 'transaction_id')::text, '|'"
            f" ORDER BY (to_jsonb(t) - 'recorded_at' - 'transaction_id')::text)) FROM {table} t"
        )
        one, other = (engine.connect().execute(query).scalar() for engine in shops)
        assert one == other, table


def test_a_shop_that_works_already_keeps_its_orders_and_gets_the_demo_beside_them(fresh_database):
    engine = fresh_database()
    with engine.begin() as connection:
        connection.execute(
            text("""
            WITH somebody AS (INSERT INTO customers (name) VALUES ('Somebody') RETURNING id), placed AS (
                INSERT INTO orders (channel_id, customer_id, status, currency, placed_at, last_sequence)
                SELECT c.id, somebody.id, 'new', 'EUR', now(), 1 FROM channels c, somebody WHERE c.code = 'desk'
                RETURNING id, placed_at
            ), entered AS (
                INSERT INTO status_intervals (order_id, visit, status, group_code, entered_at)
                SELECT id, 1, 'new', 'new', placed_at FROM placed
            )
            INSERT INTO order_events (order_id, sequence, kind, to_status, occurred_at, actor_id)
            SELECT placed.id, 1, 'order.placed', 'new', placed_at, u.id FROM placed, users u WHERE u.login = 'admin'
        """)
        )
    report = simulate(engine, until=UNTIL, days=20, orders_per_day=10)
    with make_sessions(engine)() as session:
        assert session.execute(text("SELECT count(*) FROM orders")).scalar() == report.orders + 1
        assert [finding.code for finding in integrity.check(session) if finding.rows] == []


@pytest.mark.parametrize(
    ("what", "claim"),
    [
        ("both kinds of customer", "count(DISTINCT kind) = 2 FROM customers"),
        ("a simulated channel", "is_simulated FROM channels WHERE code = 'demo'"),
        ("every role", "count(DISTINCT role) >= 7 FROM user_roles"),
        ("eight managers at work", "count(DISTINCT user_id) = 8 FROM assignment_intervals"),
        ("orders handed over", "count(*) > 0 FROM order_events WHERE kind = 'order.assigned'"),
        ("partial shipments", "count(*) > count(DISTINCT order_id) FROM shipments"),
        ("returns of each disposition", "count(DISTINCT disposition) = 3 FROM return_lines"),
        ("every kind of hold", "count(DISTINCT kind) = 4 FROM order_holds"),
        ("open holds", "count(*) > 0 FROM order_holds WHERE closed_at IS NULL"),
        ("lines cancelled alone", f"count(*) > 0 FROM {CANCELLED_ORDERS} WHERE o.status <> 'cancelled'"),
        (
            "part of a line cancelled",
            "count(*) > 0 FROM order_lines WHERE quantity_cancelled BETWEEN 1 AND quantity - 1",
        ),
        ("cancellations at five stages", "count(DISTINCT previous_group) = 5 FROM cancellations"),
        ("lost goods", f"count(*) > 0 FROM {MOVES_TO} WHERE l.code = 'LOSS' AND m.reference LIKE 'order:%'"),
        ("purchases on order", "count(*) > 0 FROM purchase_orders WHERE state = 'ordered'"),
        ("promotions as prices", "count(*) > 50 FROM prices WHERE valid_from > '2026-09-12'"),
        ("late open orders", "count(*) > 0 FROM orders WHERE closed_at IS NULL AND promised_at < '2026-11-18'"),
        ("promises moved", "count(*) > 0 FROM orders WHERE promised_at > first_promised_at"),
        ("work at every stage", "count(DISTINCT status) = 8 FROM orders"),
    ],
)
def test_the_shop_has(demo, what, claim):
    assert demo.number(f"SELECT {claim}"), what


def test_stock_was_never_below_nothing_on_any_day(demo):
    lowest = demo.number("""
        SELECT min(level) FROM (
            SELECT sum(quantity) OVER (PARTITION BY location_id, product_id ORDER BY done_at, quantity DESC) AS level
            FROM (SELECT to_location_id AS location_id, product_id, done_at, quantity FROM stock_moves UNION ALL
                  SELECT from_location_id, product_id, done_at, -quantity FROM stock_moves) m
            JOIN locations l ON l.id = m.location_id AND l.kind = 'stock') levels""")
    assert lowest == 0


def test_nothing_happens_after_the_last_day(demo):
    ends = "'2026-11-19 00:00 Europe/Warsaw'"
    for table, column in (
        ("order_events", "occurred_at"), ("stock_moves", "done_at"), ("payments", "received_at"),
        ("purchase_order_events", "occurred_at"), ("shipment_events", "occurred_at"), ("refunds", "refunded_at"),
    ):  # fmt: skip
        assert demo.number(f"SELECT count(*) FROM {table} WHERE {column} >= {ends}") == 0, table


def test_business_seconds_are_what_the_order_service_counts(demo):
    with make_sessions(demo.engine)() as session:
        calendar = load_calendar(session, demo.number("SELECT calendar_id FROM channels WHERE code = 'demo'"))
    rows = demo.rows("""SELECT entered_at, left_at, wall_seconds, business_seconds FROM status_intervals
                        WHERE left_at IS NOT NULL ORDER BY order_id, visit LIMIT 400""")
    assert len(rows) == 400
    for entered_at, left_at, wall, business in rows:
        assert wall == (left_at - entered_at).total_seconds()
        assert business == business_seconds(entered_at, left_at, calendar)


def test_money_of_lines_follows_the_rounding_of_the_house(demo):
    wrong = demo.number("""SELECT count(*) FROM order_lines WHERE gross <> round(quantity * unit_price, 2) - discount
                           OR tax <> round(gross * tax_rate / (1 + tax_rate), 2)""")
    assert wrong == 0


def test_what_was_wanted_is_ordered_lost_or_a_duplicate(demo):
    ordered = pl.DataFrame(
        demo.rows("""SELECT p.sku, w.code, (o.placed_at AT TIME ZONE 'Europe/Warsaw')::date, sum(l.quantity)::bigint
                     FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN products p ON p.id = l.product_id
                     JOIN warehouses w ON w.id = o.warehouse_id GROUP BY 1, 2, 3"""),
        schema=["sku", "warehouse", "day", "ordered"], orient="row",
    )  # fmt: skip
    truth = demo.known("true_demand")
    joined = truth.join(ordered, on=["sku", "warehouse", "day"], how="full", coalesce=True).fill_null(0)
    assert (joined["wanted"] + joined["duplicated"] - joined["lost"]).equals(joined["ordered"])
    assert truth["lost"].sum() > 0
    assert (truth["lost"] <= truth["wanted"]).all()


def test_every_cancelled_line_has_one_true_cause_and_stated_reasons_are_often_wrong(demo):
    stated = pl.DataFrame(
        demo.rows("""SELECT o.number, l.position::bigint, c.cancelled_at, c.reason FROM cancellations c
                     JOIN orders o ON o.id = c.order_id JOIN order_lines l ON l.id = c.order_line_id"""),
        schema=["order", "position", "cancelled_at", "reason"], orient="row",
    )  # fmt: skip
    truth = demo.known("cancellations")
    joined = stated.join(truth, on=["order", "position", "cancelled_at"], how="left")
    assert joined.height == truth.height == stated.height
    assert joined["reason"].equals(joined["stated_reason"])
    changed = truth.filter(pl.col("true_cause") == "changed_mind")
    assert 0.6 < (changed["stated_reason"] == "changed_mind").mean() < 1
    assert demo.number("SELECT count(*) FROM cancellations WHERE derived_cause IS NOT NULL") == 0


def test_every_late_order_has_a_true_source_of_delay(demo):
    late = demo.rows("""SELECT o.number FROM orders o
        WHERE o.status <> 'cancelled' AND (coalesce(o.closed_at, '2026-11-18 23:59 Europe/Warsaw') AT TIME ZONE
              'Europe/Warsaw')::date > (o.first_promised_at AT TIME ZONE 'Europe/Warsaw')::date""")
    truth = demo.known("delays")
    assert {number for (number,) in late} == set(truth["order"])
    assert len(set(truth["source"])) >= 4
    assert truth["days"].min() >= 1


def test_every_status_has_its_interval_credited_to_who_held_the_order_then(demo):
    wrong = demo.number("""
        SELECT count(*) FROM status_intervals i JOIN assignment_intervals a ON a.order_id = i.order_id
        AND i.entered_at >= a.assigned_at AND (a.left_at IS NULL OR i.entered_at < a.left_at)
        WHERE i.manager_id <> a.user_id""")
    assert wrong == 0


def test_what_placement_could_not_promise_is_told_as_backordered(demo):
    wrong = demo.number("""
        SELECT count(*) FROM orders o
        CROSS JOIN LATERAL (SELECT payload FROM order_events e WHERE e.order_id = o.id AND e.sequence = 2) first
        CROSS JOIN LATERAL (
            SELECT coalesce(sum((x->>'quantity')::numeric), 0) AS told
            FROM jsonb_array_elements((first.payload->'lines') || (first.payload->'backordered')) x) t
        WHERE t.told <> (SELECT sum(quantity) FROM order_lines l WHERE l.order_id = o.id)""")
    assert wrong == 0
