"""Contact: attempts are kept and counted, silence is written to, and an answer ends the wait."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from oms_core.access.models import Role
from oms_core.automation.rule_library import seed_automation_library
from oms_core.automation.rules import set_mode
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Invalid, NotFound
from oms_core.tasks.contact import ContactOutcome, list_contacts, record_contact
from oms_core.tasks.messages import list_messages
from tests.building import NOON

ADA = CustomerRef(name="Ada", phone="+48600100200", email="ada@example.com")


def attempt(shop, outcome="no_answer", *, kind="phone", at=NOON, by=None, **facts):
    return shop.run(record_contact, actor=by, at=at, kind=kind, outcome=outcome, **facts)


@pytest.mark.parametrize("outcome", ContactOutcome)
def test_an_attempt_about_an_order_is_told_to_its_journal(shop, outcome):
    number = shop.order(customer=ADA)
    attempt(shop, outcome.value, number=number, note=" asked for Monday ")
    (kept,) = shop.read(list_contacts, number=number)
    assert (kept.kind, kept.outcome, kept.note, kept.actor) == ("phone", outcome.value, "asked for Monday", "admin")
    event = next(event for event in shop.events(number) if event.kind == "contact.attempted")
    assert event.payload["outcome"] == outcome.value


def test_an_attempt_may_be_made_with_a_customer_who_has_no_order(shop):
    shop.order(customer=ADA)
    (customer,) = shop.ask("SELECT id FROM customers")
    attempt(shop, "reached", customer_id=customer.id)
    (kept,) = shop.read(list_contacts, customer_id=customer.id)
    assert (kept.number, kept.outcome) == (None, "reached")


def test_misses_are_counted_until_somebody_is_reached_and_the_wait_is_measured(shop):
    number = shop.order(customer=ADA)
    made = [attempt(shop, number=number, at=NOON + timedelta(hours=hours)) for hours in (0, 1, 5)]
    assert [one.misses for one in made] == [1, 2, 3]
    answered = attempt(shop, "reached", kind="email", direction="in", number=number, at=NOON + timedelta(hours=6))
    assert (answered.misses, answered.waited_seconds) == (0, 6 * 3600)
    assert attempt(shop, number=number, at=NOON + timedelta(hours=7)).misses == 1


def test_misses_of_another_order_do_not_count(shop):
    first, second = shop.order(customer=ADA), shop.order(customer=ADA)
    attempt(shop, number=first)
    assert attempt(shop, number=second).misses == 1


@pytest.fixture
def library(shop):
    with shop.sessions.begin() as session:
        seed_automation_library(session)
    for code in ("call_again", "not_reached_twice", "customer_answered"):
        shop.run(set_mode, code=code, mode="auto")
    return shop


def test_two_attempts_without_an_answer_draft_one_message_and_a_third_no_other(library):
    number = library.order(customer=ADA)
    attempt(library, number=number)
    assert library.read(list_messages, number=number) == []
    for _ in range(2):
        attempt(library, number=number)
    (draft,) = library.read(list_messages, number=number)
    assert (draft.template, draft.rule) == ("unreachable", "not_reached_twice@2")
    assert library.titles(number=number) == ["Call again"]


def test_an_answer_ends_the_wait_for_it(library):
    number = library.order(customer=ADA)
    attempt(library, number=number)
    (again,) = library.tasks(number=number)
    attempt(library, number=number, at=NOON + timedelta(hours=2))
    answered = attempt(
        library, "reached", direction="in", number=number, task_id=again.id, at=NOON + timedelta(hours=3)
    )
    assert answered.waited_seconds == 3 * 3600
    assert library.read(list_messages, number=number) == []  # it says what is no longer true
    assert library.titles(number=number) == ["Answer the customer"]
    told = [event.payload for event in library.events(number) if event.kind == "contact.attempted"]
    assert told[-1]["waited_seconds"] == 3 * 3600


def test_asked_to_call_back_makes_a_task_for_who_spoke_with_them(shop):
    anna = shop.worker("anna", "Europe/Warsaw")
    number = shop.order(customer=ADA)
    made = attempt(
        shop, "call_back", by=anna, number=number, note="after lunch",
        call_back_at=datetime.fromisoformat("2026-03-02 15:00"),
    )  # fmt: skip
    (task,) = shop.tasks(number=number)
    assert (task.id, task.kind, task.assignee, task.note) == (made.task_id, "call", "anna", "after lunch")
    assert task.due_at == NOON + timedelta(hours=2)


def test_asked_to_call_back_without_a_time_is_due_in_an_hour_of_work(shop):
    number = shop.order(customer=ADA)
    attempt(shop, "call_back", number=number)
    (task,) = shop.tasks(number=number)
    assert task.due_at == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "pigeon"}, "kind"), ({"outcome": "dunno"}, "outcome"), ({"direction": "up"}, "direction"),
        ({"note": "x" * 2001}, "note"), ({"customer_id": 1}, "customer_id"), ({"call_back_at": NOON}, "call_back_at"),
    ],
)  # fmt: skip
def test_a_malformed_attempt_is_refused_by_its_field(shop, facts, field):
    number = shop.order(customer=ADA)
    with pytest.raises(Invalid) as refused:
        shop.run(record_contact, **{"kind": "phone", "outcome": "reached", "number": number, **facts})
    assert [row["field"] for row in refused.value.rows] == [field]


def test_customers_and_tasks_that_are_not_there_are_said_to_be_so_and_nothing_is_kept(shop):
    number = shop.order(customer=ADA)
    with pytest.raises(NotFound):
        attempt(shop, "reached", customer_id=10**9)
    with pytest.raises(NotFound):
        attempt(shop, "reached", number=number, task_id=10**9)
    assert shop.ask("SELECT id FROM contact_attempts") == []


def test_attempts_are_never_changed_nor_removed(shop):
    number = shop.order(customer=ADA)
    attempt(shop, number=number)
    for statement in ("UPDATE contact_attempts SET outcome = 'reached'", "DELETE FROM contact_attempts"):
        with pytest.raises(DBAPIError), shop.sessions.begin() as session:
            session.execute(text(statement))


def test_what_was_said_is_hidden_from_who_may_not_see_personal_data(shop):
    buyer = shop.person("bob", Role.BUYER)
    number = shop.order(customer=ADA)
    attempt(shop, "reached", number=number, note="Her mother is ill")
    (kept,) = shop.read(list_contacts, by=buyer, number=number)
    assert "ill" not in kept.note
