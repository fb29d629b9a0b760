"""Segments: the count is that of the SQL anybody would write, and what is exported is who was counted."""

from datetime import timedelta

import pytest
from building import NOON
from knowing import LATER, goods, known, orders_of
from sqlalchemy import text

from oms_core.customers.directory import export_customers, list_customers
from oms_core.customers.profile import brief_of
from oms_core.customers.rfm import CLASSES, NEVER
from oms_core.customers.segments import count_customers, list_segments, remove_segment, save_segment
from oms_core.errors import Conflict, Invalid, NotFound


@pytest.fixture
def crowd(session) -> list[int]:
    """Customers who ordered 0 to 13 times, last from now to two years ago; every third is a company."""
    goods(session)
    session.execute(text("INSERT INTO categories (code, name) VALUES ('home', 'Home')"))
    session.execute(
        text("INSERT INTO categories (code, name, parent_id) SELECT 'home/mugs', 'Mugs', id FROM categories")
    )
    goods(session, "CUP")
    session.execute(
        text("UPDATE products SET category_id = (SELECT id FROM categories WHERE code = 'home/mugs') WHERE sku = 'CUP'")
    )
    ids = []
    for place, (orders, days) in enumerate(((0, 0), (1, 3), (1, 200), (2, 40), (4, 5), (6, 120), (13, 2), (3, 700))):
        kind = "b2b" if place % 3 == 0 else "b2c"
        ids.append(known(session, f"Guest {place}", phone=f"70000{place:03}", kind=kind, region="PL"))
        orders_of(session, ids[-1], orders, sku="CUP" if place == 4 else "MUG", days=days)
    session.execute(text("UPDATE customers SET tags = '{vip}' WHERE id = ANY (:ids)"), {"ids": ids[2:5]})
    return ids


_COUNTS = {
    "f": "(SELECT count(*) FROM orders o WHERE o.customer_id = c.id)",
    "sum": "(SELECT coalesce(sum(total), 0) FROM orders o WHERE o.customer_id = c.id)",
    "last": "(SELECT max(placed_at) FROM orders o WHERE o.customer_id = c.id)",
}


@pytest.mark.parametrize(
    ("conditions", "sql"),
    [
        ([{"field": "orders", "op": "at_least", "value": 2}], "{f} >= 2"),
        ([{"field": "orders", "op": "at_most", "value": 1}], "{f} <= 1"),
        ([{"field": "value", "op": "at_least", "value": "40", "currency": "EUR"}], "{sum} >= 40"),
        ([{"field": "last_order", "op": "within", "value": 30}], "{last} >= :now - interval '30 days'"),
        ([{"field": "last_order", "op": "before", "value": 90}], "{last} < :now - interval '90 days'"),
        ([{"field": "tag", "op": "is", "value": ["vip", "none"]}], "'vip' = ANY (c.tags)"),
        ([{"field": "tag", "op": "is_not", "value": ["vip"]}], "NOT 'vip' = ANY (c.tags)"),
        ([{"field": "kind", "op": "is", "value": ["b2b"]}], "c.kind = 'b2b'"),
        ([{"field": "region", "op": "is_not", "value": ["PL"]}], "false"),
        ([{"field": "category", "op": "bought", "value": ["home"]}], "c.name = 'Guest 4'"),
        ([{"field": "category", "op": "not_bought", "value": ["home"]}], "c.name <> 'Guest 4'"),
        ([{"field": "orders", "op": "at_least", "value": 1}, {"field": "kind", "op": "is", "value": ["b2c"]},
          {"field": "value", "op": "at_most", "value": "20", "currency": "EUR"}],
         "{f} >= 1 AND c.kind = 'b2c' AND {sum} <= 20"),
    ],
)  # fmt: skip
def test_the_count_is_that_of_the_sql(session, crowd, conditions, sql):
    expected = text("SELECT count(*) FROM customers c WHERE " + sql.format(**_COUNTS))
    now = {"now": LATER} if ":now" in sql else {}
    count = count_customers(session, now=LATER, conditions=conditions)
    assert count == session.scalar(expected, now)
    assert 0 <= count <= len(crowd)


def test_every_class_counts_exactly_those_whose_profile_says_so(session, actor, crowd):
    profiles = [brief_of(session, one, actor=actor, now=LATER) for one in crowd]
    named = [NEVER if profile.rfm is None else profile.rfm.name for profile in profiles]
    assert len(set(named)) >= 6
    for name in CLASSES:
        conditions = [{"field": "rfm", "op": "is", "value": [name]}]
        assert count_customers(session, now=LATER, conditions=conditions) == named.count(name), name


def test_a_saved_segment_lists_and_exports_whom_it_counts(session, actor, crowd):
    conditions = [{"field": "orders", "op": "at_least", "value": 4}]
    segment = save_segment(session, actor=actor, now=NOON, name="Regulars", conditions=conditions)
    page = list_customers(session, actor=actor, segment=segment, limit=2, now=LATER)
    rest = list_customers(session, actor=actor, segment=segment, cursor=page.next_cursor, now=LATER)
    listed = {row.id for row in page.rows + rest.rows}
    exported = export_customers(session, actor=actor, segment=segment)
    assert listed == {crowd[4], crowd[5], crowd[6]} == {row.id for row in exported}
    assert count_customers(session, now=LATER, conditions=conditions) == 3


def test_segments_are_kept_changed_and_forgotten(session, actor, crowd):
    vip = [{"field": "tag", "op": "is", "value": ["vip"]}]
    segment = save_segment(session, actor=actor, now=NOON, name="VIP", conditions=vip)
    facts = {"actor": actor, "now": NOON, "conditions": vip}
    with pytest.raises(Conflict, match="already"):
        save_segment(session, **facts, name="VIP")
    save_segment(session, **facts, name="Very important", segment_id=segment, version=1)
    with pytest.raises(Conflict) as refused:
        save_segment(session, **facts, name="Mine", segment_id=segment, version=1)
    assert refused.value.code == "stale_version"
    assert [(one.name, one.version) for one in list_segments(session)] == [("Very important", 2)]
    remove_segment(session, actor=actor, now=NOON, segment_id=segment, version=2)
    assert list_segments(session) == []
    with pytest.raises(NotFound):
        remove_segment(session, actor=actor, now=NOON, segment_id=segment, version=2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"field": "nothing", "op": "is", "value": ["x"]}, {"field": "orders", "op": "is", "value": 1},
        {"field": "orders", "op": "at_least", "value": "many"}, {"field": "orders", "op": "at_least", "value": -1},
        {"field": "orders", "op": "at_least", "value": 1.5}, {"field": "orders", "op": "at_least", "value": True},
        {"field": "value", "op": "at_least", "value": "NaN", "currency": "EUR"},
        {"field": "value", "op": "at_least", "value": 1}, {"field": "tag", "op": "is", "value": "vip"},
        {"field": "tag", "op": "is", "value": []}, {"field": "tag", "op": "is", "value": ["a\0"]},
        {"field": "rfm", "op": "is", "value": ["best"]}, {"field": "kind", "op": "is", "value": ["c2c"]}, {},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_its_place(session, actor, wrong):
    with pytest.raises(Invalid) as refused:
        count_customers(session, now=LATER, conditions=[{"field": "orders", "op": "at_least", "value": 1}, wrong])
    assert all(row["field"].startswith("conditions[1].") for row in refused.value.rows)


def test_a_recency_grows_old_by_itself(session, actor, crowd):
    later = LATER + timedelta(days=400)
    assert count_customers(session, now=later, conditions=[{"field": "rfm", "op": "is", "value": ["lost"]}]) == 7
