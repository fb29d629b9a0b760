"""Credit: what was done stays with who held the order then, whoever it is given to later."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from living_shop import LivingShop, refresh_settled
from sqlalchemy import text

from oms_core import door
from oms_core.bulk import assign_orders
from oms_core.db import make_sessions
from oms_core.errors import Invalid, OmsError
from oms_core.orders.cancellation import cancel_order
from pipelines import kpi
from pipelines.metrics import METRICS, Lens
from pipelines.store import Store
from pipelines.workload.credit import credited
from pipelines.workload.effort import learn_effort

BY_THE_CLOCK = {
    "open_age",
    "freshness",
    "cycle_time_km",
}  # they grow between two refreshes: their rows are compared, not their hours
# In the shop that lived nobody gives money back, and no worker scores open orders.
NOT_DONE = {"refund_time", "refunded_value", "open_at_risk"}
MOVES_ON = {"stage_reached"}  # an order whose waiting rest is cancelled goes on to its next stage
MONTHS = [date(2024, month, 1) for month in range(3, 9)]
HELD = "SELECT number FROM orders WHERE closed_at IS NULL AND manager_id IS NOT NULL ORDER BY id LIMIT 100"


@pytest.fixture
def lived(fresh_engine, tmp_path, request):
    """A shop that lived through so many acts, and its marts."""
    shop, store = LivingShop(make_sessions(fresh_engine), 21), Store(str(tmp_path))
    shop.live(request.param)
    refresh_settled(fresh_engine, store)
    return shop, store


def by_manager(store: Store, lenses: set[Lens], codes: Iterable[str] = METRICS) -> dict[tuple, object]:
    """These metrics by manager and month through these lenses, and the rows that each number is made of."""
    answers: dict[tuple, object] = {}
    for code in codes:
        for lens in lenses & set(METRICS[code].days):
            for first, after in pairwise(MONTHS):
                asked = {"date_from": first, "date_to": after, "lens": lens.value}
                answers[code, lens, first] = answered(store, code, by=("manager",), **asked)
    return {key: answer for key, answer in answers.items() if answer is not None}


def answered(store: Store, code: str, **asked) -> tuple | None:
    """Tile and rows by manager; None where the metric has nobody to credit."""
    try:
        tile, rows = kpi.measure(store, code, **asked), kpi.drill(store, code, **asked)
    except Invalid as refusal:
        if refusal.code != "unknown_cut":
            raise
        return None
    if code in BY_THE_CLOCK:
        tile = tile.select("manager", "n")
        rows = rows.select(pl.exclude("numerator", "denominator", "hours"))
    return tile.rows(), sorted(rows.rows(), key=str)


def work_done(store: Store) -> list[tuple]:
    """Every stage finished in these months with its weight, as the page of workload credits it."""
    stays, orders = store.frame("status_intervals").filter("is_counted"), store.frame("order_facts")
    kinds = stays.select("status_group", order_type="type", size=pl.lit("single"), minutes=pl.lit(10.0))
    done = credited(stays, orders.select("order_id", "type", "lines"), learn_effort(kinds))
    return done.filter(pl.col("left_day").is_between(MONTHS[0], MONTHS[-1], closed="left")).rows()


def journal(shop: LivingShop) -> list[tuple]:
    with shop.sessions() as session:
        credited = "SELECT id, manager_id FROM order_events WHERE kind <> 'order.assigned' ORDER BY id"
        return [tuple(row) for row in session.execute(text(credited))]


@pytest.mark.full
@pytest.mark.parametrize("lived", [1050], indirect=True)
def test_giving_away_a_hundred_orders_changes_no_report_on_the_past(lived, fresh_engine):
    shop, store = lived
    before, now = (by_manager(store, lenses) for lenses in ({Lens.COHORT, Lens.FLOW}, {Lens.NOW}))
    written, done = journal(shop), work_done(store)
    assert len(done) > 100
    assert len({code for code, *_ in before}) > 20
    assert {code for code, *_ in before} - {code for (code, *_), (tile, _) in before.items() if tile} == NOT_DONE
    with shop.sessions() as session:
        numbers = session.execute(text(HELD)).scalars().all()
    given = assign_orders(shop.sessions, shop.actor, numbers=numbers, manager="admin")
    assert [one.ok for one in given] == [True] * 100
    refresh_settled(fresh_engine, store)
    assert journal(shop)[: len(written)] == written
    after = by_manager(store, {Lens.COHORT, Lens.FLOW})
    assert [key for key in before if after[key] != before[key]] == []
    assert work_done(store) == done
    moved = by_manager(store, {Lens.NOW})
    standing = {code for code, *_ in now} - NOT_DONE
    assert {code for code, *rest in now if moved[code, *rest] != now[code, *rest]} == standing


@pytest.mark.parametrize("lived", [200], indirect=True)
def test_closing_an_order_that_was_given_away_leaves_its_placing_with_who_took_it(lived, fresh_engine):
    shop, store = lived
    of_placing = [code for code, metric in METRICS.items() if metric.credit == "taken_by" and code not in MOVES_ON]
    taken = by_manager(store, {Lens.COHORT}, of_placing)
    with shop.sessions() as session:
        numbers = session.execute(text(HELD)).scalars().all()[:20]
    assert len(assign_orders(shop.sessions, shop.actor, numbers=numbers, manager="admin")) == len(numbers)
    placed = dict(store.frame("order_facts").select("number", "taken_by").iter_rows())
    cancelled = 0
    for number in numbers:
        with suppress(OmsError):  # what was shipped can no longer be cancelled
            door.run(shop.sessions, shop.actor, cancel_order, number=number, reason="changed_mind", lines=None)
            cancelled += 1
    assert cancelled > 0
    refresh_settled(fresh_engine, store)
    facts = store.frame("order_facts").filter(pl.col("number").is_in(numbers), pl.col("is_cancelled"))
    assert facts["manager"].unique().to_list() == ["admin"]
    assert dict(store.frame("order_facts").select("number", "taken_by").iter_rows()) == placed
    after = by_manager(store, {Lens.COHORT}, of_placing)
    assert [key for key in taken if after[key][0] != taken[key][0]] == []
