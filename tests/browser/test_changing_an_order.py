"""An order is changed in a browser: a quantity typed into its lines, looked at, saved, undone; and on a phone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from shops import ServedShop
from signing_in import issue
from test_accessibility import barriers
from test_changing_the_shop import _card, _new_order, _open, _settle

from dashboard.visits import COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.full]
QUANTITY_AT = 0.4  # of the grid's width
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def photographed(page: Page, name: str) -> None:
    """Keep a picture where the person at the desk asked for pictures."""
    if folder := os.environ.get("OMS_PICTURES"):
        page.wait_for_timeout(900)
        page.screenshot(path=Path(folder) / f"{name}.png")


def choose_more(page: Page, words: str) -> None:
    """Choose an act of the menu of what else may be done."""
    page.get_by_test_id("stMain").get_by_role("button", name="More", exact=False).first.click()
    page.get_by_text(words, exact=True).last.click()
    _settle(page)


def type_quantity(page: Page, quantity: str) -> None:
    """Type over the quantity of the first line: a grid takes what is typed into the cell that is chosen."""
    grid = page.locator(".st-key-order-change canvas").first
    box = grid.bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + box["width"] * QUANTITY_AT, box["y"] + 34 + 17)
    editor = page.locator("#portal input, #portal textarea").last
    editor.fill(quantity)
    editor.press("Enter")
    page.wait_for_timeout(600)
    _settle(page)


@pytest.mark.timeout(240)
def test_a_quantity_is_typed_looked_at_saved_and_taken_back(
    page: Page, served_shop: ServedShop, sign_in: Callable[[str], None]
) -> None:
    sign_in("lena")
    number = _new_order(served_shop)
    before = _card(served_shop, number)
    _open(page, f"{served_shop.address}/order?number={number}&lang=en")
    choose_more(page, "Change…")
    expect(page.get_by_text("Change the order").first).to_be_visible()
    photographed(page, "form")
    assert barriers(page) == []
    page.get_by_label("Comment", exact=True).first.fill("Leave it with the neighbour")
    page.get_by_label("Comment", exact=True).first.press("Tab")
    _settle(page)
    type_quantity(page, "7")
    page.get_by_role("button", name="Look at the change").click()
    expect(page.get_by_text("The change as a whole").first).to_be_visible()
    photographed(page, "preview")
    assert barriers(page) == []
    page.get_by_label("Why", exact=True).fill("by phone")
    page.get_by_label("Why", exact=True).press("Tab")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text(f"Order {number} changed").first).to_be_visible()
    _settle(page)
    after = _card(served_shop, number)
    assert after.comment == "Leave it with the neighbour"
    assert [line.quantity for line in after.lines[:1]] == [7]
    photographed(page, "undo")
    choose_more(page, "Versions…")
    expect(page.get_by_text("Until then").first).to_be_visible()
    photographed(page, "versions")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("the change is taken back").first).to_be_visible()
    assert _card(served_shop, number).totals == before.totals


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ru", "dark")])
def test_on_a_phone_the_form_fits_without_a_sideways_scroll(
    browser: Browser, served_shop: ServedShop, language: str, theme: str
) -> None:
    context = browser.new_context(**PHONE, color_scheme=theme)
    token = issue(served_shop.sessions, "lena")
    context.add_cookies([{"name": COOKIE, "value": token, "url": served_shop.address}])
    page = context.new_page()
    number = _new_order(served_shop)
    _open(page, f"{served_shop.address}/order?number={number}&lang={language}")
    more, change = ("More", "Change…") if language == "en" else ("Ещё", "Изменить…")
    page.get_by_test_id("stMain").get_by_role("button", name=more).first.click()
    page.get_by_text(change, exact=True).last.click()
    _settle(page)
    expect(page.locator(".st-key-order-change")).to_be_visible()
    page.locator(".st-key-order-change").scroll_into_view_if_needed()
    photographed(page, f"phone_{language}_{theme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
