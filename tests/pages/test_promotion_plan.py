"""The dialog of a product's promotions: one is planned in one step and withdrawn in another."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from shops import OpenShop
from signing_in import as_person
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from dashboard import display
from dashboard.identity import TOKEN_KEY
from oms_core import door
from oms_core.catalog.promotions import list_promotions
from tests.lasting_shops import LivedShop

Browse = Callable[..., AppTest]


def dialog(sku: str) -> None:
    from dashboard.promotion_plan import show_promotions

    show_promotions(sku)


@pytest.fixture
def sku(lived_shop: LivedShop) -> str:
    with lived_shop.sessions() as session:
        chosen: str = session.execute(text("SELECT min(sku) FROM products WHERE is_active")).scalar_one()
    return chosen


def planned(lived_shop: LivedShop, sku: str) -> list[float]:
    today = datetime.now(UTC).date()
    return [
        float(one.off)
        for one in door.read(lived_shop.sessions, lived_shop.actor, list_promotions, sku=sku, today=today)
    ]


def press(app: AppTest, label: str) -> None:
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception, app.exception


def test_a_promotion_is_planned_and_withdrawn(lived_shop: LivedShop, browse: Browse, sku: str) -> None:
    shop = OpenShop(lived_shop.engine.url.render_as_string(hide_password=False), lived_shop.marts)
    browse(shop, "account")
    app = AppTest.from_function(dialog, default_timeout=60, args=(sku,))
    app.session_state[TOKEN_KEY] = as_person(shop.url, "admin")
    app.run()
    assert not app.exception, app.exception

    app.number_input[0].set_value(30)
    press(app, "Plan promotion")
    assert planned(lived_shop, sku) == [pytest.approx(0.3, abs=0.01)]

    app.run()
    assert any("30" in block.value for block in app.markdown)
    press(app, "Plan promotion")
    [refusal] = app.warning  # why stands in the dialog
    assert refusal.value.startswith(f"The price of {display.plain(sku)} changes on "), refusal.value
    assert len(planned(lived_shop, sku)) == 1

    press(app, "Withdraw")
    assert planned(lived_shop, sku) == []
