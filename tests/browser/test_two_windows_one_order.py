"""Two people change one order at once, each in a window: who saves second sees both values and loses nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from shops import ServedShop
from signing_in import issue
from test_accessibility import barriers
from test_changing_the_shop import _card, _new_order, _open, _settle

from dashboard.visits import COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.timeout(240)]
THEIRS, MINE = "Ring the bell twice", "Leave it at the gate"


@contextmanager
def window(browser: Browser, shop: ServedShop, login: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.add_cookies([{"name": COOKIE, "value": issue(shop.sessions, login), "url": shop.address}])
    expect.set_options(timeout=20_000)
    yield context.new_page()
    context.close()


def begin_change(page: Page, shop: ServedShop, number: str) -> None:
    _open(page, f"{shop.address}/order?number={number}&lang=en")
    page.locator(".st-key-more").get_by_role("button").click()
    page.get_by_text("Change…", exact=True).last.click()
    expect(page.locator(".st-key-order-change")).to_be_visible()
    _settle(page)


def fill(page: Page, label: str, words: str) -> None:
    field = page.locator(".st-key-order-change").get_by_label(label, exact=True)
    field.fill(words)
    field.press("Tab")
    _settle(page)


def save(page: Page) -> None:
    page.get_by_role("button", name="Look at the change").click()
    page.get_by_role("dialog").get_by_role("button", name="Save the change").click()


@pytest.mark.parametrize("kept", ["yours", "theirs"])
def test_the_second_sees_both_values_and_loses_nothing(browser: Browser, served_shop: ServedShop, kept: str) -> None:
    shop, number = served_shop, _new_order(served_shop)
    with window(browser, shop, "anna") as first, window(browser, shop, "lena") as second:
        begin_change(first, shop, number)
        begin_change(second, shop, number)
        fill(second, "Comment", MINE)
        fill(second, "Delivery address", "ul. Nowa 7, Gdańsk")  # what the first left alone
        fill(first, "Comment", THEIRS)
        save(first)
        expect(first.get_by_text(f"Order {number} changed").first).to_be_visible()
        assert _card(shop, number).comment == THEIRS

        save(second)  # with the version that it began with
        form = second.locator(".st-key-order-change")
        refused = second.get_by_test_id("stAlert").filter(has_text="meanwhile").first
        expect(refused).to_be_visible()
        assert _card(shop, number).comment == THEIRS  # nothing is written over
        second.keyboard.press("Escape")
        _settle(second)
        expect(form.get_by_text(f"yours: {MINE}")).to_be_visible()
        expect(form.get_by_text(f"theirs: {THEIRS}")).to_be_visible()
        expect(form.get_by_role("textbox", name="Comment")).to_have_value(MINE)
        assert barriers(second) == []
        form.get_by_text(f"{kept}: ").click()
        _settle(second)
        second.get_by_role("button", name="Go on with these").click()
        _settle(second)
        save(second)
        expect(second.get_by_text(f"Order {number} changed").first).to_be_visible()
    after = _card(shop, number)
    assert after.comment == {"yours": MINE, "theirs": THEIRS}[kept]
    assert "Gdańsk" in str(after.ship_to)
    authors = [event.actor for event in after.events if event.kind == "order.changed"]
    assert authors == ["anna", "lena"]
