"""Quotations: offered at prices until a day, made an order once in one action, never at other prices."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from building import a_price, a_stocked_product, asked
from holding import person
from order_life import Shop
from sqlalchemy import text

from oms_core.access.actors import Actor
from oms_core.access.models import Role
from oms_core.customers.privacy import HIDDEN
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.orders.placement_request import LineRequest
from oms_core.orders.quotation_reads import list_quotations, read_quotation
from oms_core.orders.quotation_views import QuotationCard, QuotationState
from oms_core.orders.quotations import (
    MadeQuotation,
    change_quotation,
    decline_quotation,
    make_quotation,
    order_quotation,
    reprice_quotation,
)

ADA = CustomerRef(name="Ada", phone="+48 600 100 200", address="ul. Długa 1")


@pytest.fixture
def quoted(shop: Shop) -> MadeQuotation:
    """Two mugs at 10.00 and one at a price of its own with money off, for a fortnight."""
    a_stocked_product(shop.session, "MUG", 5)
    lines = [*asked({"MUG": 2}), LineRequest("MUG", Decimal(1), Decimal("8.00"), Decimal("0.50"))]
    quotation: MadeQuotation = shop.do(
        make_quotation, channel="desk", customer=ADA, lines=lines, delivery_method="courier", shipping=Decimal("4.90"),
        comment="As agreed by phone",
    )  # fmt: skip
    return quotation


def card(shop: Shop, number: str, *, actor: Actor | None = None) -> QuotationCard:
    return read_quotation(shop.session, actor=actor or shop.actor, number=number, now=shop.now)


def refused(shop: Shop, use_case: Any, number: str, **facts: Any) -> str:
    with pytest.raises(Conflict) as refusal:
        shop.do(use_case, number=number, **facts)
    return refusal.value.code


def test_a_quotation_becomes_an_order_in_one_action_and_keeps_prices_terms_and_the_link(
    shop: Shop, quoted: MadeQuotation
):
    assert quoted.total == Decimal("32.40")
    a_price(shop.session, "MUG", "99.00", valid_from=shop.now)
    placed = shop.do(order_quotation, number=quoted.number)
    order = shop.card(placed.number)
    assert (order.totals.total, order.totals.shipping) == (quoted.total, Decimal("4.90"))
    assert [(line.unit_price, line.discount) for line in order.lines] == [
        (Decimal("10.00"), 0),
        (Decimal("8.00"), Decimal("0.50")),
    ]
    assert (order.customer.name, order.ship_to) == ("Ada", {"text": "ul. Długa 1"})
    assert shop.level("MUG")[1] == 3, "reserved at once"
    made = card(shop, quoted.number)
    assert (made.row.state, made.row.order) == (QuotationState.ORDERED, placed.number)
    told = shop.session.execute(text("SELECT payload FROM order_events WHERE kind = 'quotation.ordered'")).scalar_one()
    assert told == {"quotation": quoted.number}


def test_the_second_click_is_refused_and_names_the_order(shop: Shop, quoted: MadeQuotation):
    placed = shop.do(order_quotation, number=quoted.number, version=quoted.version)
    with pytest.raises(Conflict) as again:
        shop.do(order_quotation, number=quoted.number, version=quoted.version)
    assert (again.value.code, again.value.rows) == (
        "quotation_ordered", [{"number": quoted.number, "order": placed.number}],
    )  # fmt: skip
    assert shop.session.execute(text("SELECT count(*) FROM orders")).scalar_one() == 1
    for use_case in (change_quotation, reprice_quotation, decline_quotation):
        assert refused(shop, use_case, quoted.number, version=2) == "quotation_ordered"


def test_what_ran_out_becomes_no_order_until_it_is_priced_anew(shop: Shop, quoted: MadeQuotation):
    shop.now += timedelta(days=15)
    assert card(shop, quoted.number).row.state == QuotationState.EXPIRED
    assert refused(shop, order_quotation, quoted.number) == "quotation_expired"
    assert refused(shop, change_quotation, quoted.number, version=1, comment="x") == "quotation_expired"
    a_price(shop.session, "MUG", "11.00", valid_from=shop.now)
    anew = shop.do(reprice_quotation, number=quoted.number, version=1, valid_days=3)
    assert anew.total == Decimal("37.40"), "3 x 11.00 - 0.50 + 4.90"
    assert shop.card(shop.do(order_quotation, number=quoted.number).number).totals.total == anew.total


def test_the_last_day_counts_whole_in_the_zone_of_the_channel(shop: Shop, quoted: MadeQuotation):
    zone = "UPDATE channels SET time_zone = 'Asia/Tokyo' WHERE code = 'desk'"
    shop.session.execute(text(zone))
    shop.session.expire_all()
    midnight = shop.now.replace(hour=15, minute=0) + timedelta(days=14)  # 00:00 of the next day in Tokyo
    states = [
        read_quotation(shop.session, actor=shop.actor, number=quoted.number, now=moment).row.state
        for moment in (midnight - timedelta(seconds=1), midnight)
    ]
    assert states == [QuotationState.OPEN, QuotationState.EXPIRED]


def test_what_is_short_is_told_before_it_is_ordered_and_waits_only_when_asked(shop: Shop, quoted: MadeQuotation):
    shop.do(change_quotation, number=quoted.number, version=1, lines=asked({"MUG": 8}))
    assert card(shop, quoted.number).is_short
    with pytest.raises(Conflict) as short:
        shop.do(order_quotation, number=quoted.number)
    assert (short.value.code, short.value.rows[0]["available"]) == ("short_of_stock", "5.000")
    placed = shop.do(order_quotation, number=quoted.number, allow_backorder=True)
    [line] = shop.card(placed.number).lines
    assert (line.reserved, line.backordered) == (5, 3)


def test_a_tax_that_changed_asks_for_a_new_price(shop: Shop, quoted: MadeQuotation):
    shop.session.execute(text("UPDATE products SET tax_rate = 0.08"))
    with pytest.raises(Conflict) as outdated, shop.session.begin_nested():
        shop.do(order_quotation, number=quoted.number)
    assert outdated.value.code == "quotation_outdated"
    shop.do(reprice_quotation, number=quoted.number, version=1)
    assert shop.do(order_quotation, number=quoted.number).created


def test_an_open_quotation_is_changed_by_who_saw_it_and_a_declined_one_by_nobody(shop: Shop, quoted: MadeQuotation):
    changed = shop.do(
        change_quotation, number=quoted.number, version=1, shipping=Decimal(0), comment="Less", valid_days=30
    )
    assert (changed.version, changed.total) == (2, Decimal("27.50"))
    assert refused(shop, change_quotation, quoted.number, version=1, comment="x") == "stale_version"
    shop.do(decline_quotation, number=quoted.number, version=2)
    for use_case in (change_quotation, reprice_quotation, decline_quotation, order_quotation):
        assert refused(shop, use_case, quoted.number, version=3) == "quotation_declined"


def test_every_field_of_a_bad_quotation_is_named(shop: Shop):
    with pytest.raises(Invalid) as refusal:
        shop.do(
            make_quotation, channel="desk", customer=CustomerRef(), lines=asked({"NO-SUCH": 1}), valid_days=999,
            shipping=Decimal(-1), delivery_method="pigeon", order_type="?", comment="\0",
        )  # fmt: skip
    assert {row["field"] for row in refusal.value.rows} == {
        "customer.name", "lines[0].sku", "valid_days", "shipping", "delivery_method", "order_type", "comment",
    }  # fmt: skip
    with pytest.raises(NotFound):
        shop.do(order_quotation, number="Q0")


def test_the_list_tells_states_and_hides_people_from_who_may_not_see_them(shop: Shop, quoted: MadeQuotation):
    other = shop.do(make_quotation, channel="desk", customer=CustomerRef(name="Bob"), lines=asked({"MUG": 1}))
    shop.do(decline_quotation, number=other.number, version=1)

    def listed(actor: Actor = shop.actor, **facts: Any) -> list[str]:
        rows, _cursor = list_quotations(shop.session, actor=actor, now=shop.now, **facts)
        return [row.number for row in rows]

    assert listed() == [other.number, quoted.number]
    assert listed(state="open") == listed(q="ada") == listed(q=quoted.number.lower()) == [quoted.number]
    rows, cursor = list_quotations(shop.session, actor=shop.actor, now=shop.now, limit=1)
    assert ([row.number for row in rows], listed(cursor=cursor)) == ([other.number], [quoted.number])
    buyer = person(shop, "bea", Role.BUYER)
    seen = card(shop, quoted.number, actor=buyer)
    assert (seen.row.customer, seen.ship_to, listed(buyer, q="ada")) == (HIDDEN, {"text": HIDDEN}, [])


def test_the_margin_is_told_only_to_who_may_see_costs(shop: Shop, quoted: MadeQuotation, seller: Actor, lead: Actor):
    supplied = (
        "WITH s AS (INSERT INTO suppliers (code, name) VALUES ('S', 'S') RETURNING id)"
        " INSERT INTO supply_terms (supplier_id, product_id, unit_cost, priority)"
        " SELECT s.id, p.id, 6, 1 FROM s, products p"
    )
    shop.session.execute(text(supplied))
    assert card(shop, quoted.number, actor=lead).margin == Decimal("27.50") - 18
    assert card(shop, quoted.number, actor=seller).margin is None
