"""Two customers who are one: everything changes hands in one transaction, and comes back row by row."""

from datetime import date

import pytest
from building import NOON, an_order
from knowing import LATER, checksums, goods, known, orders_of, row_of
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.customers.editing import change_customer, read_edit
from oms_core.customers.merging import merge_customers, undo_merge
from oms_core.customers.profile import read_customer
from oms_core.customers.registration import CustomerRef, resolve_customer
from oms_core.errors import Conflict, Invalid, NotFound


@pytest.fixture
def pair(session: Session, actor: Actor) -> tuple[int, int]:
    """Anna twice: with orders each, one phone in common, and whatever else may belong to a customer."""
    goods(session)
    kept = known(session, "Anna Kowalska", phone="+48 600 100 200", address="Long Street 1")
    gone = known(session, "A. Kowalska", phone="+48 600 100 200", email="anna@example.com", address="Long Street 1")
    resolve_customer(session, CustomerRef(name="A. Kowalska", email="anna@example.com", address="Short Street 2"))
    orders_of(session, kept, 2)
    numbers = orders_of(session, gone, 3)
    session.execute(
        text("UPDATE customers SET tags = '{vip,loud}', note = 'Rings twice.', credit_limit = 100 WHERE id = :id"),
        {"id": gone},
    )
    session.execute(text("UPDATE customers SET tags = '{vip}', note = 'Prefers mail.' WHERE id = :id"), {"id": kept})
    _belongings(session, gone, actor, numbers[0])
    session.expire_all()
    return kept, gone


def _belongings(session: Session, customer_id: int, actor: Actor, number: str) -> None:
    facts = {"id": customer_id, "now": NOON, "actor": actor.id, "day": date(2026, 4, 1), "number": number}
    for sql in (
        "INSERT INTO tasks (kind, title, customer_id, created_at, created_by) SELECT 'call', 'Ring', :id, :now, :actor",
        (
            "INSERT INTO messages (customer_id, template, subject, body, created_at, created_by)"
            " VALUES (:id, 'x', 'Hello', 'there', :now, :actor)"
        ),
        (
            "INSERT INTO contact_attempts (customer_id, order_id, kind, outcome, occurred_at, actor_id)"
            " SELECT :id, id, 'call', 'no_answer', :now, :actor FROM orders WHERE number = :number"
        ),
        (
            "INSERT INTO quotations (channel_id, customer_id, currency, valid_until, created_at, created_by)"
            " SELECT id, :id, currency, :day, :now, :actor FROM channels LIMIT 1"
        ),
        "INSERT INTO users (login, name, customer_id) VALUES ('anna_client', 'Anna', :id)",
    ):
        session.execute(text(sql), facts)


def test_everything_changes_hands_and_doubles_are_kept_once(session, actor, pair):
    kept, gone = pair
    merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone)
    session.flush()
    for table in ("orders", "tasks", "messages", "contact_attempts", "quotations", "users", "contacts", "addresses"):
        left = session.scalar(text(f"SELECT count(*) FROM {table} WHERE customer_id = :id"), {"id": gone})
        assert left == 0, table
    profile = read_customer(session, kept, actor=actor, now=LATER)
    assert profile.brief.orders == 5
    assert profile.brief.reached_by("phone") == ("+48 600 100 200",)
    assert profile.brief.reached_by("email") == ("anna@example.com",)
    assert len(profile.brief.addresses) == 2
    assert profile.brief.tags == ("vip", "loud")
    assert profile.brief.note == "Prefers mail.\nRings twice."
    assert str(profile.brief.credit_limit) == "100.00"
    assert [merge.gone_id for merge in profile.merges] == [gone]


def test_undone_the_tables_are_what_they_were(session, actor, pair):
    kept, gone = pair
    before = checksums(session)
    merge_id = merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone)
    assert checksums(session) != before
    assert undo_merge(session, actor=actor, now=LATER, merge_id=merge_id) == gone
    assert checksums(session) == before


def test_each_order_tells_whose_it_became(session, actor, pair):
    kept, gone = pair
    merge_id = merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone)
    undo_merge(session, actor=actor, now=LATER, merge_id=merge_id)
    told = session.execute(
        text("SELECT payload->>'customer' AS whose, count(*) FROM order_events"
             " WHERE kind = 'order.customer_changed' GROUP BY 1")
    ).all()  # fmt: skip
    assert {row.whose: row.count for row in told} == {str(kept): 3, str(gone): 3}


def test_what_came_since_stays_with_who_stayed(session, actor, pair):
    kept, gone = pair
    merge_id = merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone)
    new = an_order(session, {"MUG": 1}, customer=CustomerRef(id=gone), now=LATER)  # by an old link
    assert row_of(session, "orders", number=new.number)["customer_id"] == kept
    undo_merge(session, actor=actor, now=LATER, merge_id=merge_id)
    assert row_of(session, "orders", number=new.number)["customer_id"] == kept
    assert read_customer(session, gone, actor=actor, now=LATER).brief.orders == 3


def test_who_orders_under_the_old_name_is_the_one_who_stayed(session, actor, pair):
    kept, gone = pair
    merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone)
    session.flush()
    assert resolve_customer(session, CustomerRef(name="A. Kowalska", email="Anna@Example.com")) == kept
    assert resolve_customer(session, CustomerRef(id=gone)) == kept


@pytest.mark.parametrize(
    ("since", "field"),
    [
        ("DELETE FROM contacts WHERE normalised = 'anna@example.com'", "contacts"),
        ("UPDATE orders SET customer_id = (SELECT max(id) FROM customers) WHERE id = (SELECT max(id) FROM orders)",
         "orders"),
        ("UPDATE customers SET note = 'Something else.' WHERE name = 'Anna Kowalska'", "note"),
        ("UPDATE customers SET credit_limit = 5 WHERE name = 'Anna Kowalska'", "credit_limit"),
    ],
)  # fmt: skip
def test_what_contradicts_a_later_change_is_not_undone(session, actor, pair, since, field):
    kept, gone = pair
    known(session, "Somebody Else", phone="12345678")
    merge_id = merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone)
    session.flush()
    session.execute(text(since))
    session.expire_all()
    before = checksums(session)
    with pytest.raises(Conflict) as refused:
        undo_merge(session, actor=actor, now=LATER, merge_id=merge_id)
    assert refused.value.code == "merge_built_upon"
    assert [row["field"] for row in refused.value.rows] == [field]
    assert checksums(session) == before


def test_merged_on_the_earlier_merge_waits_for_the_later_one(session, actor, pair):
    kept, gone = pair
    third = known(session, "Kowalska, Anna", phone="600100200")
    before = checksums(session)
    first = merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone)
    second = merge_customers(session, actor=actor, now=LATER, kept_id=third, gone_id=kept)
    session.flush()
    assert row_of(session, "customers", id=gone)["merged_into_id"] == third  # no chain to follow
    with pytest.raises(Conflict) as refused:
        undo_merge(session, actor=actor, now=LATER, merge_id=first)
    assert refused.value.code == "merge_built_upon"
    undo_merge(session, actor=actor, now=LATER, merge_id=second)
    undo_merge(session, actor=actor, now=LATER, merge_id=first)
    assert checksums(session) == before


def test_a_merge_that_makes_no_sense_is_refused(session, actor, pair):
    kept, gone = pair
    with pytest.raises(Invalid):
        merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=kept)
    with pytest.raises(NotFound):
        merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=10**9)
    with pytest.raises(Conflict, match="meanwhile"):
        merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone, gone_version=7)
    merge_id = merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone)
    with pytest.raises(Conflict) as refused:
        merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone)
    assert refused.value.code == "customer_merged"
    undo_merge(session, actor=actor, now=LATER, merge_id=merge_id)
    with pytest.raises(Conflict) as refused:
        undo_merge(session, actor=actor, now=LATER, merge_id=merge_id)
    assert refused.value.code == "merge_undone"


def test_who_was_merged_is_not_edited_any_more(session, actor, pair):
    kept, gone = pair
    merge_customers(session, actor=actor, now=LATER, kept_id=kept, gone_id=gone)
    session.flush()
    edit, version = read_edit(session, actor=actor, customer_id=gone)
    with pytest.raises(Conflict) as refused:
        change_customer(session, actor=actor, now=LATER, customer_id=gone, version=version, edit=edit)
    assert refused.value.code == "customer_merged"


def test_an_attempt_of_contact_changes_hands_and_nothing_else_of_it_ever_does(session, pair):
    session.execute(text("SAVEPOINT before"))
    with pytest.raises(Exception, match="append-only"):
        session.execute(text("UPDATE contact_attempts SET note = 'no, they answered'"))
    session.execute(text("ROLLBACK TO before"))
    with pytest.raises(Exception, match="append-only"):
        session.execute(text("DELETE FROM contact_attempts"))
    session.execute(text("ROLLBACK TO before"))
