"""The customer's 360°: everything once, in a handful of statements, whoever may see it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from building import NOON
from knowing import LATER, goods, known, orders_of, someone
from sqlalchemy import event, text

from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.billing.payments import receive_payment
from oms_core.billing.refunds import refund_order
from oms_core.customers.privacy import HIDDEN
from oms_core.customers.profile import brief_of, read_customer, read_history
from oms_core.errors import Invalid, NotFound
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.comments import comment_order
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.locking import LineQuantity
from oms_core.orders.progress import move_order
from oms_core.orders.return_requests import request_return
from oms_core.orders.returns import receive_return
from oms_core.tasks.agenda import add_task


@pytest.fixture
def lived(session, actor) -> int:
    """A customer to whom everything happened that may happen."""
    goods(session)
    customer_id = known(session, "Anna Kowalska", phone="+48 600 100 200", address="Long Street 1")
    back, paid, dropped, waiting = orders_of(session, customer_id, 4)
    do = {"actor": actor, "now": LATER}
    for number in (back, paid):
        receive_payment(session, **do, number=number, gross=Decimal("10.00"), method="card")
    for step in ("confirm", "pick", "ship"):
        move_order(session, **do, number=back, to=step)
        move_order(session, **do, number=paid, to=step)
    for number in (back, paid):
        ship_order(session, **do, number=number, carrier="DHL", tracking="T1")
    receive_return(session, **do, number=back, lines=[LineQuantity(1, Decimal(1))], reason="broken")
    request_return(session, **do, number=paid, lines=[LineQuantity(1, Decimal(1))], reason="too small")
    refund_order(session, **do, number=back, gross=Decimal("4.00"))
    cancel_order(session, **do, number=dropped, reason="changed_mind")
    comment_order(session, **do, number=waiting, text="Rings on Monday.")
    add_task(session, **do, title="Ring back", number=waiting)
    facts = {"id": customer_id, "now": LATER, "actor": actor.id}
    for sql in (
        ("INSERT INTO contact_attempts (customer_id, kind, outcome, occurred_at, actor_id)"
        " SELECT :id, 'call', 'reached', :now, :actor"),
        ("INSERT INTO messages (customer_id, template, subject, body, created_at, created_by)"
        " SELECT :id, 'x', 'Hello', 'there', :now, :actor"),
        ("INSERT INTO quotations (channel_id, customer_id, currency, valid_until, created_at, created_by)"
        " SELECT id, :id, currency, :now, :now, :actor FROM channels LIMIT 1"),
    ):  # fmt: skip
        session.execute(text(sql), facts)
    return customer_id


def test_everything_that_happened_appears_once(session, actor, lived):
    told = [entry.kind for entry in read_customer(session, lived, actor=actor, now=LATER).history.entries]
    assert sorted(told) == sorted(
        ["order.placed"] * 4 + ["payment.received"] * 2 + ["order.shipped"] * 2
        + ["payment.refunded", "return.received", "return.requested", "order.cancelled", "order.commented", "task",
           "contact", "message", "quotation"]
    )  # fmt: skip


def test_figures_are_those_of_the_orders(session, actor, lived):
    brief = brief_of(session, lived, actor=actor, now=LATER)
    [figures] = brief.figures
    assert (figures.orders, figures.cancelled, figures.open_orders) == (3, 1, 3)
    assert (str(figures.value), str(figures.paid), str(figures.refunded)) == ("26.00", "20.00", "4.00")
    assert str(figures.due) == "14.00"
    assert brief.rfm is not None
    assert (brief.rfm.recency, brief.rfm.frequency) == (5, 3)
    assert brief.last_contact_outcome == "reached"


def test_open_promises_come_the_nearest_first(session, actor, lived):
    profile = read_customer(session, lived, actor=actor, now=LATER + timedelta(days=30))
    promised = [order.promised_at for order in profile.open_orders]
    assert promised == sorted(promised)
    assert all(order.is_late for order in profile.open_orders)


def test_the_history_is_paged_by_orders_and_nothing_falls_between_the_pages(session, actor):
    goods(session)
    customer_id = known(session, "Anna", phone="600100200")
    numbers = orders_of(session, customer_id, 45)
    facts = {"id": customer_id, "actor": actor.id}
    for days in range(50):
        sql = ("INSERT INTO contact_attempts (customer_id, kind, outcome, occurred_at, actor_id)"
               " VALUES (:id, 'call', :outcome, :at, :actor)")  # fmt: skip
        session.execute(text(sql), facts | {"outcome": str(days), "at": NOON - timedelta(days=days, hours=1)})
    page = read_customer(session, customer_id, actor=actor, now=LATER).history
    entries, pages = list(page.entries), 1
    while page.next_cursor:
        page = read_history(session, actor=actor, customer_id=customer_id, cursor=page.next_cursor)
        entries, pages = entries + list(page.entries), pages + 1
    assert pages == 3
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    assert [entry.number for entry in entries if entry.kind == "order.placed"] == numbers[::-1]
    assert [entry.state for entry in entries if entry.kind == "contact"] == [str(days) for days in range(50)]
    with pytest.raises(Invalid):
        read_history(session, actor=actor, customer_id=customer_id, cursor="nonsense")


def test_a_customer_without_a_past_has_an_empty_one(session, actor):
    profile = read_customer(session, known(session, "New"), actor=actor, now=LATER)
    assert (profile.brief.orders, profile.brief.rfm, profile.open_orders) == (0, None, ())
    assert (profile.history.entries, profile.history.next_cursor) == ((), None)
    with pytest.raises(NotFound):
        read_customer(session, 10**9, actor=actor)


def test_who_may_not_see_personal_data_sees_the_figures_only(session, lived):
    seller = someone(session, Role.MANAGER, without=(Permission.PERSONAL_DATA_VIEW,))
    profile = read_customer(session, lived, actor=seller, now=LATER)
    assert (profile.brief.name, profile.brief.reached_by("phone")) == (HIDDEN, (HIDDEN,))
    assert profile.brief.orders == 3
    assert not any(secret in str(profile) for secret in ("Kowalska", "600", "Long Street", "Rings", "Hello"))


def test_the_panel_takes_one_statement_the_profile_four(session, actor, lived):
    session.flush()
    statements = []
    listen = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", listen)
    try:
        brief_of(session, lived, actor=actor, now=LATER)
        assert len(statements) == 1
        read_customer(session, lived, actor=actor, now=LATER)
        assert len(statements) == 5
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", listen)
