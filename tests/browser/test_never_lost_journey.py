"""Never lost in a real browser: counted, cured with one click, on a phone too; a card's sentence leads to its entry."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from screens import PHONE
from shops import ServedShop
from signing_in import issue
from sqlalchemy import text

from dashboard.visits import COOKIE
from tests.browser.test_accessibility import barriers

pytestmark = [pytest.mark.browser, pytest.mark.full]
TO_CURE = 34 + 90 + 160 + 80 + 95  # the tick, order, danger, for, and half of the cure
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def late_shop(served_shop: ServedShop) -> ServedShop:
    with served_shop.sessions.begin() as session:
        session.execute(text("UPDATE orders SET promised_at = now() - interval '1 hour' WHERE closed_at IS NULL"))
    return served_shop


@pytest.fixture(params=["desk", "phone"])
def window(browser: Browser, late_shop: ServedShop, request: Any) -> Iterator[Page]:
    sizes: dict[str, Any] = {
        "desk": {"viewport": {"width": 1440, "height": 900}},
        "phone": {
            "viewport": {"width": 390, "height": 844},
            "is_mobile": True,
            "has_touch": True,
            "user_agent": PHONE,
        },
    }
    context = browser.new_context(**sizes[request.param], locale="en-GB")
    cookie: Any = {"name": COOKIE, "value": issue(late_shop.sessions, "anna"), "url": late_shop.address}
    context.add_cookies([cookie])
    yield context.new_page()
    context.close()


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


def reminders(shop: ServedShop) -> int:
    with shop.sessions() as session:
        return int(session.scalar(text("SELECT count(*) FROM tasks WHERE title LIKE 'Tell the customer%'")) or 0)


def test_a_late_order_is_cured_with_one_click(window: Page, late_shop: ServedShop) -> None:
    visit(window, f"{late_shop.address}/never_lost?kind=promise")
    expect(window.get_by_role("heading", name="Never lost")).to_be_visible()
    assert not barriers(window)
    assert not window.evaluate(SIDEWAYS)
    cure = window.get_by_role("button", name="Remind to call")
    if window.viewport_size and window.viewport_size["width"] < 400:
        cure.first.click()
    else:
        box = window.locator("[data-testid=stDataFrame]").first.bounding_box()
        assert box is not None
        window.wait_for_timeout(1_500)  # the grid paints after the script has ended
        window.mouse.click(box["x"] + TO_CURE, box["y"] + 34 + 17)
    expect(window.get_by_text("reminder added").first).to_be_visible()
    assert reminders(late_shop) == 1


def test_the_sentence_of_a_card_leads_to_its_entry(window: Page, late_shop: ServedShop) -> None:
    visit(window, f"{late_shop.address}/order?number={late_shop.numbers[0]}")
    sentence = window.locator(".st-key-whereabouts")
    expect(sentence).to_be_visible()
    link = sentence.get_by_role("link").first
    target = (link.get_attribute("href") or "").split("#")[1]
    entry = window.locator(f"#{target}")
    link.click()
    window.wait_for_timeout(500)
    assert entry.evaluate("e => { const y = e.getBoundingClientRect().top; return y >= -5 && y < innerHeight }")
    assert not window.evaluate(SIDEWAYS)
