"""Entering an order in a real browser: from the customer's card in three actions, kept over a reload, quoted."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from shops import ServedShop
from sqlalchemy import text
from test_accessibility import barriers
from test_changing_the_shop import _open, _settle

pytestmark = [pytest.mark.browser, pytest.mark.full]


def _scalar(shop: ServedShop, sql: str) -> object:
    with shop.sessions() as session:
        return session.execute(text(sql)).scalar_one()


def test_an_order_is_entered_from_the_card_kept_over_a_reload_quoted_and_ordered(
    page: Page, served_shop: ServedShop, sign_in: Callable[[str], None]
) -> None:
    sign_in("anna")
    customer = _scalar(served_shop, "SELECT id FROM customers WHERE name = 'Ewa Nowak'")
    before = _scalar(served_shop, "SELECT count(*) FROM orders")
    _open(page, f"{served_shop.address}/customer?id={customer}")
    page.get_by_role("button", name="New order").click()  # one
    page.get_by_label("Find a product").fill("usb")
    page.get_by_role("button", name="Add UC-1185").click()  # two
    expect(page.get_by_test_id("stMetricValue")).to_have_text("€15.15")
    page.get_by_role("button", name="Place order").click()  # three
    expect(page).to_have_url(re.compile(r"/order\?.*number=\d+"))
    assert _scalar(served_shop, "SELECT count(*) FROM orders") == before + 1

    _open(page, f"{served_shop.address}/new_order")
    page.get_by_role("textbox", name="Name or company").fill("Nina Browser")
    page.get_by_text("Paste or upload many").click()
    page.get_by_role("textbox", name="Lines, one per row").fill("NB-1148;2\nNO-SUCH;1")
    page.get_by_role("textbox", name="Lines, one per row").press("Control+Enter")
    expect(page.get_by_text("1 row cannot be taken")).to_be_visible()
    page.get_by_role("button", name="Add the 1 right row").click()
    expect(page.get_by_test_id("stMetricValue")).to_have_text("€21.22")
    expect(page).to_have_url(re.compile(r"draft=\d+"))
    _settle(page)
    assert barriers(page) == []
    page.reload()
    expect(page.get_by_role("textbox", name="Name or company")).to_have_value("Nina Browser")
    expect(page.get_by_test_id("stMetricValue")).to_have_text("€21.22")
    page.get_by_role("button", name="More").click()
    page.get_by_text("Save as a quotation").click()
    expect(page).to_have_url(re.compile(r"/quotation\?.*number=Q\d+"))
    _open(page, page.url)  # without the toast, which Streamlit gives no name
    assert barriers(page) == []
    page.get_by_role("button", name="Make order").click()
    expect(page).to_have_url(re.compile(r"/order\?.*number=\d+"))
    assert _scalar(served_shop, "SELECT order_id IS NOT NULL FROM quotations") is True
    assert _scalar(served_shop, "SELECT count(*) FROM order_drafts") == 0
    _open(page, f"{served_shop.address}/quotations?state=ordered")
    assert barriers(page) == []
