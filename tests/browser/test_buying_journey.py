"""A buyer understands the riskiest suggestion, changes it and buys all fifty, at a desk and on a phone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from screens import SIZES
from shops import ServedShop
from signing_in import issue
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard.visits import COOKIE
from oms_core.access.actors import find_actor
from oms_core.purchasing.positions import list_positions
from oms_core.purchasing.proposals import count_purchase_orders, replace_undecided

pytestmark = [pytest.mark.browser, pytest.mark.full]
SUPPLIERS, SUGGESTIONS = 4, 50
TICK, HEAD, ROW = 17, 34, 34
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
_PRODUCTS = """
INSERT INTO products (sku, name, tax_rate) SELECT 'BY-' || n, 'Bought ' || n, 0.23 FROM generate_series(1, :count) n
"""
_SUPPLIERS = "INSERT INTO suppliers (code, name) SELECT 'S' || n, 'Supplier ' || n FROM generate_series(1, :count) n"
_TERMS = """
INSERT INTO supply_terms (supplier_id, product_id, unit_cost, minimum_order_quantity, pack_size, lead_time_days)
SELECT s.id, p.id, 4, 10, 5, 7 FROM products p JOIN suppliers s ON s.code = 'S' || (1 + p.id % :count)
WHERE p.sku LIKE 'BY-%'
"""
_BOUGHT = """
SELECT count(DISTINCT o.id) AS orders, count(*) AS lines, count(*) FILTER (WHERE l.quantity = 25) AS changed
FROM purchase_orders o JOIN purchase_order_lines l ON l.purchase_order_id = o.id
"""


@pytest.fixture
def planned_shop(served_shop: ServedShop) -> ServedShop:
    """Fifty suggestions over four suppliers, all due; the last listed is the riskiest."""
    with served_shop.sessions.begin() as session:
        session.execute(text(_PRODUCTS), {"count": SUGGESTIONS})
        session.execute(text(_SUPPLIERS), {"count": SUPPLIERS})
        session.execute(text(_TERMS), {"count": SUPPLIERS})
        _plan(session)
    return served_shop


def _plan(session: Session) -> None:
    now = datetime.now(UTC)
    rows = [_line(place, dict(row), now) for place, row in enumerate(_wanted(session))]
    facts: dict[str, Any] = {"as_of": now, "inputs_hash": "x", "purchase_orders_seen": count_purchase_orders(session)}
    replace_undecided(session, actor=find_actor(session, "admin"), now=now, rows=rows, **facts)


def _wanted(session: Session) -> list[Any]:
    rows = [row for row in list_positions(session) if row["sku"].startswith("BY-") and row["warehouse"] == "MAIN"]
    assert len(rows) == SUGGESTIONS
    return rows


def _line(place: int, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    keys = ("product_id", "warehouse_id", "supplier_id", "unit_cost")
    context = {"lead_time_days": "7", "review_period_days": "7", "cycle_service_level": "0.95"}
    terms = {"expected_demand": "14", "safety_stock": "3", "on_hand": "-10", "minimum_order": "3"}
    return {key: row[key] for key in keys} | {
        "raw_quantity": Decimal(7), "quantity": Decimal(10), "margin_at_risk": Decimal(place), "order_by": now.date(),
        "expected_on": now.date() + timedelta(days=7), "explanation": {"terms": terms, "context": context},
    }  # fmt: skip


@pytest.fixture(params=["desktop", "phone"])
def window(request: pytest.FixtureRequest, browser: Browser, planned_shop: ServedShop) -> Iterator[Page]:
    """Bob the buyer, on the page where he lands by margin at risk."""
    size: Any = SIZES[request.param]
    context = browser.new_context(**size, locale="en-GB")
    token = issue(planned_shop.sessions, "bob")
    context.add_cookies([{"name": COOKIE, "value": token, "url": planned_shop.address}])
    page = context.new_page()
    page.goto(f"{planned_shop.address}/replenishment?lang=en&sort=risk")
    settle(page)
    yield page
    context.close()


def settle(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


def tick(page: Page, row: int) -> None:
    """Tick a row of the table, which is drawn: by where it is."""
    grid = page.locator("[class*=st-key-proposals] canvas").first
    grid.scroll_into_view_if_needed()
    page.wait_for_timeout(1_500)  # the grid paints after the script has ended
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + TICK, box["y"] + HEAD + ROW * row + ROW / 2)
    page.wait_for_timeout(500)
    settle(page)


def bought(shop: ServedShop) -> tuple[int, int, int]:
    """Purchase orders, their lines, and lines with the buyer's own quantity."""
    with shop.sessions() as session:
        orders, lines, changed = session.execute(text(_BOUGHT)).one()
    return orders, lines, changed


def test_fifty_suggestions_become_four_purchase_orders_in_one_click(window: Page, planned_shop: ServedShop) -> None:
    window.get_by_role("button", name="Approve 50 due today → 4 purchase orders").click()
    expect(window.get_by_text("4 purchase orders:").first).to_be_visible()
    assert bought(planned_shop) == (SUPPLIERS, SUGGESTIONS, 0)


def test_the_riskiest_is_explained_changed_and_bought_and_then_the_rest(window: Page, planned_shop: ServedShop) -> None:
    expect(window.get_by_text("Why 10 of BY-50").first).to_be_visible()
    expect(window.get_by_text("with a 95% chance of no stockout").first).to_be_visible()
    assert not window.evaluate(SIDEWAYS)

    tick(window, 0)
    window.get_by_role("button", name="Change", exact=True).click()
    window.get_by_label("Quantity", exact=True).fill("25")
    window.get_by_label("Why", exact=True).fill("Promised to a client")
    window.get_by_label("Why", exact=True).press("Tab")
    window.get_by_role("button", name="Change it").click()
    expect(window.get_by_text("€100.00").first).to_be_visible()
    window.get_by_role("heading", name="What to order today").click()
    window.get_by_role("button", name="Approve 1 → 1 purchase order").click()
    expect(window.get_by_text("1 purchase order:").first).to_be_visible()

    window.get_by_role("button", name="Approve 49 due today → 4 purchase orders").click()
    expect(window.get_by_text("4 purchase orders:").first).to_be_visible()
    assert bought(planned_shop) == (1 + SUPPLIERS, SUGGESTIONS, 1)
