"""Delivery methods: everybody who sees the workflow sees them, an administrator keeps them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from streamlit.testing.v1 import AppTest

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.orders.delivery_methods import list_delivery_methods

Browse = Callable[..., AppTest]


def methods(sessions: Any) -> dict[str, Any]:
    """Every method by code."""
    admin = door.read(sessions, None, find_actor, login="admin")
    return {one.code: one for one in door.read(sessions, admin, list_delivery_methods, with_retired=True)}


def test_an_administrator_adds_a_method_and_changes_another(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    app = browse(shop, "delivery_methods", method="new")
    app.text_input(key="method_2_name").set_value("Night express").run()
    app.number_input(key="method_2_charge").set_value(19.9).run()
    app.number_input(key="method_2_days").set_value(1).run()
    app.button(key="save_method").click().run()
    assert not app.exception
    made = methods(sessions)["night_express"]
    assert (made.name, made.charge, made.transit_days, made.is_active) == ("Night express", Decimal("19.90"), 1, True)
    app = browse(shop, "delivery_methods", method="courier")
    app.toggle(key="method_courier_active").set_value(False).run()
    app.text_input(key="method_courier_ru").set_value("Курьер до двери").run()
    app.button(key="save_method").click().run()
    assert not app.exception
    kept = methods(sessions)["courier"]
    assert (kept.is_active, kept.translations["ru"]["name"]) == (False, "Курьер до двери")


def test_who_only_sees_the_workflow_sees_a_list(own_shop: Any, browse: Browse) -> None:
    app = browse(own_shop[0], "delivery_methods", by="anna", lang="ru")
    assert not app.exception
    assert not [button for button in app.button if button.key == "save_method"]
    assert any("Курьер" in one.value for one in app.markdown)
