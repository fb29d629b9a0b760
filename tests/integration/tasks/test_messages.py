"""Messages: in the customer's language, edited, sent to their address, and never able to write a header."""

import pytest

from oms_core.access.models import Role
from oms_core.automation.suggestions import deliver_again
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.tasks.messages import discard_message, draft_message, edit_message, list_messages, write_message
from oms_core.tasks.sending import send_message

ADA = CustomerRef(name="Ada", email="ada@example.com")


@pytest.fixture
def number(shop):
    return shop.order(customer=ADA)


def drafted(shop, number, template="order_received", **facts):
    return shop.run(draft_message, number=number, template=template, **facts)


def messages(shop, **facts):
    return shop.read(list_messages, **{"states": None, **facts})


@pytest.mark.parametrize(
    ("known", "begins"), [(None, "Dear Ada"), ("ru", "Здравствуйте, Ada"), ("pl", "Dzień dobry"), ("fr", "Dear Ada")]
)
def test_a_draft_is_in_the_customers_language_where_we_speak_it(shop, number, known, begins):
    with shop.sessions.begin() as session:
        session.connection().exec_driver_sql("UPDATE customers SET language = %s", (known,))
    drafted(shop, number)
    assert messages(shop)[0].body.startswith(begins)


def test_a_customer_with_a_login_is_written_to_in_its_language(shop, number):
    (customer,) = shop.ask("SELECT id FROM customers")
    shop.person("clara", Role.CLIENT, customer_id=customer.id, locale="pl")
    drafted(shop, number)
    assert messages(shop)[0].body.startswith("Dzień dobry")


def test_a_language_may_be_chosen(shop, number):
    drafted(shop, number, language="zh")
    assert "您好" in messages(shop)[0].body


def test_a_draft_is_edited_then_sent_to_the_customers_address(shop, number):
    message_id = drafted(shop, number)
    shop.run(edit_message, message_id=message_id, subject="About it", body="In our own words.")
    assert shop.run(send_message, message_id=message_id) == "ada@example.com"
    (kept,) = messages(shop)
    assert (kept.state, kept.subject, kept.body, kept.recipient) == (
        "queued", "About it", "In our own words.", "ada@example.com",
    )  # fmt: skip
    assert shop.kinds(number)[-2:] == ["message.drafted", "message.queued"]


def test_ones_own_words_need_no_template(shop, number):
    message_id = shop.run(write_message, number=number, subject="Hello", body="Are you there?")
    shop.run(send_message, message_id=message_id)
    assert [(kept.template, kept.state) for kept in messages(shop)] == [("", "queued")]


def test_what_is_on_its_way_is_not_changed_but_may_be_called_back(shop, number):
    message_id = drafted(shop, number)
    shop.run(send_message, message_id=message_id)
    for use_case, facts in ((edit_message, {"subject": "a", "body": "b"}), (send_message, {})):
        with pytest.raises(Conflict) as refused:
            shop.run(use_case, message_id=message_id, **facts)
        assert refused.value.code == "no_draft"
    shop.run(discard_message, message_id=message_id)
    assert [kept.state for kept in messages(shop)] == ["discarded"]


def test_a_customer_without_an_address_cannot_be_written_to(shop):
    number = shop.order(customer=CustomerRef(name="Bob", phone="+48600100201"))
    message_id = drafted(shop, number)
    with pytest.raises(Conflict) as refused:
        shop.run(send_message, message_id=message_id)
    assert refused.value.code == "no_email"
    assert [kept.state for kept in messages(shop)] == ["draft"]


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\nBcc: all@example.com", "ada@example.com\r\nX: y", "ada@example.com, eve@example.com",
        "Ada <ada@example.com>", "ada", "ada@", "@example.com", "ada@exa mple.com", "ada@example", "аda@example.com",
        "ada@example.com\x00", "ada@example.com;eve@example.com", '"a b"@example.com',
    ],
)  # fmt: skip
def test_an_address_that_is_none_or_more_than_one_is_refused(shop, number, address):
    with shop.sessions.begin() as session:
        changed = "UPDATE contacts SET value = %s WHERE kind = 'email'"
        session.connection().exec_driver_sql(changed, (address.replace("\x00", "\x01"),))
    message_id = drafted(shop, number)
    with pytest.raises(Invalid) as refused:
        shop.run(send_message, message_id=message_id)
    assert refused.value.code == "bad_address"


@pytest.mark.parametrize("subject", ["Hello\r\nBcc: eve@example.com", "Hello\nBcc: eve@example.com", "Hello\x0bx\x85y"])
def test_a_subject_is_one_line_whoever_wrote_it(shop, number, subject):
    message_id = shop.run(write_message, number=number, subject=subject, body="x")
    shop.run(edit_message, message_id=message_id, subject=subject, body="x")
    assert all(letter.isprintable() for letter in messages(shop)[0].subject)


def test_a_name_with_a_line_break_in_it_does_not_break_the_subject(shop, number):
    with shop.sessions.begin() as session:
        session.connection().exec_driver_sql("UPDATE customers SET name = E'Ada\\nBcc: eve@example.com'")
    drafted(shop, number, "unreachable")
    assert "\n" not in messages(shop)[0].subject


@pytest.mark.parametrize(
    ("facts", "field"), [({"subject": " "}, "subject"), ({"body": ""}, "body"), ({"subject": "x" * 201}, "subject")]
)
def test_a_malformed_message_is_refused_by_its_field(shop, number, facts, field):
    with pytest.raises(Invalid) as refused:
        shop.run(write_message, **{"number": number, "subject": "a", "body": "b", **facts})
    assert [row["field"] for row in refused.value.rows] == [field]


def test_messages_that_are_not_there_are_said_to_be_so(shop):
    for use_case in (send_message, discard_message):
        with pytest.raises(NotFound):
            shop.run(use_case, message_id=10**9)


def test_to_whom_it_goes_and_what_it_says_is_hidden_from_who_may_not_see_personal_data(shop, number):
    buyer = shop.person("bob", Role.BUYER)
    shop.run(send_message, message_id=drafted(shop, number))
    (kept,) = shop.read(list_messages, by=buyer, states=None)
    assert "ada" not in f"{kept.recipient}{kept.body}".lower()


NOTICE = {"kind": "message", "template": "order_received", "language": "customer", "send": "at_once"}


def test_a_rule_sends_a_notice_once_for_an_event_however_often_it_is_delivered(shop, number):
    shop.rule("notice", "order.placed", NOTICE)
    for _ in range(3):
        shop.run(deliver_again, number=number, sequence=1)
    assert [(kept.state, kept.recipient) for kept in messages(shop)] == [("queued", "ada@example.com")]


def test_a_notice_to_who_has_no_address_waits_for_somebody_to_look_at_it(shop):
    shop.rule("notice", "order.placed", NOTICE)
    shop.order(customer=CustomerRef(name="Bob", phone="+48600100201"))
    assert [kept.state for kept in messages(shop)] == ["draft"]
    assert shop.alerts() == []
