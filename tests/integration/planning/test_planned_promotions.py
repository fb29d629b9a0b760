"""Promotions to come: planned for all steps of quantity, refused with the reason, withdrawn without a trace."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from building import NOON, a_product
from running_oms import oms_on
from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.catalog.promotions import list_promotions, plan_promotion, withdraw_promotion
from oms_core.errors import Conflict, Invalid, NotFound
from tests.lasting_shops import LivedShop

TODAY = NOON.date()
FIRST, LAST = TODAY + timedelta(days=10), TODAY + timedelta(days=16)
FIFTH = Decimal("0.2")


def plan(
    session: Session, actor: Actor, *skus: str, off: Decimal = FIFTH, first: date = FIRST, last: date = LAST
) -> int:
    return plan_promotion(session, actor=actor, now=NOON, skus=skus, off=off, first=first, last=last)


def prices(session: Session, sku: str) -> list[tuple[Decimal, date, Decimal]]:
    """Least quantity, first day in the channel's zone, price."""
    rows = session.execute(
        text("""
        SELECT r.min_quantity, (r.valid_from AT TIME ZONE (SELECT min(time_zone) FROM channels c
               WHERE c.price_list_id = r.price_list_id))::date, r.unit_price
        FROM prices r JOIN products p ON p.id = r.product_id WHERE p.sku = :sku ORDER BY 1, 2
        """),
        {"sku": sku},
    )
    return [tuple(row) for row in rows]


@pytest.fixture
def lamp(session: Session) -> str:
    """Ten for one, nine for each of a dozen."""
    product = a_product(session, "LAMP", price="10.00")
    session.execute(
        text("""
        INSERT INTO prices (price_list_id, product_id, min_quantity, valid_from, unit_price)
        SELECT price_list_id, product_id, 12, valid_from, 9 FROM prices WHERE product_id = :product
        """),
        {"product": product},
    )
    return "LAMP"


def test_the_price_falls_on_the_first_day_and_comes_back_after_the_last(
    session: Session, actor: Actor, lamp: str
) -> None:
    before = prices(session, lamp)

    assert plan(session, actor, lamp) == 1

    one, dozen = Decimal(1), Decimal(12)
    after = LAST + timedelta(days=1)
    assert set(prices(session, lamp)) - set(before) == {
        (one, FIRST, Decimal(8)), (one, after, Decimal(10)),
        (dozen, FIRST, Decimal("7.2")), (dozen, after, Decimal(9)),
    }  # fmt: skip
    (told,) = list_promotions(session, sku=lamp, today=TODAY)
    assert (told.first, told.last, told.off) == (FIRST, LAST, FIFTH)


def test_what_was_withdrawn_leaves_no_trace(session: Session, actor: Actor, lamp: str) -> None:
    before = prices(session, lamp)
    plan(session, actor, lamp)
    plan(session, actor, lamp, first=LAST + timedelta(days=2), last=LAST + timedelta(days=3), off=Decimal("0.5"))

    for one in list_promotions(session, sku=lamp, today=TODAY):
        withdraw_promotion(session, actor=actor, now=NOON, sku=lamp, first=one.first)

    assert prices(session, lamp) == before
    with pytest.raises(Conflict) as refusal:
        withdraw_promotion(session, actor=actor, now=NOON, sku=lamp, first=FIRST)
    assert refusal.value.code == "no_promotion"


def test_a_promotion_that_rounding_made_smaller_is_listed_and_withdrawn(session: Session, actor: Actor) -> None:
    a_product(session, "PIN", price="1.09")
    plan(session, actor, "PIN", off=Decimal("0.05"))

    (told,) = list_promotions(session, sku="PIN", today=TODAY)
    assert told.off == Decimal("0.0459")  # 1.04

    withdraw_promotion(session, actor=actor, now=NOON, sku="PIN", first=told.first)
    assert list_promotions(session, sku="PIN", today=TODAY) == []


def test_what_has_begun_is_not_withdrawn(session: Session, actor: Actor, lamp: str) -> None:
    plan(session, actor, lamp)
    planned = prices(session, lamp)
    later = datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(hours=12)

    with pytest.raises(Conflict):
        withdraw_promotion(session, actor=actor, now=later, sku=lamp, first=FIRST)

    assert prices(session, lamp) == planned
    assert list_promotions(session, sku=lamp, today=FIRST) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"off": Decimal("0.04")}, "off"),
        ({"off": Decimal("NaN")}, "off"),
        ({"first": TODAY}, "first"),
        ({"last": FIRST - timedelta(days=1)}, "last"),
        ({"last": FIRST + timedelta(days=60)}, "last"),
    ],
)
def test_each_field_at_fault_is_named(session: Session, actor: Actor, lamp: str, wrong: dict, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        plan(session, actor, lamp, **wrong)
    assert [row["field"] for row in refusal.value.rows] == [field]


def test_nothing_is_planned_where_one_product_cannot_be(session: Session, actor: Actor, lamp: str) -> None:
    a_product(session, "BARE", price=None)
    before = prices(session, lamp)

    with pytest.raises(NotFound, match="GONE"):
        plan(session, actor, lamp, "GONE")
    with pytest.raises(Conflict, match="BARE has no price"):
        plan(session, actor, lamp, "BARE")
    with pytest.raises(Invalid):
        plan(session, actor, lamp, lamp)
    assert prices(session, lamp) == before

    plan(session, actor, lamp)
    with pytest.raises(Conflict) as refusal:
        plan(session, actor, lamp, first=LAST, last=LAST + timedelta(days=2))
    assert refusal.value.code == "price_planned"
    assert refusal.value.rows == [{"sku": lamp, "day": (LAST + timedelta(days=1)).isoformat()}]


def test_it_is_planned_by_the_command_line(lived_shop: LivedShop, home: Path) -> None:
    shop = oms_on(lived_shop.engine, lived_shop.marts, home)
    with lived_shop.sessions() as session:
        sku = session.execute(text("SELECT max(sku) FROM products WHERE is_active")).scalar_one()
    first = datetime.now(UTC).date() + timedelta(days=400)

    told = shop("promotion", sku, "--off", "25", "--days", f"{first}..{first + timedelta(days=6)}", "--json")
    assert told.document["products"] == 1
    with lived_shop.sessions() as session:
        assert [one.off for one in list_promotions(session, sku=sku, today=first - timedelta(days=1))] == [
            pytest.approx(Decimal("0.25"), abs=Decimal("0.01"))
        ]
    again = shop("promotion", sku, "--off", "25", "--days", f"{first}")
    assert again.status != 0
    assert "already" in again.err
    assert "--days" in shop("promotion", sku, "--off", "25", "--days", "soon").err
