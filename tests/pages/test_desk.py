"""The order desk does what it shows: moves, bulk acts, refusals, words that cannot act as Markdown."""

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st
from shops import OpenShop
from signing_in import as_person
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

from dashboard import display
from dashboard.identity import TOKEN_KEY
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.orders.card import read_order
from oms_core.orders.card_views import OrderCard
from oms_core.workflow.validation import save_rule

Browse = Callable[..., AppTest]


def _card(sessions: sessionmaker[Session], number: str) -> OrderCard:
    admin = door.read(sessions, None, find_actor, login="admin")
    return door.read(sessions, admin, read_order, number=number)


def _new_order(shop: OpenShop, sessions: sessionmaker[Session]) -> str:
    return next(number for number in shop.numbers if _card(sessions, number).status == "new")


def test_the_one_next_step_moves_the_order_in_the_acting_persons_name(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    number = _new_order(shop, sessions)
    app = browse(shop, "order", by="anna", number=number)
    assert app.button(key="next_step").label == "Confirm"
    app.button(key="next_step").click().run()
    assert not app.exception
    card = _card(sessions, number)
    assert card.status == "confirm"
    assert card.events[-1].actor == "anna"
    assert app.button(key="next_step").label == "Start picking"


def test_a_stale_card_is_refused_and_says_so(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    number = _new_order(shop, sessions)
    first, second = (browse(shop, "order", number=number) for _session in range(2))
    first.button(key="next_step").click().run()
    second.button(key="next_step").click().run()
    assert any("was changed meanwhile" in warning.value for warning in second.warning)
    assert _card(sessions, number).status == "confirm"


def test_a_refusal_is_said_in_the_persons_language(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    number = _new_order(shop, sessions)
    first, second = (browse(shop, "order", number=number, lang="ru") for _session in range(2))
    first.button(key="next_step").click().run()
    second.button(key="next_step").click().run()
    assert [warning.value for warning in second.warning if "изменили" in warning.value]


def test_an_unknown_number_is_told_and_not_an_error(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "order", number="no-such-order")
    assert not app.exception
    assert any("There is no such order" in text.value for text in app.markdown)


def test_search_narrows_the_list_and_an_unknown_word_is_told(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "orders", view="all")
    app.text_input(key="q").set_value("Nowak").run()
    assert set(app.dataframe[0].value["customer"]) == {"Ewa Nowak"}
    app.text_input(key="q").set_value("nobody of that name").run()
    assert any("No order matches" in text.value for text in app.markdown)


def test_the_list_opens_on_work_to_do_and_the_address_opens_another_view(full_shop: OpenShop, browse: Browse) -> None:
    assert browse(full_shop, "orders").session_state["view"] == "to_confirm"
    late = browse(full_shop, "orders", view="late", group="new")
    assert late.session_state["view"] == "late"
    assert late.session_state["group"] == "new"


def test_a_new_order_is_placed_from_pasted_lines_and_its_card_opens(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    app = browse(shop, "new_order", by="boris")
    assert app.button(key="place").disabled
    app.text_input(key="customer_name").set_value("Nina Test")
    app.text_area(key="pasted_lines").set_value("UC-1185;2\nLT-1037;1;9.99").run()
    app.button(key="place").click().run()
    assert not app.exception
    card = _card(sessions, app.title[0].value)
    assert (card.customer.name, card.manager, [line.sku for line in card.lines]) == (
        "Nina Test", "boris", ["UC-1185", "LT-1037"],
    )  # fmt: skip


def test_only_who_may_give_orders_away_is_asked_whose_an_order_is(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    app = browse(shop, "new_order", by="boris")
    app.selectbox(key="new_manager").set_value("anna")
    assert _place_an_order(app, sessions).manager == "anna"
    with sessions.begin() as session:
        session.execute(text("DELETE FROM role_permissions WHERE role = 'manager' AND permission = 'order.assign'"))
    app = browse(shop, "new_order", by="boris")
    assert "new_manager" not in [box.key for box in app.selectbox]
    assert _place_an_order(app, sessions).manager == "boris"
    with sessions.begin() as session:
        session.execute(text("DELETE FROM role_permissions WHERE role = 'manager' AND permission = 'order.move'"))
    assert _place_an_order(browse(shop, "new_order", by="boris"), sessions).manager is None


def _place_an_order(app: AppTest, sessions: sessionmaker[Session]) -> OrderCard:
    app.text_input(key="customer_name").set_value("Nina Test")
    app.text_area(key="pasted_lines").set_value("UC-1185;1").run()
    app.button(key="place").click().run()
    assert not app.exception
    return _card(sessions, app.title[0].value)


def test_a_double_click_places_one_order(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    app = browse(shop, "new_order")
    for _click in range(2):  # the second finds the page as it was
        app.switch_page("app_pages/new_order.py").run()
        app.text_input(key="customer_name").set_value("Nina Twice")
        app.text_area(key="pasted_lines").set_value("UC-1185;2").run()
        app.button(key="place").click().run()
    with sessions() as session:
        query = "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.name = 'Nina Twice'"
        assert session.execute(text(query)).scalar_one() == 1


def _open_drawer() -> None:
    from dashboard.stock_actions import open_receive

    open_receive({"MAIN": "Main warehouse"})


def test_goods_are_received_from_the_drawer(own_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, sessions = own_shop
    monkeypatch.setenv("OMS_DATABASE_URL", shop.url)
    st.cache_resource.clear()
    drawer = AppTest.from_function(_open_drawer)
    drawer.session_state[TOKEN_KEY] = as_person(shop.url, "admin")
    drawer.run()
    drawer.text_input(key="receive_sku").set_value("UC-1185")
    drawer.number_input(key="receive_quantity").set_value(7.0).run()
    drawer.button(key="receive_done").click().run()
    assert not drawer.exception
    with sessions() as session:
        assert session.scalars(text("SELECT quantity FROM stock_moves WHERE idempotency_key IS NOT NULL")).all() == [7]


def _give_all_to_anna() -> None:
    import streamlit as st

    from dashboard import notices, order_actions

    order_actions.assign_each(st.session_state["numbers"], "anna")
    notices.show_notices()


def test_a_bulk_act_tells_what_rules_warn_of_by_order(own_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, sessions = own_shop
    plain, warned = [number for number in shop.numbers if _card(sessions, number).status == "new"][:2]
    rule = {
        "code": "mind", "name": "Mind", "message": "Mind *this* one.", "field": "manager", "severity": "warn",
        "expression": f"order.number != '{warned}'", "changes": ["assign"], "is_active": True,
    }  # fmt: skip
    door.run(sessions, door.read(sessions, None, find_actor, login="admin"), save_rule, document=rule)
    monkeypatch.setenv("OMS_DATABASE_URL", shop.url)
    st.cache_resource.clear()
    app = AppTest.from_function(_give_all_to_anna)
    app.session_state[TOKEN_KEY] = as_person(shop.url, "admin")
    app.session_state["numbers"] = [plain, warned]
    app.run()
    assert not app.exception
    expected = f"Rules warn of 1 order:\n- **{warned}** — {display.plain('Mind *this* one.')}"
    assert [warning.value for warning in app.warning] == [expected]
    assert {_card(sessions, number).manager for number in (plain, warned)} == {"anna"}


def test_a_refused_order_names_the_line_and_nothing_is_placed(own_shop: Any, browse: Browse) -> None:
    shop, _sessions = own_shop
    app = browse(shop, "new_order")
    app.text_input(key="customer_name").set_value("Nina Test")
    app.text_area(key="pasted_lines").set_value("NO-SUCH-SKU;2").run()
    assert any(display.plain("NO-SUCH-SKU") in error.value for error in app.error)
    assert app.button(key="place").disabled
    assert app.title[0].value == "New order"


def test_a_database_away_is_told_kindly(browse: Browse, full_shop: OpenShop) -> None:
    away = OpenShop("postgresql+psycopg2://nobody@127.0.0.1:1/none", full_shop.marts)
    app = browse(away, "orders", token="whoever")  # noqa: S106 - nobody looks at it
    assert not app.exception
    assert any("The database cannot be reached" in text.value for text in app.markdown)


@pytest.mark.parametrize("text", ["![x](http://evil.test/x.png)", "<img src=x>", ":red[x]", "$x$", "**x**", "a_b_c"])
def test_what_people_typed_cannot_act_as_markdown(text: str) -> None:
    escaped = display.plain(text)
    assert escaped.replace("\\", "") == text
    assert all(escaped[place - 1] == "\\" for place, letter in enumerate(escaped) if letter in "![]()<>:$*_")
