"""The pages of customers: list, segments, doubles, and the profile."""

from collections.abc import Callable

import pytest
from shops import OpenShop
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from oms_core.db import make_engine

Browse = Callable[..., AppTest]


def customer_id(shop: OpenShop, name: str) -> str:
    engine = make_engine(shop.url)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT min(id) FROM customers WHERE name = :name"), {"name": name})
    engine.dispose()
    return str(found)


def said(app: AppTest) -> str:
    return "\n".join(str(block.value) for kind in ("title", "markdown", "caption", "info") for block in app.get(kind))


def test_the_list_shows_customers_and_finds_them(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "customers", by="anna")
    assert not app.exception
    assert len(app.dataframe[0].value) >= 6
    found = app.text_input(key="q").set_value("nowak").run()
    assert found.dataframe[0].value["name"].to_list() == ["Ewa Nowak"]


def test_an_empty_shop_says_so_on_every_tab(empty_shop: OpenShop, browse: Browse) -> None:
    for tab in ("list", "segments", "doubles"):
        app = browse(empty_shop, "customers", tab=tab)
        assert not app.exception, tab


def test_the_profile_shows_everything_about_a_customer(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "customer", by="anna", id=customer_id(full_shop, "Ewa Nowak"))
    assert not app.exception
    assert app.title[0].value == "Ewa Nowak"
    assert "600 100 200" in said(app).replace("\\", "")
    assert "Order placed" in said(app)
    assert {metric.label for metric in app.metric} >= {"Orders", "Value", "Still to pay"}


@pytest.mark.parametrize("wrong", ["", "0", "999999999", "x", "1' OR 1=1", "9" * 30])
def test_who_is_not_there_is_told(full_shop: OpenShop, browse: Browse, wrong: str) -> None:
    app = browse(full_shop, "customer", by="anna", id=wrong)
    assert not app.exception
    assert "There is no such customer" in said(app)


def test_who_may_not_see_personal_data_sees_none(full_shop: OpenShop, browse: Browse) -> None:
    told = said(browse(full_shop, "customer", by="eva", id=customer_id(full_shop, "Ewa Nowak")))
    app = browse(full_shop, "customers", by="eva")
    assert not app.exception
    shown = told + str(app.dataframe[0].value.to_dict())
    assert "Nowak" not in shown
    assert "600" not in shown


def test_a_buyer_has_no_such_page(full_shop: OpenShop, browse: Browse) -> None:
    with pytest.raises(ValueError, match="page"):
        browse(full_shop, "customers", by="bob")


def test_a_segment_is_counted_saved_shown_and_removed(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "customers", by="anna", tab="segments")
    app.text_input(key="segment_name").set_value("Who ordered").run()
    app.button(key="segment_save").click().run()
    assert not app.exception
    assert "Who ordered" in said(app)
    removing = next(button for button in app.button if str(button.key).startswith("remove_segment_"))
    removing.click().run()
    assert "Who ordered" not in said(app).replace("Segment “Who ordered” saved", "")


def test_the_card_of_an_order_tells_who_orders_what_they_came_to_and_wait_for(
    full_shop: OpenShop, browse: Browse
) -> None:
    app = browse(full_shop, "order", by="anna", number=full_shop.numbers[2])
    assert not app.exception
    told = said(app)
    assert "Studio Północ" in told
    assert "open order" in told
    assert "no contact noted yet" in told


def test_whoever_may_not_see_customers_gets_the_card_without_their_figures(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "order", by="bob", number=full_shop.numbers[2])
    assert not app.exception
    assert "no contact noted yet" not in said(app)
