"""Sales, customers and products in a browser: every number opens the rows behind it, a habit is kept as a segment."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from shops import ServedShop
from sqlalchemy import text

from pipelines.jobs import refresh
from pipelines.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.full]
SignIn = Callable[[str], None]
Open = Callable[..., None]
CHECKBOX = 20  # how far into a table it stands


def ready(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
    page.wait_for_timeout(300)


@pytest.fixture
def visit(page: Page, served_shop: ServedShop, sign_in: SignIn) -> Open:
    refresh(served_shop.sessions.kw["bind"], Store(str(served_shop.marts)))
    sign_in("admin")

    def open_page(name: str, **address: str) -> None:
        asked = "&".join(f"{key}={value}" for key, value in {"lang": "en", "channel": "desk", **address}.items())
        page.goto(f"{served_shop.address}/{name}?{asked}")
        expect(page.locator("h1")).to_be_visible()
        ready(page)

    return open_page


def cell(page: Page, key: str, across: int, row: int = 0) -> None:
    """Select a cell of a table, which is drawn: by where it is, with a hand that moves there first."""
    table = page.locator(f".st-key-{key} canvas").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    at = box["x"] + across, box["y"] + 36 + 34 * row + 17
    page.mouse.move(at[0] - 3, at[1])
    page.wait_for_timeout(300)
    page.mouse.move(*at)
    page.wait_for_timeout(200)
    page.mouse.click(*at, delay=60)
    ready(page)


def drawer(page: Page) -> Locator:
    found = page.get_by_role("dialog")
    expect(found).to_have_count(1)
    return found


def stored(shop: ServedShop, question: str) -> list[tuple]:
    with shop.sessions() as session:
        return [tuple(row) for row in session.execute(text(question))]


def test_a_part_of_a_figure_and_a_channel_of_the_funnel_open_their_orders(page: Page, visit: Open) -> None:
    visit("sales", figure="ordered_value", cut="warehouse")
    cell(page, "cut_ordered_value_warehouse", CHECKBOX)
    expect(drawer(page)).to_contain_text("Ordered value")
    expect(drawer(page)).to_contain_text(re.compile(r"\d+ rows, together"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    cell(page, "funnel-table", CHECKBOX)
    expect(drawer(page)).to_contain_text("Orders placed in the period, by channel.")


def test_a_habit_is_kept_as_a_segment_and_a_customer_opens(page: Page, visit: Open, served_shop: ServedShop) -> None:
    visit("customers_insight", habit="loyal")
    page.get_by_role("button", name="Save as a segment").click()
    expect(page.get_by_text(re.compile("Segment .+ saved"))).to_be_visible()
    assert stored(served_shop, "SELECT name FROM customer_segments") == [("Loyal",)]
    cell(page, "habit_loyal", CHECKBOX)
    expect(page).to_have_url(re.compile(r"/customer\?"))


def test_a_product_opens_its_card_and_its_orders(page: Page, visit: Open) -> None:
    visit("products_insight")
    cell(page, "list_all", CHECKBOX)
    page.get_by_role("button", name="Stock and prices").click()
    expect(drawer(page)).to_contain_text("In stock")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Open its orders").click()
    expect(drawer(page)).to_contain_text("Ordered value")
