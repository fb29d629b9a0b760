"""Changing an order on its card: looked at, saved, seen by the second, undone."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from shops import OpenShop
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest
from test_desk import _card, _new_order

from dashboard.order_change_form import ChangeForm
from dashboard.order_undo import way_back
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.orders.change_document import OrderEdit
from oms_core.orders.change_log import list_changes
from oms_core.orders.changing import change_order, preview_change
from oms_core.workflow.validation import save_rule

Browse = Callable[..., AppTest]
Shop = tuple[OpenShop, sessionmaker[Session]]


def anna_changes(sessions: sessionmaker[Session], number: str, **change: Any) -> None:
    """Somebody else changes the order meanwhile."""
    with sessions() as session:
        anna = find_actor(session, "anna")
    door.run(sessions, anna, change_order, number=number, version=None, change=OrderEdit(**change))


def form_of(sessions: sessionmaker[Session], number: str) -> ChangeForm:
    """The form as the card opens it."""
    with sessions() as session:
        admin = find_actor(session, "admin")
    seen = door.read(sessions, admin, preview_change, now=datetime.now(UTC), number=number, change=OrderEdit())
    return ChangeForm(number, seen.version, seen.before, seen.before)


@pytest.fixture
def opened(own_shop: Shop, browse: Browse) -> tuple[AppTest, ChangeForm, sessionmaker[Session]]:
    """A card on which the form is open."""
    shop, sessions = own_shop
    number = _new_order(shop, sessions)
    app = browse(shop, "order", by="boris", number=number)
    form = form_of(sessions, number)
    app.session_state["_order_changes"] = {number: form}
    app.run()
    assert not app.exception
    return app, form, sessions


def test_the_form_is_looked_at_as_a_whole_and_then_saved_with_a_note(opened: Any) -> None:
    app, form, sessions = opened
    app.text_area(key=form.key("comment")).set_value("Ring at the gate").run()
    app.number_input(key=form.key("shipping")).set_value(7.5).run()
    app.button(key="change_preview").click().run()
    assert not app.exception
    app.text_input(key=form.key("note")).set_value("by phone")
    app.button(key="change_save").click().run()
    assert not app.exception
    card = _card(sessions, form.number)
    assert (card.comment, card.totals.shipping) == ("Ring at the gate", Decimal("7.50"))
    assert not [area for area in app.text_area if area.key == form.key("comment")], "the form is closed"
    with sessions() as session:
        [change] = list_changes(session, actor=find_actor(session, "admin"), number=form.number)
    assert (change.note, change.actor) == ("by phone", "boris")


def test_what_a_rule_will_not_let_pass_is_said_in_the_look_at_the_change(opened: Any) -> None:
    app, form, sessions = opened
    with sessions() as session:
        admin = find_actor(session, "admin")
    words = {"expression": 'order.comment != "now" && change.text != ""', "message": "Not at once, and say why."}
    rule = {"code": "patience", "name": "Patience", "changes": ["change"], "severity": "refuse", "is_active": True}
    door.run(sessions, admin, save_rule, document=rule | words | {"field": "comment"})
    app.text_area(key=form.key("comment")).set_value("now").run()
    app.button(key="change_preview").click().run()
    assert any("Not at once, and say why" in error.value for error in app.error)
    assert app.button(key="change_save").disabled


def test_the_second_sees_both_values_keeps_what_was_typed_and_takes_theirs_where_it_likes(opened: Any) -> None:
    app, form, sessions = opened
    app.text_area(key=form.key("comment")).set_value("mine").run()
    app.number_input(key=form.key("shipping")).set_value(9.0).run()
    anna_changes(sessions, form.number, comment="theirs", shipping=Decimal(3), ship_to={"text": "Elsewhere 5"})
    app.run()
    assert not app.exception
    assert any("Somebody saved version" in warning.value for warning in app.warning)
    assert app.text_area(key=form.key("comment")).value == "mine"
    assert any("Elsewhere 5" in text.value for text in app.markdown)
    choices = {radio.label: radio for radio in app.radio}
    assert list(choices["Comment"].options) == ["yours: mine", "theirs: theirs"]
    app.radio(key=form.key("of_shipping_None")).set_value("theirs").run()
    app.button(key=form.key("go_on")).click().run()
    assert not app.exception
    assert app.text_area(key=f"change_comment_{form.number}_1").value == "mine"
    assert app.number_input(key=f"change_shipping_{form.number}_1").value == 3.0
    app.button(key="change_preview").click().run()
    app.button(key="change_save").click().run()
    card = _card(sessions, form.number)
    assert (card.comment, card.totals.shipping, card.ship_to) == ("mine", 3, {"text": "Elsewhere 5"})


def test_a_move_meanwhile_touches_nothing_that_is_typed(opened: Any) -> None:
    app, form, sessions = opened
    app.text_area(key=form.key("comment")).set_value("mine").run()
    app.button(key="next_step").click().run()
    assert not app.exception
    assert not [warning for warning in app.warning if "Somebody saved" in warning.value]
    app.button(key="change_preview").click().run()
    app.button(key="change_save").click().run()
    assert _card(sessions, form.number).comment == "mine"


def test_what_was_done_last_is_undone_in_one_click(own_shop: Shop, browse: Browse) -> None:
    shop, sessions = own_shop
    number = _new_order(shop, sessions)
    was = _card(sessions, number).comment
    anna_changes(sessions, number, comment="typed in the wrong order")
    app = browse(shop, "order", by="anna", number=number)
    app.button(key="undo").click().run()
    assert not app.exception
    assert _card(sessions, number).comment == was
    others = browse(shop, "order", by="boris", number=number)
    assert not [button for button in others.button if button.key == "undo"], "what others did is theirs"


def test_a_move_is_undone_only_where_the_table_leads_back(own_shop: Shop, browse: Browse) -> None:
    shop, sessions = own_shop
    number = _new_order(shop, sessions)
    app = browse(shop, "order", number=number)
    app.button(key="next_step").click().run()
    card = _card(sessions, number)
    assert card.status == "confirm"
    assert way_back(card, login="admin", now=datetime.now(UTC)) is None, "nothing leads back to new"
    app.button(key="next_step").click().run()
    app.button(key="undo").click().run()
    assert not app.exception
    assert _card(sessions, number).status == "confirm"
    ledger = next(text.value for text in app.markdown if text.value.startswith("- **New**"))
    assert "×2**" in ledger, "its ledger tells that it came back"


def test_the_form_speaks_every_language_and_fits_a_phone(own_shop: Shop, browse: Browse, fresh_engine: Engine) -> None:
    shop, sessions = own_shop
    number = _new_order(shop, sessions)
    for language in ("ru", "pl", "zh"):
        app = browse(shop, "order", number=number, lang=language)
        app.session_state["_order_changes"] = {number: form_of(sessions, number)}
        app.run()
        assert not app.exception
        assert not [button for button in app.button if button.label in {"Close without saving", "Look at the change"}]
