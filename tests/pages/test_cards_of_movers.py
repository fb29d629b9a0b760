"""The card of an order offers each person the moves that the table gives to their roles, and no other."""

from collections.abc import Callable
from typing import Any

import pytest
from shops import OpenShop
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS, Permission
from tests.integration.workflow.movers import STATUSES, MoversShop, verdict

pytestmark = pytest.mark.full

LOOKERS = [role for role in Role if Permission.ORDER_VIEW in DEFAULTS[role]]


@pytest.fixture(scope="module")
def movers(lasting_database: Callable[[], Engine]) -> MoversShop:
    return MoversShop(lasting_database())


def offered(app: AppTest) -> list[str]:
    """The words on the next step and in the menu of what else may be done."""
    step = [button.label for button in app.button if button.key == "next_step"]
    menus: list[Any] = [element.proto for element in app.get("menu_button")]
    return step + [word for menu in menus for word in menu.options]


@pytest.mark.parametrize("role", LOOKERS)
def test_a_card_offers_the_moves_of_the_table_and_no_other(
    movers: MoversShop, browse: Callable[..., AppTest], tmp_path: Any, role: Role
) -> None:
    shop = OpenShop(movers.engine.url.render_as_string(hide_password=False), tmp_path)
    app = browse(shop, "order", by=f"the_{role.value}", number=movers.order("new", "sale"))
    every = {move.label for move in movers.document.transitions}
    for start in STATUSES:
        app.query_params["number"] = movers.order(start, "sale")
        app.run()
        assert not app.exception
        expected = {
            move.label
            for move in movers.document.transitions
            if move.from_status == start and verdict(movers.document, role, start, move.to_status, "sale") == "allowed"
        }
        assert (role, start, set(offered(app)) & every) == (role, start, expected)
