"""Whatever the keys are, and however many are alike, the pages of the queue are the whole list cut in pieces."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from order_life import MONDAY, Shop
from sqlalchemy import text

from oms_core.orders.queries import OrderRow, list_orders
from oms_core.orders.views import OPEN_SORTS, SavedView, Sort

LATER = MONDAY + timedelta(days=2)
ORDERS = 7
Facts = tuple[int, int | None, int, float | None]
_SET = text("""
UPDATE orders SET placed_at = CAST(:from AS timestamptz) + make_interval(hours => :placed),
    promised_at = CAST(:from AS timestamptz) + make_interval(hours => :promised),
    first_promised_at = CAST(:from AS timestamptz) + make_interval(hours => :promised),
    net = :sum, gross = :sum, tax = 0, shipping = 0, total = :sum
WHERE number = :number
""")
_SCORE = text("""
INSERT INTO order_risks (order_id, milestone, probability, served, scored_at)
SELECT id, 'placed', :risk, 'shortest_left', :from FROM orders WHERE number = :number
""")
# Few values, so that many are alike: only the id tells these apart.
facts = st.tuples(
    st.integers(0, 3), st.none() | st.integers(30, 60), st.integers(1, 3), st.sampled_from([None, 0.2, 0.3, 0.5])
)


@pytest.fixture
def numbers(shop: Shop) -> list[str]:
    """Orders in two stages, one of them closed."""
    shop.stock("MUG", 100)
    steps = ("new", "confirm", "new", "pick", "done", "new", "confirm")
    return [shop.order(("MUG", 1), upto=step, comment="gift") for step in steps]


def pages(shop: Shop, limit: int, **asked) -> list[OrderRow]:
    rows, cursor = [], None
    while True:
        page = list_orders(shop.session, actor=shop.actor, now=LATER, cursor=cursor, limit=limit, **asked)
        rows += page.rows
        if (cursor := page.next_cursor) is None:
            return rows


def key(sort: Sort, row: OrderRow) -> object:
    far = MONDAY + timedelta(days=9_999)
    return {
        Sort.NEWEST: -row.placed_at.timestamp(),
        Sort.OLDEST: row.placed_at.timestamp(),
        Sort.PROMISED: (row.promised_at or far).timestamp(),
        Sort.VALUE: -row.total,
        Sort.WAITING: -(row.stage_seconds or 0),
        Sort.RISK: -(row.risk or 0),
        Sort.MATCH: -row.placed_at.timestamp(),
    }[sort]


questions = st.fixed_dictionaries(
    {
        "sort": st.sampled_from(Sort),
        "view": st.sampled_from(
            [SavedView.ALL, SavedView.TO_CONFIRM, SavedView.TO_PICK, SavedView.LATE, SavedView.AT_RISK]
        ),
        "q": st.sampled_from(["", "gift"]),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(facts, min_size=ORDERS, max_size=ORDERS), limit=st.integers(1, 4), asked=questions)
def test_pages_are_the_whole_list_in_its_order(shop: Shop, numbers, drawn: list[Facts], limit: int, asked) -> None:
    drawing = shop.session.begin_nested()  # what is drawn is no life an order could have had
    for number, (placed, promised, gross, risk) in zip(numbers, drawn, strict=True):
        values = {"placed": placed, "promised": promised, "sum": Decimal(gross), "from": MONDAY, "number": number}
        shop.session.execute(_SET, values)
        if risk is not None:
            shop.session.execute(_SCORE, {"risk": risk, "from": MONDAY, "number": number})
    whole = pages(shop, 100, **asked)
    assert [row.number for row in pages(shop, limit, **asked)] == [row.number for row in whole]
    is_by_risk = asked["sort"] is Sort.MATCH and not asked["q"] and asked["view"] == SavedView.AT_RISK
    keys = [key(Sort.RISK if is_by_risk else asked["sort"], row) for row in whole]
    assert keys == sorted(keys)
    assert len({row.number for row in whole}) == len(whole)
    listed = pages(shop, 100, **asked | {"sort": Sort.NEWEST})
    newest = {row.number for row in listed if asked["sort"] is not Sort.RISK or row.risk is not None}
    closed = {row.number for row in pages(shop, 100, status_group="done")} if asked["sort"] in OPEN_SORTS else set()
    assert {row.number for row in whole} == newest - closed
    drawing.rollback()
