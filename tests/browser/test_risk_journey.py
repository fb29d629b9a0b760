"""What may go wrong, in a real browser: the riskiest order in two clicks, a suspicion judged in two, on a phone too."""

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
TICK, FIRST_ROW = 17, 34 + 17
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
_PROMISED = "UPDATE orders SET first_promised_at = now() + interval '2 days' WHERE closed_at IS NULL"
_RISKY = """
INSERT INTO order_risks (order_id, milestone, probability, cause, served, scored_at)
SELECT id, 'placed', 0.8, 'stock', 'model', now() FROM orders WHERE closed_at IS NULL ORDER BY id LIMIT 1
ON CONFLICT DO NOTHING
"""
_UNPAID = """
INSERT INTO order_holds (order_id, kind, cause, opened_at)
SELECT o.id, 'prepayment', '', now() - interval '30 days' FROM orders o
WHERE o.closed_at IS NULL AND o.paid < o.total AND EXISTS (
    SELECT FROM order_lines l JOIN reservations r ON r.order_line_id = l.id AND r.state IN ('held', 'committed')
    WHERE l.order_id = o.id)
ORDER BY o.id LIMIT 1
"""


@pytest.fixture
def risky_shop(served_shop: ServedShop) -> ServedShop:
    with served_shop.sessions.begin() as session:
        for statement in (_PROMISED, _RISKY, _UNPAID):
            session.execute(text(statement))
    return served_shop


@pytest.fixture(params=["desk", "phone"])
def window(browser: Browser, risky_shop: ServedShop, request: Any) -> Iterator[Page]:
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "user_agent": PHONE}
    size: dict[str, Any] = phone if request.param == "phone" else {"viewport": {"width": 1440, "height": 900}}
    context = browser.new_context(**size, locale="en-GB")
    cookie: Any = {"name": COOKIE, "value": issue(risky_shop.sessions, "admin"), "url": risky_shop.address}
    context.add_cookies([cookie])
    yield context.new_page()
    context.close()


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


def test_the_pages_of_what_may_go_wrong_hold_nobody_back(window: Page, risky_shop: ServedShop) -> None:
    for name in ("anomalies", "promise_risk", "cancellations", "orders?view=at_risk"):
        visit(window, f"{risky_shop.address}/{name}")
        assert not barriers(window), name
        assert not window.evaluate(SIDEWAYS), name


def test_the_riskiest_order_is_a_click_from_the_queue_and_says_why(window: Page, risky_shop: ServedShop) -> None:
    visit(window, f"{risky_shop.address}/orders")
    window.get_by_role("radio", name="At risk 1").or_(window.get_by_role("button", name="At risk 1")).first.click()
    expect(window.get_by_text("1–1").first).to_be_visible()
    with risky_shop.sessions() as session:
        number = session.scalar(text("SELECT number FROM orders o JOIN order_risks k ON k.order_id = o.id"))
    visit(window, f"{risky_shop.address}/order?number={number}")
    expect(window.locator(".st-key-whereabouts")).to_be_visible()


def test_a_suspicion_is_judged_in_two_clicks_and_is_listed_no_more(window: Page, risky_shop: ServedShop) -> None:
    visit(window, f"{risky_shop.address}/anomalies?kind=reserved_unpaid")
    grid = window.locator("[data-testid=stDataFrame]").first
    expect(grid).to_be_visible()
    box = grid.bounding_box()
    assert box is not None
    window.wait_for_timeout(1_500)  # the grid paints after the script has ended
    window.mouse.click(box["x"] + TICK, box["y"] + FIRST_ROW)
    window.get_by_role("button", name="False alarm").click()
    expect(window.get_by_text("Marked as a false alarm").first).to_be_visible()
    with risky_shop.sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM anomaly_verdicts WHERE NOT is_true")) == 1
