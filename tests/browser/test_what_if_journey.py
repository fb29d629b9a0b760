"""A lead asks what would have been: a change typed in, run, its orders opened, the question kept in the address."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from shops import ServedShop

from pipelines.jobs import refresh
from pipelines.store import Store
from tests.browser.test_accessibility import barriers

pytestmark = [pytest.mark.browser, pytest.mark.full]
SignIn = Callable[[str], None]
TICK, HEAD, ROW = 17, 34, 34
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def fresh_shop(served_shop: ServedShop) -> ServedShop:
    """The shop with fresh marts."""
    refresh(served_shop.sessions.kw["bind"], Store(str(served_shop.marts)))
    return served_shop


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


def test_a_change_is_typed_run_and_its_orders_open(page: Page, fresh_shop: ServedShop, sign_in: SignIn) -> None:
    sign_in("lena")
    visit(page, f"{fresh_shop.address}/what_if?lang=en&channel=desk&days=365")
    expect(page.get_by_text("Ask what would have been")).to_be_visible()
    limit = page.get_by_role("spinbutton", name="Goods kept for hours")
    limit.fill("1")
    limit.press("Tab")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name="Touched by a limit")).to_be_visible()
    expect(page).to_have_url(re.compile("ask=hold%3A1|ask=hold:1"))
    assert not barriers(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert not page.evaluate(SIDEWAYS)
    page.set_viewport_size({"width": 1440, "height": 1400})
    grid = page.locator("[class*=st-key-what_if_orders] canvas").first
    grid.scroll_into_view_if_needed()
    page.wait_for_timeout(1_500)  # the grid paints after the script has ended
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + TICK, box["y"] + HEAD + ROW / 2)
    expect(page).to_have_url(re.compile(r"/order\?.*number="))
