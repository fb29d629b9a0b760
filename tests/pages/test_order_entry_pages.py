"""Entering an order on its page: known customers, many lines at once, drafts, templates, quotations."""

import io
from collections.abc import Callable
from decimal import Decimal
from time import monotonic
from typing import Any

import polars as pl
import pytest
from shops import PRODUCTS, OpenShop
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

from dashboard.order_entry_files import text_of
from dashboard.quotation_form import requested
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.errors import Invalid
from oms_core.orders.drafts import list_drafts
from oms_core.orders.placement_request import LineRequest
from oms_core.orders.quotations import change_quotation, decline_quotation
from oms_core.orders.templates import save_template

Browse = Callable[..., AppTest]
Own = tuple[OpenShop, sessionmaker[Session]]


def _asked(sessions: sessionmaker[Session], query: Any, by: str = "anna", **facts: Any) -> Any:
    return door.read(sessions, door.read(sessions, None, find_actor, login=by), query, **facts)


def _scalar(sessions: sessionmaker[Session], sql: str) -> Any:
    with sessions() as session:
        return session.execute(text(sql)).scalar_one()


def _total(app: AppTest) -> str:
    return next(one.value for one in app.metric if one.label == "Total")


def test_from_the_card_of_a_customer_to_a_saved_order_are_three_actions(own_shop: Own, browse: Browse) -> None:
    shop, sessions = own_shop
    customer = _scalar(sessions, "SELECT id FROM customers WHERE name = 'Ewa Nowak'")
    app = browse(shop, "customer", by="anna", id=str(customer))
    app.button(key="new_order").click().run()  # one
    app = browse(shop, "new_order", by="anna", customer=str(customer))  # a test's page keeps no address of a switch
    assert app.selectbox(key="known_address").value == "ul. Długa 1, Kraków"
    app.text_input(key="product_q").set_value("usb").run()
    app.button(key="add_UC-1185").click().run()  # two
    assert _total(app) == "€15.15"
    app.button(key="place").click().run()  # three
    assert not app.exception
    with sessions() as session:
        sql = "SELECT customer_id, ship_to->>'text', total FROM orders WHERE number = :number"
        placed = session.execute(text(sql), {"number": app.title[0].value.split()[-1]}).one()
    assert (placed[0], placed[1], f"{placed[2]}") == (customer, "ul. Długa 1, Kraków", "15.15")


def test_a_known_customer_is_offered_while_their_phone_is_typed(own_shop: Own, browse: Browse) -> None:
    shop, _sessions = own_shop
    app = browse(shop, "new_order", by="anna")
    app.text_input(key="customer_phone").set_value("601222333").run()
    [offered] = [button for button in app.button if (button.key or "").startswith("choose_")]
    assert "Marta" in offered.label
    offered.click().run()
    assert app.selectbox(key="known_address").value == "ul. Długa 5, Gdańsk"
    app.button(key="another_customer").click().run()
    assert app.text_input(key="customer_name").value is not None


def test_of_many_pasted_lines_the_bad_ones_are_named_and_the_rest_waits_to_be_asked_for(
    own_shop: Own, browse: Browse
) -> None:
    shop, _sessions = own_shop
    app = browse(shop, "new_order", by="anna")
    rows = [f"{PRODUCTS[index % 5][0]};{1 + index % 2}" for index in range(200)]
    rows[9], rows[99], rows[199] = "NO-SUCH;1", "UC-1185;two", "UC-1185;1;-5"
    app.text_area(key="pasted_lines").set_value("\n".join(rows)).run()
    [told] = [error.value for error in app.error]
    assert "3 rows cannot be taken" in told
    assert all(f"Row {row}:" in told for row in (10, 100, 200))
    assert app.button(key="place").disabled, "nothing partial unless asked"
    app.button(key="add_right").click().run()
    assert len(app.session_state["_entry_lines"]) == 197
    assert app.text_area(key="pasted_lines").value == "NO-SUCH;1\nUC-1185;two\nUC-1185;1;-5"
    assert not app.error
    assert not app.exception


def test_what_a_browser_sends_twice_is_taken_once(own_shop: Own, browse: Browse) -> None:
    shop, _sessions = own_shop
    app = browse(shop, "new_order", by="anna")
    app.text_area(key="pasted_lines").set_value("UC-1185;2").run()
    app.session_state["_entry_taken"] = ("UC-1185;2", monotonic())  # a busy machine takes its time
    app.text_area(key="pasted_lines").set_value("UC-1185;2").run()
    assert len(app.session_state["_entry_lines"]) == 1
    app.session_state["_entry_taken"] = ("UC-1185;2", monotonic() - 60)
    app.text_area(key="pasted_lines").set_value("UC-1185;2").run()
    assert len(app.session_state["_entry_lines"]) == 2, "what is pasted again later is wanted again"


def test_what_is_typed_is_kept_and_offered_again_and_gone_once_placed(own_shop: Own, browse: Browse) -> None:
    shop, sessions = own_shop
    app = browse(shop, "new_order", by="anna")
    assert _asked(sessions, list_drafts) == []
    app.text_input(key="customer_name").set_value("Nina Draft").run()
    app.text_area(key="pasted_lines").set_value("UC-1185;2").run()
    [draft] = _asked(sessions, list_drafts)
    assert (draft.title, [line.sku for line in draft.document.lines]) == ("Nina Draft", ["UC-1185"])
    assert app.query_params["draft"] == str(draft.id)
    crashed = browse(shop, "new_order", by="anna")
    assert any("Nina Draft" in one.value for one in crashed.markdown)
    assert crashed.button(key=f"go_on_{draft.id}")
    again = browse(shop, "new_order", by="anna", draft=str(draft.id))
    assert again.text_input(key="customer_name").value == "Nina Draft"
    again.button(key="place").click().run()
    assert not again.exception
    assert _asked(sessions, list_drafts) == []
    assert browse(shop, "new_order", by="boris", draft=str(draft.id)).text_input(key="customer_name").value == ""


def test_a_template_gives_everything_but_the_customer(own_shop: Own, browse: Browse) -> None:
    shop, sessions = own_shop
    app = browse(shop, "new_order", by="anna")
    app.text_area(key="pasted_lines").set_value("UC-1185;2;9.00").run()
    app.selectbox(key="new_delivery").set_value("courier").run()
    app.menu_button(key="more").click("template").run()
    assert app.text_input(key="template_name").value == ""  # AppTest does not run a dialog a second time
    [draft] = _asked(sessions, list_drafts)
    anna = door.read(sessions, None, find_actor, login="anna")
    document = {**draft.document.as_dict(), "customer": {"name": "Nobody"}}
    template = door.run(sessions, anna, save_template, name="Cables", document=document)
    applied = browse(shop, "new_order", by="anna", template=str(template.id))
    applied.text_input(key="customer_name").set_value("Only Customer").run()
    applied.button(key="place").click().run()
    assert not applied.exception
    sql = "SELECT delivery_method_id IS NOT NULL AND gross = 18 FROM orders o JOIN customers c ON c.id = customer_id"
    assert _scalar(sessions, f"{sql} WHERE c.name = 'Only Customer'")


def test_a_quotation_is_made_from_the_form_and_ordered_with_one_click(own_shop: Own, browse: Browse) -> None:
    shop, sessions = own_shop
    app = browse(shop, "new_order", by="anna")
    app.text_input(key="customer_name").set_value("Nina Quote")
    app.text_area(key="pasted_lines").set_value("UC-1185;2;9.00").run()
    app.menu_button(key="more").click("quote").run()
    assert not app.exception
    number = _scalar(sessions, "SELECT number FROM quotations")
    listed = browse(shop, "quotations", by="anna")
    assert list(listed.dataframe[0].value["number"]) == [number]
    card = browse(shop, "quotation", by="anna", number=number)
    card.button(key="make_order").click().run()
    assert not card.exception
    assert _scalar(sessions, "SELECT order_id IS NOT NULL FROM quotations")
    settled = browse(shop, "quotation", by="anna", number=number)
    assert not [button for button in settled.button if button.key in {"make_order", "decline"}]


@pytest.fixture
def quoted(own_shop: Own, browse: Browse) -> str:
    """Two cables at 9.00, offered to Ewa Nowak."""
    shop, sessions = own_shop
    customer = _scalar(sessions, "SELECT id FROM customers WHERE name = 'Ewa Nowak'")
    app = browse(shop, "new_order", by="anna", customer=str(customer))
    app.text_area(key="pasted_lines").set_value("UC-1185;2;9.00").run()
    app.menu_button(key="more").click("quote").run()
    number: str = _scalar(sessions, "SELECT number FROM quotations")
    return number


def test_an_open_quotation_is_changed_on_its_page_and_ordered_so(
    own_shop: Own, browse: Browse, quoted: str
) -> None:  # fmt: skip
    shop, sessions = own_shop
    app = browse(shop, "quotation", by="anna", number=quoted)
    app.button(key="change").click().run()
    assert not [button for button in app.button if button.key == "make_order"], "first it is saved"
    app.number_input(key=f"quotation_shipping_{quoted}_1").set_value(4.0)
    app.number_input(key=f"quotation_days_{quoted}_1").set_value(30)
    app.button(key="quotation_save").click().run()
    assert not app.exception
    assert _scalar(sessions, "SELECT total FROM quotations") == 22
    assert _scalar(sessions, "SELECT valid_until - created_at::date FROM quotations") in {29, 30, 31}
    app.button(key="make_order").click().run()
    assert _scalar(sessions, "SELECT o.total FROM quotations q JOIN orders o ON o.id = q.order_id") == 22


def test_the_rows_of_a_quotation_are_read_as_typed() -> None:
    kept = {"sku": "MUG", "quantity": 2.5, "unit_price": 8.1, "discount": None}
    fresh = {"sku": " CUP ", "quantity": None, "unit_price": None, "discount": 0.3}
    assert requested([kept, fresh, {"sku": None, "quantity": 1.0, "unit_price": None, "discount": None}]) == [
        LineRequest("MUG", Decimal("2.500"), Decimal("8.10"), Decimal("0.00")),
        LineRequest("CUP", Decimal(0), None, Decimal("0.30")),
    ]


def test_who_saves_second_is_told_and_loses_nothing_typed(own_shop: Own, browse: Browse, quoted: str) -> None:
    shop, sessions = own_shop
    app = browse(shop, "quotation", by="anna", number=quoted)
    app.button(key="change").click().run()
    boris = door.read(sessions, None, find_actor, login="boris")
    door.run(sessions, boris, change_quotation, number=quoted, version=1, comment="Boris was here")
    app.text_area(key=f"quotation_comment_{quoted}_1").set_value("mine")
    app.button(key="quotation_save").click().run()
    assert not app.exception
    assert app.error or app.warning
    assert app.text_area(key=f"quotation_comment_{quoted}_1").value == "mine"
    assert _scalar(sessions, "SELECT comment FROM quotations") == "Boris was here"


def test_the_profile_of_a_customer_shows_what_they_were_offered(own_shop: Own, browse: Browse, quoted: str) -> None:
    shop, sessions = own_shop
    customer = str(_scalar(sessions, "SELECT id FROM customers WHERE name = 'Ewa Nowak'"))
    app = browse(shop, "customer", by="anna", id=customer)
    assert not app.exception
    assert any("valid until" in caption.value for caption in app.caption)
    anna = door.read(sessions, None, find_actor, login="anna")
    door.run(sessions, anna, decline_quotation, number=quoted, version=1)
    app = browse(shop, "customer", by="anna", id=customer)
    assert not any("valid until" in caption.value for caption in app.caption), "only what waits for an answer"


def test_an_earlier_order_is_copied_at_prices_of_today(own_shop: Own, browse: Browse) -> None:
    shop, sessions = own_shop
    app = browse(shop, "new_order", by="anna", **{"from": shop.numbers[0]})
    app.button(key="place").click().run()
    assert not app.exception
    sql = "SELECT count(*) FROM orders c JOIN orders o ON o.id = c.copied_from_id WHERE o.customer_id = c.customer_id"
    assert _scalar(sessions, sql) == 1


def test_an_uploaded_sheet_is_read_like_pasted_text() -> None:
    sheet = io.BytesIO()
    pl.DataFrame({"SKU": ["A-1", "B"], "Qty": [2.5, 1.0]}).write_csv(sheet)
    assert text_of("lines.csv", "\ufeffA;1".encode()) == "A;1"
    assert text_of("lines.csv", "Артикул;1".encode("cp1251")) == "Артикул;1"
    sheet.seek(0)
    sheet.truncate()
    pl.DataFrame({"SKU": ["A-1", "B"], "Qty": [2.5, 1.0], "Price": [19.9, None]}).write_excel(sheet)
    assert text_of("lines.XLSX", sheet.getvalue()).splitlines() == ["SKU\tQty\tPrice", "A-1\t2.5\t19.9", "B\t1\t"]
    for broken in (b"PK\x03\x04broken", b"\x00\x01"):
        with pytest.raises(Invalid):
            text_of("lines.xlsx", broken)
