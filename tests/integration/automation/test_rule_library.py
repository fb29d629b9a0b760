"""The library of automation rules: each acts on its fixture and rests on the other, some of them through the door."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from oms_core.access.models import Role
from oms_core.automation.action_kinds import faults_of
from oms_core.automation.models import AutomationRule, Mode
from oms_core.automation.rule_document import read_document
from oms_core.automation.rule_library import library, seed_automation_library
from oms_core.automation.rulebook import Listeners, LiveRule
from oms_core.automation.rules import set_mode
from oms_core.automation.time_events import sweep_time_events
from oms_core.billing.payments import receive_payment
from oms_core.customers.registration import CustomerRef
from oms_core.inventory.movements import ReceiptRequest
from oms_core.inventory.receiving import receive_goods
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.comments import comment_order
from oms_core.orders.holds import close_hold, open_hold
from oms_core.orders.labels import set_priority
from oms_core.orders.progress import move_order
from oms_core.workflow.cel import load_condition, try_conditions
from oms_core.workflow.vocabulary import FIELDS_BY_PATH, context_of
from tests.building import NOON, asked

CODES = sorted(library())


def listener(code: str) -> Listeners:
    rule = read_document(library()[code].document)
    condition = load_condition(rule.condition)
    live = LiveRule(
        rule.code, 1, rule.name, rule.event, rule.actions, Mode.AUTO, None, None, None, None, condition, ""
    )  # fmt: skip
    return Listeners([live])


def test_there_are_more_than_thirty_and_all_are_off():
    assert len(CODES) >= 32
    assert {rule.document["mode"] for rule in library().values()} == {"off"}


@pytest.mark.parametrize("code", CODES)
def test_a_rule_of_the_library_fires_on_its_fixture_and_rests_on_the_other(code):
    rule = library()[code]
    for known in (rule.fires, rule.rests or {}):
        assert {f"{part}.{name}" for part, fields in known.items() for name in fields} <= set(FIELDS_BY_PATH)
    assert listener(code).judge(context_of(rule.fires)).holds == {code: True}
    if rule.rests is None:
        assert rule.document["condition"] == "true"
    else:
        assert listener(code).judge(context_of(rule.rests)).holds == {code: False}


def test_every_condition_of_the_library_would_pass_the_trial_of_saving():
    conditions = [library()[code].document["condition"] for code in CODES]
    tried = try_conditions(conditions)["expressions"]
    assert {code: told for code, told in zip(CODES, tried, strict=True) if told[0] != "fine"} == {}


def test_every_action_of_the_library_is_sound(session):
    faults = {code: faults_of(session, library()[code].document["actions"]) for code in CODES}
    assert {code: found for code, found in faults.items() if found} == {}


def test_every_rule_of_the_library_has_a_name_in_every_language():
    for code in CODES:
        names = library()[code].document["translations"]
        assert all(names[language]["name"] for language in ("ru", "pl", "zh")), code


def test_seeding_adds_what_is_missing_and_leaves_the_rest(session):
    seed_automation_library(session)
    session.get_one(AutomationRule, "gift").name = "Ours now"
    session.flush()
    seed_automation_library(session)
    assert set(session.scalars(select(AutomationRule.code))) >= set(CODES)
    assert session.get_one(AutomationRule, "gift").name == "Ours now"


@pytest.fixture
def on(shop):
    """Switch rules of the library on."""
    with shop.sessions.begin() as session:
        seed_automation_library(session)

    def switch(*codes: str) -> None:
        for code in codes:
            shop.run(set_mode, code=code, mode="auto")

    return switch


def tasks(shop, number: str) -> list[str]:
    rows = shop.ask(
        "SELECT t.title FROM tasks t JOIN orders o ON o.id = t.order_id WHERE o.number = :number ORDER BY t.id",
        number=number,
    )
    return [row.title for row in rows]


def drafts(shop, number: str) -> list[str]:
    rows = shop.ask(
        "SELECT m.template FROM messages m JOIN orders o ON o.id = m.order_id WHERE o.number = :number ORDER BY m.id",
        number=number,
    )
    return [row.template for row in rows]


def manager(shop, number: str) -> str | None:
    query = "SELECT u.login FROM orders o LEFT JOIN users u ON u.id = o.manager_id WHERE o.number = :number"
    return shop.ask(query, number=number)[0].login


def holds(shop, number: str) -> list[str]:
    rows = shop.ask(
        "SELECT h.reference FROM order_holds h JOIN orders o ON o.id = h.order_id"
        " WHERE o.number = :number AND h.closed_at IS NULL",
        number=number,
    )
    return [row.reference for row in rows]


def test_new_customers_are_shared_and_returning_ones_keep_their_manager(shop, on):
    for login in ("anna", "boris"):
        shop.person(login)
    on("share_new_orders", "customer_keeps_manager")
    first = shop.order(customer=CustomerRef(name="Ada", phone="+48600100200"))
    other = shop.order(customer=CustomerRef(name="Bob", phone="+48600100201"))
    again = shop.order(customer=CustomerRef(name="Ada", phone="+48600100200"))
    assert [manager(shop, number) for number in (first, other, again)] == ["anna", "boris", "anna"]


def test_who_is_away_gets_no_order(shop, on):
    shop.person("anna")
    shop.person("boris")
    with shop.sessions.begin() as session:
        away = (
            "INSERT INTO absences (user_id, first_day, last_day) SELECT id, '2026-03-01', '2026-03-05' FROM users"
            " WHERE login = 'anna'"
        )
        session.connection().exec_driver_sql(away)
    on("share_new_orders")
    assert manager(shop, shop.order()) == "boris"


def test_large_orders_of_companies_go_to_a_lead_and_are_checked(shop, on):
    shop.person("lena", Role.LEAD)
    on("large_order_check", "company_to_lead")
    with shop.sessions.begin() as session:
        session.connection().exec_driver_sql("INSERT INTO customers (name, kind) VALUES ('Firm', 'b2b')")
    firm = shop.ask("SELECT id FROM customers WHERE name = 'Firm'")[0].id
    number = shop.order(200, customer=CustomerRef(id=firm))
    assert (manager(shop, number), tasks(shop, number)) == ("lena", ["Check the large order"])
    assert shop.labels(number).priority == 1


def test_who_cannot_be_reached_is_held_until_somebody_lifts_it(shop, on):
    on("no_contact", "released_goes_first")
    number = shop.order()
    assert holds(shop, number) == ["no_contact"]
    shop.run(close_hold, number=number, reference="no_contact")
    assert (holds(shop, number), shop.labels(number).priority) == ([], 1)


def test_goods_that_are_awaited_are_told_of_and_told_again_when_they_come(shop, on):
    on("waits_for_goods", "goods_came_in")
    number = shop.order(501)
    assert (shop.labels(number).tags, drafts(shop, number)) == (("waiting",), ["waiting_for_goods"])
    shop.run(receive_goods, warehouse="MAIN", lines=[ReceiptRequest("A", Decimal(10))])
    assert shop.labels(number).tags == ()
    assert tasks(shop, number) == ["Tell the customer that the goods are here"]


def test_what_is_paid_in_full_is_confirmed_and_thanked_for(shop, on):
    on("paid_is_confirmed", "paid_in_full", "partly_paid")
    number = shop.order(2)
    shop.run(receive_payment, number=number, gross=Decimal(5), method="card")
    assert shop.labels(number).tags == ("partly paid",)
    shop.run(receive_payment, number=number, gross=Decimal(15), method="card")
    assert drafts(shop, number) == ["payment_reminder", "payment_received"]
    status = shop.ask("SELECT status FROM orders WHERE number = :number", number=number)[0].status
    assert (status, shop.labels(number).tags) == ("confirm", ())


def test_a_customer_who_is_not_reached_is_written_to_and_called_again(shop, on):
    on("not_reached")
    number = shop.order()
    for _ in range(2):
        shop.run(comment_order, number=number, text="No answer")
    assert (drafts(shop, number), tasks(shop, number)) == (["unreachable"] * 2, ["Call again"] * 2)
    due = shop.ask("SELECT due_at FROM tasks LIMIT 1")[0].due_at
    assert due == NOON + timedelta(minutes=120)


def test_a_shipped_and_delivered_order_is_told_of(shop, on):
    on("shipped_message", "delivered_thanks", "delivered_unpaid")
    number = shop.order(customer=CustomerRef(name="Ada", email="ada@example.com"))
    for status in ("confirm", "pick", "ship", "deliver", "done"):
        shop.run(move_order, number=number, to=status)
    assert drafts(shop, number) == ["shipped", "thanks"]
    assert tasks(shop, number) == ["Ask for the payment"]


def test_a_paid_order_that_is_cancelled_is_paid_back(shop, on):
    on("cancelled_but_paid", "lost_to_stock")
    number = shop.order()
    shop.run(receive_payment, number=number, gross=Decimal(10), method="card")
    shop.run(cancel_order, number=number, reason="out_of_stock")
    assert tasks(shop, number) == ["Pay back what was paid", "Why was it out of stock?"]
    assert shop.labels(number).tags == ("lost to stock",)


def test_an_urgent_order_given_over_makes_a_task_for_who_gets_it(shop, on):
    shop.person("anna")
    on("urgent_given")
    number = shop.order()
    shop.run(set_priority, number=number, priority=2)
    shop.run(assign_order, number=number, manager="anna")
    rows = shop.ask("SELECT u.login FROM tasks t JOIN users u ON u.id = t.assignee_id")
    assert [row.login for row in rows] == ["anna"]


def test_overdue_silent_and_nearly_due_orders_are_told_once_by_the_clock(shop, on):
    on("overdue_at_desk", "silent_at_desk", "due_tomorrow")
    number = shop.order()
    later = NOON + timedelta(days=4)
    for _ in range(3):
        shop.run(sweep_time_events, at=later)
    kinds = [event.kind for event in shop.events(number)]
    assert (kinds.count("status.overdue"), kinds.count("order.silent")) == (1, 1)
    assert tasks(shop, number) == [
        "Move the order on: it waits too long",
        "Nothing happened for days: call the customer",
    ]


def test_a_hold_is_not_opened_twice_by_a_rule(shop, on):
    on("likely_duplicate")
    shop.order(customer=CustomerRef(name="Ada", phone="+48600100200"), lines=asked({"A": 3}))
    twin = shop.order(customer=CustomerRef(name="Ada", phone="+48600100200"), lines=asked({"A": 3}))
    assert holds(shop, twin) == ["likely_duplicate"]
    shop.run(open_hold, number=twin, cause="by hand")
    assert sorted(holds(shop, twin)) == ["", "likely_duplicate"]
