"""Invoices: what was handed over is billed once, what came back is credited, numbers have no gaps."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from building import a_stocked_product, an_order
from order_life import Shop
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door, integrity
from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.billing.invoicing import issue_invoices
from oms_core.errors import Conflict
from oms_core.orders.document_views import InvoiceState
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.locking import LineQuantity
from oms_core.orders.progress import move_order
from oms_core.orders.returns import receive_return

NUMBERS = "SELECT kind, sequence FROM invoices ORDER BY kind, sequence"


def ready(shop: Shop, *lines: tuple[Any, int]) -> str:
    number = shop.order(*lines)
    for step in ("confirm", "pick", "ship"):
        shop.do(move_order, number=number, to=step)
    return number


def part(position: int, quantity: int) -> LineQuantity:
    return LineQuantity(position, Decimal(quantity))


def nothing_broken(session: Session) -> None:
    assert {found.code: found.rows for found in integrity.check(session) if found.rows} == {}


def test_before_anything_is_handed_over_there_is_nothing_to_invoice(shop: Shop) -> None:
    number = ready(shop, (shop.stock("MUG", 5), 3))
    assert shop.card(number).invoice_state is InvoiceState.NONE
    with pytest.raises(Conflict) as refused:
        shop.do(issue_invoices, number=number)
    assert refused.value.code == "nothing_to_invoice"


def test_every_parcel_is_billed_once_and_all_of_them_sum_to_the_order(shop: Shop) -> None:
    number = ready(shop, (shop.stock("MUG", 5), 3), (shop.stock("LAMP", 5), 1))
    shop.do(ship_order, number=number, lines=[part(1, 1)])
    [first] = shop.do(issue_invoices, number=number)
    shop.do(ship_order, number=number)
    assert shop.card(number).invoice_state is InvoiceState.DUE
    [second] = shop.do(issue_invoices, number=number)
    with pytest.raises(Conflict):
        shop.do(issue_invoices, number=number)
    card = shop.card(number)
    assert card.invoice_state is InvoiceState.SETTLED
    assert [invoice.number for invoice in card.invoices] == [first.number, second.number]
    assert first.total + second.total == card.totals.total
    assert (card.invoices[0].shipping, card.invoices[1].shipping) == (card.totals.shipping, 0)
    nothing_broken(shop.session)


def test_what_comes_back_is_credited_against_the_invoice_it_was_billed_on(shop: Shop) -> None:
    number = ready(shop, (shop.stock("MUG", 9), 7))
    shop.do(ship_order, number=number, lines=[part(1, 4)])
    [early] = shop.do(issue_invoices, number=number)
    shop.do(ship_order, number=number)
    [late] = shop.do(issue_invoices, number=number)
    shop.do(receive_return, number=number, lines=[part(1, 5)], reason="broken")
    notes = shop.do(issue_invoices, number=number)
    assert [one.kind for one in notes] == ["credit_note", "credit_note"], "the newest first, then the one before"
    card = shop.card(number)
    assert [note.corrects for note in card.invoices if note.corrects] == [late.number, early.number]
    shop.do(receive_return, number=number, lines=[part(1, 2)], reason="broken")
    notes += shop.do(issue_invoices, number=number)
    card = shop.card(number)
    assert sum(one.total for one in notes) == card.totals.gross, "no cent is left when all came back"
    assert card.invoice_state is InvoiceState.SETTLED
    nothing_broken(shop.session)


def test_what_came_back_before_it_was_billed_is_on_no_document(shop: Shop) -> None:
    number = ready(shop, (shop.stock("MUG", 5), 3))
    shop.do(ship_order, number=number)
    shop.do(receive_return, number=number, lines=[part(1, 1)], reason="broken")
    [invoice] = shop.do(issue_invoices, number=number)
    [line] = shop.card(number).invoices[0].lines
    assert (invoice.kind, line.quantity) == ("invoice", 2)


def test_an_import_whose_order_was_invoiced_is_built_on(shop: Shop) -> None:
    number = ready(shop, (shop.stock("MUG", 5), 3))
    shop.do(ship_order, number=number)
    shop.do(issue_invoices, number=number)
    batch = "INSERT INTO import_batches (kind, started_at, actor_id) VALUES ('orders', now(), 1) RETURNING id"
    given = {"batch": shop.session.scalar(text(batch)), "number": number}
    shop.session.execute(text("UPDATE orders SET import_batch_id = :batch WHERE number = :number"), given)
    faults = shop.session.execute(text("SELECT name, found FROM undo_faults(:batch)"), given).all()
    assert (number, "invoices") in [tuple(fault) for fault in faults]


@pytest.mark.parametrize("change", ["UPDATE invoices SET total = total + 1", "DELETE FROM invoice_lines"])
def test_an_issued_invoice_cannot_be_changed(shop: Shop, change: str) -> None:
    number = ready(shop, (shop.stock("MUG", 5), 3))
    shop.do(ship_order, number=number)
    shop.do(issue_invoices, number=number)
    with pytest.raises(DBAPIError, match="append-only"), shop.session.begin_nested():
        shop.session.execute(text(change))


@pytest.mark.parametrize("orders", [24, pytest.param(200, marks=pytest.mark.full)])
def test_many_at_once_leave_no_gap_and_bill_nothing_twice(
    fresh_sessions: sessionmaker[Session], admin: Actor, orders: int
) -> None:
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "MUG", orders)
        numbers = [an_order(session, {"MUG": 1}).number for _order in range(orders)]
    for number in numbers:
        for step in ("confirm", "pick", "ship", "deliver"):
            door.run(fresh_sessions, admin, move_order, number=number, to=step)

    def issue(number: str) -> bool:
        try:
            door.run(fresh_sessions, admin, issue_invoices, number=number)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        issued = list(pool.map(issue, numbers * 2))
    assert issued.count(True) == orders
    with fresh_sessions() as session:
        assert [tuple(row) for row in session.execute(text(NUMBERS))] == [
            ("invoice", place) for place in range(1, orders + 1)
        ]
        same = session.scalar(text("SELECT (SELECT sum(total) FROM invoices) = (SELECT sum(total) FROM orders)"))
        assert same
        nothing_broken(session)


def test_an_issue_that_is_rolled_back_gives_its_number_to_the_next(
    fresh_sessions: sessionmaker[Session], admin: Actor
) -> None:
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "MUG", 2)
        number = an_order(session, {"MUG": 1}).number
    for step in ("confirm", "pick", "ship", "deliver"):
        door.run(fresh_sessions, admin, move_order, number=number, to=step)

    @requires(Permission.INVOICE_ISSUE)
    def fail_after(session: Session, **facts: Any) -> None:
        issue_invoices(session, **facts)
        raise Conflict("Something else was wrong.", code="other")

    with pytest.raises(Conflict):
        door.run(fresh_sessions, admin, fail_after, number=number)
    [issued] = door.run(fresh_sessions, admin, issue_invoices, number=number)
    assert issued.number == "INV-000001"
