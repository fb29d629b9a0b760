from datetime import datetime
from decimal import Decimal

import pytest
from building import a_product, a_stocked_product, an_order, asked, written
from sqlalchemy import text

from oms_core.errors import Invalid
from oms_core.orders.placement import CustomerRef, LineRequest


def fields(refusal) -> list[str]:
    return [row["field"] for row in refusal.value.rows]


def test_every_unknown_thing_is_named_at_once(session):
    a_product(session, "TEA")
    with pytest.raises(Invalid) as refusal:
        an_order(
            session, {"X-1": 1, "TEA": 1, "X-2": 1}, channel="nowhere", warehouse="moon", manager="ghost",
            customer=CustomerRef(id=999_999),
        )  # fmt: skip
    assert fields(refusal) == ["channel", "customer.id", "warehouse", "manager", "lines[0].sku", "lines[2].sku"]
    assert refusal.value.rows[4]["value"] == "X-1"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": asked({"TEA": "0"})}, "lines[0].quantity"),
        ({"lines": asked({"TEA": "-1"})}, "lines[0].quantity"),
        ({"lines": asked({"TEA": "NaN"})}, "lines[0].quantity"),
        ({"lines": asked({"TEA": "Infinity"})}, "lines[0].quantity"),
        ({"lines": asked({"TEA": "0.0001"})}, "lines[0].quantity"),
        ({"lines": asked({"TEA": "1e20"})}, "lines[0].quantity"),
        ({"lines": [LineRequest("", Decimal(1))]}, "lines[0].sku"),
        ({"lines": [LineRequest("T\0", Decimal(1))]}, "lines[0].sku"),
        ({"lines": [LineRequest("TEA", Decimal(1), Decimal(-1))]}, "lines[0].unit_price"),
        ({"lines": [LineRequest("TEA", Decimal(1), Decimal("1.001"))]}, "lines[0].unit_price"),
        ({"lines": [LineRequest("TEA", Decimal(1), discount=Decimal(-1))]}, "lines[0].discount"),
        ({"lines": [LineRequest("TEA", Decimal(1), discount=Decimal("10.01"))]}, "lines[0].discount"),
        ({"lines": asked({"TEA": 1}) * 1001}, "lines"),
        ({"shipping": Decimal(-1)}, "shipping"),
        ({"external_ref": ""}, "external_ref"),
        ({"external_ref": "x" * 101}, "external_ref"),
        ({"idempotency_key": "x" * 201}, "idempotency_key"),
        ({"comment": "\0"}, "comment"),
        ({"hold_minutes": 0}, "hold_minutes"),
        ({"requested_at": datetime(2026, 1, 1)}, "requested_at"),  # noqa: DTZ001 - the fault itself
        ({"customer": CustomerRef()}, "customer.name"),
        ({"customer": CustomerRef(name=" ")}, "customer.name"),
        ({"customer": CustomerRef(name="Ada", email="nobody")}, "customer.email"),
        ({"customer": CustomerRef(name="Ada", phone="call me")}, "customer.phone"),
        ({"customer": CustomerRef(name="Ada", kind="b3b")}, "customer.kind"),
    ],
)
def test_a_malformed_request_is_refused_by_the_name_of_its_field(session, facts, field):
    a_stocked_product(session, "TEA", 10)
    before = written(session)
    with pytest.raises(Invalid) as refusal:
        an_order(session, {"TEA": 1}, **facts)
    assert fields(refusal) == [field]
    assert written(session) == before


def test_a_product_no_longer_sold_or_without_a_price_is_refused(session):
    a_product(session, "OLD")
    a_product(session, "NEW", price=None)
    session.execute(text("UPDATE products SET is_active = false WHERE sku = 'OLD'"))
    with pytest.raises(Invalid) as refusal:
        an_order(session, {"OLD": 1, "NEW": 1})
    assert fields(refusal) == ["lines[0].sku", "lines[1].unit_price"]
