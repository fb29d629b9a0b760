"""The documents on the card: issued with one click once something was handed over, credited when it came back."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from streamlit.testing.v1 import AppTest
from test_desk import _card

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.orders.locking import LineQuantity
from oms_core.orders.returns import receive_return

Browse = Callable[..., AppTest]


def _shipped(shop: Any, sessions: Any) -> str:
    return next(number for number in shop.numbers if _card(sessions, number).shipments)


def test_an_invoice_is_issued_in_one_click_and_credited_in_another(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    number = _shipped(shop, sessions)
    app = browse(shop, "order", by="anna", number=number)
    assert any("Nothing is invoiced yet." in told.value for told in app.caption)
    app.button(key="issue_invoice").click().run()
    assert not app.exception
    [invoice] = _card(sessions, number).invoices
    assert any(invoice.number.removeprefix("INV-") in told.value for told in app.markdown)
    assert not [button for button in app.button if button.key == "issue_invoice"], "nothing is left to be billed"
    admin = door.read(sessions, None, find_actor, login="admin")
    door.run(sessions, admin, receive_return, number=number, lines=[LineQuantity(1, Decimal(1))], reason="broken")
    app = browse(shop, "order", by="anna", number=number)
    assert app.button(key="issue_invoice").label == "Credit what came back"
    app.button(key="issue_invoice").click().run()
    assert [one.kind for one in _card(sessions, number).invoices] == ["invoice", "credit_note"]


def test_who_may_not_issue_sees_that_nothing_is_billed_and_no_button(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    app = browse(shop, "order", by="eva", number=_shipped(shop, sessions))
    assert any("Nothing is invoiced yet." in told.value for told in app.caption)
    assert not [button for button in app.button if button.key == "issue_invoice"]
