"""A lead finds the costliest cause that can be avoided, and rescues the three riskiest orders, in few clicks each."""

from collections.abc import Callable

import polars as pl
import pytest
from playwright.sync_api import Page, expect
from shops import ServedShop
from sqlalchemy import text

from pipelines.jobs import refresh
from pipelines.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.full]
SignIn = Callable[[str], None]
TICK, HEAD, ROW = 17, 34, 34
_AVOIDABLE = "UPDATE cancellations SET derived_cause = 'stock_lost_later'"
_OPEN = "SELECT id, number FROM orders WHERE closed_at IS NULL ORDER BY id LIMIT 4"


@pytest.fixture
def told_shop(served_shop: ServedShop) -> ServedShop:
    """The shop with fresh marts, its cancellations for an avoidable cause, four open orders scored."""
    with served_shop.sessions.begin() as session:
        session.execute(text(_AVOIDABLE))
        rows = session.execute(text(_OPEN)).all()
    store = Store(str(served_shop.marts))
    refresh(served_shop.sessions.kw["bind"], store)
    store.publish("promise_risk", pl.DataFrame({
        "order_id": [row.id for row in rows], "milestone": ["placed"] * 4, "probability": [0.2, 0.9, 0.7, 0.5],
        "cause": ["stock"] * 4, "served": ["shortest_left"] * 4,
    }))  # fmt: skip
    return served_shop


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


def tick(page: Page, key: str, row: int) -> None:
    """Tick a row of a table, which is drawn: by where it is."""
    grid = page.locator(f"[class*=st-key-{key}] canvas").first
    expect(grid).to_be_visible()
    grid.scroll_into_view_if_needed()
    page.wait_for_timeout(1_500)  # the grid paints after the script has ended
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + TICK, box["y"] + HEAD + ROW * row + ROW / 2)
    page.wait_for_timeout(500)


def test_the_costliest_avoidable_cause_opens_in_a_click(page: Page, told_shop: ServedShop, sign_in: SignIn) -> None:
    sign_in("lena")
    visit(page, f"{told_shop.address}/cancellations?lang=en&channel=desk&days=365")
    expect(page.get_by_role("heading", name="What to fix first")).to_be_visible()
    tick(page, "costliest", 0)
    drawer = page.get_by_role("dialog")
    expect(drawer).to_have_count(1)
    expect(drawer).to_contain_text("together")


def test_the_three_riskiest_orders_are_made_urgent_in_four_clicks(
    page: Page, told_shop: ServedShop, sign_in: SignIn
) -> None:
    sign_in("lena")
    visit(page, f"{told_shop.address}/promise_risk?lang=en")
    for row in range(3):
        tick(page, "riskiest", row)
    page.get_by_role("button", name="Make urgent").click()
    expect(page.get_by_text("3 orders made urgent").first).to_be_visible()
    with told_shop.sessions() as session:
        first, *riskiest = session.scalars(
            text("SELECT priority FROM orders WHERE closed_at IS NULL ORDER BY id LIMIT 4")
        )
    assert (first, riskiest) == (0, [2, 2, 2])
