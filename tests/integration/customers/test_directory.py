"""Customers are found by words of their name, a phone's last digits, an e-mail or a tag, page by page."""

import pytest
from knowing import goods, known, orders_of, someone
from sqlalchemy import event, text

from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.customers.directory import export_customers, find_customers, list_customers, name_customers
from oms_core.customers.privacy import HIDDEN
from oms_core.errors import Invalid, NotFound


@pytest.fixture
def people(session) -> dict[str, int]:
    """Three people; the second has ordered."""
    goods(session)
    ids = {
        "anna": known(session, "Anna Kowalska", phone="+48 600 100 200", email="anna@example.com"),
        "ivan": known(session, "Иван Петров", phone="8 921 555-10-20"),
        "studio": known(session, "Studio Północ", email="biuro@polnoc.pl", kind="b2b", region="PL"),
    }
    session.execute(text("UPDATE customers SET tags = '{vip}' WHERE id = :id"), {"id": ids["anna"]})
    orders_of(session, ids["ivan"], 2)
    return ids


def found(session, actor, **facts) -> set[int]:
    return {row.id for row in list_customers(session, actor=actor, **facts).rows}


@pytest.mark.parametrize(
    ("q", "who"),
    [
        ("kowalska", "anna"), ("kowal an", "anna"), ("петр", "ivan"), ("ПЕТРОВ", "ivan"), ("północ", "studio"),
        ("+48600100200", "anna"), ("100 200", "anna"), ("5551020", "ivan"), ("8921", "ivan"),
        ("anna@exa", "anna"), ("BIURO@polnoc.pl", "studio"), ("vip", "anna"),
    ],
)  # fmt: skip
def test_who_is_looked_for_is_found(session, actor, people, q, who):
    assert found(session, actor, q=q) == {people[who]}


@pytest.mark.parametrize("q", ["nobody", "99999", "%", "'; DROP TABLE customers; --", "\\", "(((", "\0", "a & | !"])
def test_what_matches_nobody_finds_nobody(session, actor, people, q):
    assert found(session, actor, q=q) in (set(), set(people.values()) if not q.replace("\0", "").strip() else set())


def test_filters_narrow_the_list(session, actor, people):
    assert found(session, actor, kind="b2b") == {people["studio"]}
    assert found(session, actor, tag="vip") == {people["anna"]}
    assert found(session, actor, manager="admin") == set()
    with pytest.raises(Invalid):
        list_customers(session, actor=actor, kind="b2x")
    with pytest.raises(NotFound):
        list_customers(session, actor=actor, segment=10**9)


def test_a_row_says_what_was_ordered(session, actor, people):
    [row] = list_customers(session, actor=actor, q="Петров").rows
    assert (row.orders, row.open_orders, str(row.value), row.currency) == (2, 2, "20.00", "EUR")
    assert row.last_order_at is not None


def test_pages_follow_each_other_without_a_gap_or_a_repetition(session, actor, people):
    more = [known(session, f"Guest {place}", phone=f"70000{place:03}") for place in range(25)]
    seen, cursor = [], None
    while True:
        page = list_customers(session, actor=actor, cursor=cursor, limit=7)
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == sorted([*people.values(), *more], reverse=True)
    with pytest.raises(Invalid):
        list_customers(session, actor=actor, cursor="nonsense")


def test_a_name_that_thousands_bear_is_found_among_them(session, actor, people):
    session.execute(text("INSERT INTO customers (name) SELECT 'Anna Nowak ' || n FROM generate_series(1, 2500) n"))
    seen, cursor = set(), None
    while True:
        page = list_customers(session, actor=actor, q="anna", cursor=cursor, limit=500)
        seen |= {row.id for row in page.rows}
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == 2501


def test_a_form_offers_who_is_meant(session, actor, people):
    [one] = find_customers(session, actor=actor, q="petrov@") or find_customers(session, actor=actor, q="Иван", limit=3)
    assert (one.id, one.name, one.phone, one.orders) == (people["ivan"], "Иван Петров", "8 921 555-10-20", 2)
    assert find_customers(session, actor=actor, q=" ") == []


def test_who_may_not_see_personal_data_is_neither_shown_nor_finds_by_it(session, people):
    seller = someone(session, Role.MANAGER, without=(Permission.PERSONAL_DATA_VIEW,))
    rows = list_customers(session, actor=seller).rows
    assert {(row.name, row.phone) for row in rows} == {(HIDDEN, HIDDEN), (HIDDEN, None)}
    for q in ("kowalska", "100 200", "anna@exa"):
        assert found(session, seller, q=q) == set()
        assert find_customers(session, actor=seller, q=q) == []
    assert found(session, seller, q="vip") == {people["anna"]}
    assert "Kowalska" not in str(export_customers(session, actor=seller))


def test_a_page_takes_one_statement_a_search_too(session, actor, people):
    statements = []
    listen = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", listen)
    try:
        list_customers(session, actor=actor)
        assert len(statements) == 1
        list_customers(session, actor=actor, q="anna")
        assert len(statements) == 2
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", listen)


def test_names_are_read_by_ids_and_hidden_from_who_may_not_see_personal_data(session, actor, people):
    ids = [people["anna"], people["studio"], 999_999_999]
    assert name_customers(session, actor=actor, ids=ids) == {
        people["anna"]: "Anna Kowalska", people["studio"]: "Studio Północ",
    }  # fmt: skip
    stranger = someone(session, Role.MANAGER, without=(Permission.PERSONAL_DATA_VIEW,))
    assert set(name_customers(session, actor=stranger, ids=ids).values()) == {HIDDEN}
