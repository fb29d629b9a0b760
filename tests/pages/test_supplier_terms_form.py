"""The form of a supplier's terms: what it costs to write a wrong one, and that the plan follows a right one."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from shops import OpenShop
from signing_in import as_person
from sqlalchemy import create_engine, text
from streamlit.testing.v1 import AppTest

from dashboard.identity import TOKEN_KEY
from tests.lasting_shops import LivedShop

Browse = Callable[..., AppTest]


def form() -> None:
    from dashboard.buying_suppliers import show_terms

    show_terms()


def terms_of(shop: OpenShop, code: str) -> tuple[Decimal | None, list[tuple[date, date]]]:
    engine = create_engine(shop.url)
    with engine.connect() as connection:
        minimum = connection.scalar(
            text("SELECT minimum_order_value FROM supplier_order_terms JOIN suppliers s ON s.id = supplier_id"
                 " WHERE s.code = :code"), {"code": code},
        )  # fmt: skip
        closed = connection.execute(
            text("SELECT first_day, last_day FROM supplier_closures JOIN suppliers s ON s.id = supplier_id"
                 " WHERE s.code = :code ORDER BY 1"), {"code": code},
        ).all()  # fmt: skip
    engine.dispose()
    return minimum, [tuple(row) for row in closed]


@pytest.fixture
def shop(lived_shop: LivedShop) -> OpenShop:
    return OpenShop(lived_shop.engine.url.render_as_string(hide_password=False), lived_shop.marts)


def test_a_least_value_is_set_and_taken_back(shop: OpenShop, browse: Browse) -> None:
    browse(shop, "account")
    app = AppTest.from_function(form, default_timeout=60)
    app.session_state[TOKEN_KEY] = as_person(shop.url, "admin")
    app.run()
    assert not app.exception, app.exception
    code = app.selectbox(key="terms_of").value
    assert any("Delivers in" in caption.value for caption in app.caption)

    app.number_input(key=f"terms_minimum_{code}").set_value(250.0)
    app.button(key="terms_set").click().run()
    assert not app.exception, app.exception
    assert terms_of(shop, code) == (Decimal("250.00"), [])

    app.number_input(key=f"terms_minimum_{code}").set_value(0.0)
    app.button(key="terms_set").click().run()
    assert terms_of(shop, code) == (None, [])
