"""Entering orders: drafts kept as typed, templates, and the form priced as placing prices it."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from building import a_price, a_product, a_stocked_product
from order_life import Shop
from sqlalchemy import text

from oms_core.access.actors import Actor
from oms_core.customers.registration import CustomerRef, resolve_customer
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.orders.drafts import KEPT, list_drafts, read_draft, remove_draft, save_draft
from oms_core.orders.entry import place_entered
from oms_core.orders.entry_document import EntryCustomer, EntryDocument, EntryLine, entry_of, number_of
from oms_core.orders.entry_pricing import price_entry
from oms_core.orders.expiry import expire_reservations
from oms_core.orders.templates import list_templates, read_template, remove_template, save_template

WRONG = EntryDocument(
    customer=EntryCustomer(name="Ewa\0"), lines=(EntryLine("NO-SUCH", "two", "cheap", "1,5"),), shipping="?",
    comment="Ring twice",
)  # fmt: skip


def test_a_draft_keeps_what_was_typed_right_or_wrong_until_it_is_dropped(shop: Shop, seller: Actor, lead: Actor):
    session, now = shop.session, shop.now
    kept = save_draft(session, actor=seller, now=now, document=WRONG.as_dict())
    typed = replace(WRONG, customer=EntryCustomer(name="Ewa"))
    assert [(one.id, one.title, one.document) for one in list_drafts(session, actor=seller)] == [(kept, "Ewa", typed)]
    changed = replace(typed, comment="Ring once")
    assert save_draft(session, actor=seller, now=now, document=changed.as_dict(), draft_id=kept) == kept
    assert read_draft(session, actor=seller, draft_id=kept).document == changed
    with pytest.raises(NotFound):
        read_draft(session, actor=lead, draft_id=kept)
    assert save_draft(session, actor=lead, now=now, document=WRONG.as_dict(), draft_id=kept) != kept, "another's"
    assert not remove_draft(session, actor=lead, now=now, draft_id=kept)
    assert remove_draft(session, actor=seller, now=now, draft_id=kept)
    assert list_drafts(session, actor=seller) == []


def test_the_oldest_draft_gives_way_and_what_nobody_types_is_refused(shop: Shop, seller: Actor):
    ids = [shop.do(save_draft, document=WRONG.as_dict()) for _ in range(KEPT + 3)]
    assert {one.id for one in list_drafts(shop.session, actor=shop.actor)} == set(ids[3:])
    huge = EntryDocument(comment="x" * 500_000)
    with pytest.raises(Invalid, match="too much"):
        save_draft(shop.session, actor=seller, now=shop.now, document=huge.as_dict())


def test_what_is_stored_is_read_again_whatever_somebody_put_there():
    assert entry_of(WRONG.as_dict()) == WRONG
    assert entry_of({"lines": "?", "customer": 3, "channel": None, "unheard": 1}) == EntryDocument()
    odd = entry_of({"lines": [{"sku": "A"}, 7], "customer": {"id": "9", "name": None}})
    assert (odd.lines, odd.customer) == ((EntryLine("A"),), EntryCustomer())


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2", "2"),
        ("2,5", "2.5"),
        (" 1 234.50 ", "1234.50"),
        ("1,234.50", None),
        ("", None),
        ("NaN", None),
        ("1e3", None),
    ],
)
def test_a_number_is_read_with_comma_or_point_and_never_guessed(typed: str, number: str | None):
    assert number_of(typed) == (None if number is None else Decimal(number))


def test_the_form_costs_what_placing_it_costs(shop: Shop):
    a_stocked_product(shop.session, "MUG", 5, price="12.30")
    a_price(shop.session, "MUG", "11.00", min_quantity="3")
    a_product(shop.session, "TAX", price="100.00", tax_rate="0.23")
    lines = (EntryLine("MUG", "3"), EntryLine("MUG", "4", "10,01", "0,50"), EntryLine("TAX", "1,5"))
    form = EntryDocument(customer=EntryCustomer(name="Ada"), lines=lines, shipping="4.90", delivery_method="courier")
    priced = price_entry(shop.session, document=form, now=shop.now)
    assert [(one.unit_price, one.short) for one in priced.lines] == [
        (Decimal("11.00"), 0), (Decimal("10.01"), 2), (Decimal("100.00"), Decimal("1.5")),
    ]  # fmt: skip
    assert priced.lines[0].free == {"MAIN": 5}
    assert priced.faults == []
    number = place_entered(shop.session, actor=shop.actor, now=shop.now, document=form).number
    card = shop.card(number)
    totals = card.totals
    assert (totals.net, totals.tax, totals.gross, totals.total) == (
        priced.totals.net, priced.totals.tax, priced.totals.gross, priced.totals.total,
    )  # fmt: skip
    assert card.promised_at == priced.promised_at
    later = replace(form, requested_at="2026-05-01T23:59:00+02:00")
    asked = price_entry(shop.session, document=later, now=shop.now)
    number = place_entered(shop.session, actor=shop.actor, now=shop.now, document=later).number
    assert shop.card(number).promised_at == asked.promised_at == datetime.fromisoformat(later.requested_at)


def test_what_is_wrong_with_the_form_stands_by_its_line(shop: Shop):
    a_product(shop.session, "NOPRICE", price=None)
    a_product(shop.session, "GONE")
    shop.session.execute(text("UPDATE products SET is_active = false WHERE sku = 'GONE'"))
    lines = (EntryLine("?"), EntryLine("NOPRICE"), EntryLine("GONE", "0"), EntryLine("NOPRICE", "x", "1", "2,001"))
    priced = price_entry(shop.session, document=EntryDocument(lines=lines), now=shop.now)
    assert [one["field"] for one in priced.faults] == [
        "lines[0].sku", "lines[1].unit_price", "lines[2].sku", "lines[2].quantity", "lines[3].quantity",
    ]  # fmt: skip
    with pytest.raises(Invalid) as refused:
        shop.do(place_entered, document=EntryDocument(customer=EntryCustomer(name="Ada"), lines=lines))
    assert [row["field"] for row in refused.value.rows] == ["lines[3].quantity"]


def test_placing_drops_the_draft_and_keeps_it_when_refused(shop: Shop):
    a_stocked_product(shop.session, "MUG", 5)
    form = EntryDocument(customer=EntryCustomer(name="Ada"), lines=(EntryLine("NO-SUCH"),), hold_minutes="60")
    draft = shop.do(save_draft, document=form.as_dict())
    with pytest.raises(Invalid):
        shop.do(place_entered, document=form, draft_id=draft)
    assert len(list_drafts(shop.session, actor=shop.actor)) == 1
    placed = shop.do(place_entered, document=replace(form, lines=(EntryLine("MUG", "2"),)), draft_id=draft)
    assert placed.created
    assert list_drafts(shop.session, actor=shop.actor) == []
    held = "SELECT state, expires_at - created_at = interval '1 hour' FROM reservations"
    assert [tuple(row) for row in shop.session.execute(text(held))] == [("held", True)]
    shop.do(expire_reservations)
    assert shop.level("MUG") == (5, 0), "an hour later it is free again"


def test_a_template_gives_a_savable_order_with_only_the_customer_chosen(shop: Shop, seller: Actor, lead: Actor):
    a_stocked_product(shop.session, "MUG", 9)
    whole = EntryDocument(
        customer=EntryCustomer(name="Somebody", phone="123456"), lines=(EntryLine("MUG", "2", "9.50"),),
        delivery_method="courier", shipping="7.00", comment="Gift wrap", copied_from="1001",
    )  # fmt: skip
    facts = {"now": shop.now, "name": " Gift ", "document": whole.as_dict()}
    mine = save_template(shop.session, actor=seller, **facts)
    shared = save_template(shop.session, actor=seller, is_shared=True, **facts)
    assert [one.id for one in list_templates(shop.session, actor=lead)] == [shared.id]
    assert {one.id for one in list_templates(shop.session, actor=seller)} == {mine.id, shared.id}
    with pytest.raises(NotFound):
        read_template(shop.session, actor=lead, template_id=mine.id)
    applied = read_template(shop.session, actor=lead, template_id=shared.id).document
    assert (applied.customer, applied.copied_from, applied.template) == (EntryCustomer(), "", "Gift")
    ada = resolve_customer(shop.session, CustomerRef(name="Ada"))
    placed = shop.do(place_entered, document=replace(applied, customer=EntryCustomer(id=ada)))
    totals = shop.card(placed.number).totals
    assert (totals.gross, totals.shipping) == (Decimal("19.00"), Decimal("7.00"))


def test_a_template_is_replaced_only_by_who_saw_it_as_it_is(shop: Shop, seller: Actor):
    facts = {"now": shop.now, "name": "Gift", "document": EntryDocument(comment="a").as_dict()}
    first = save_template(shop.session, actor=seller, **facts)
    with pytest.raises(Conflict) as taken:
        save_template(shop.session, actor=seller, **facts)
    second = save_template(shop.session, actor=seller, **facts, version=first.version)
    with pytest.raises(Conflict) as stale:
        save_template(shop.session, actor=seller, **facts, version=first.version)
    assert (taken.value.code, stale.value.code) == ("template_taken", "stale_version")
    with pytest.raises(Invalid):
        save_template(shop.session, actor=seller, **{**facts, "name": "  "})
    remove_template(shop.session, actor=seller, now=shop.now, template_id=second.id, version=second.version)
    assert list_templates(shop.session, actor=seller) == []
