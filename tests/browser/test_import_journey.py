"""A workbook goes in by the page of imports and out again: on a desk and on a phone, in two languages."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect
from shops import ServedShop
from signing_in import issue
from sqlalchemy import text
from test_accessibility import barriers

from dashboard.visits import COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.full]
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)
SIZES = {
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "user_agent": PHONE},
}


def ready(page: Page) -> None:
    page.wait_for_timeout(300)  # the answer to what was just done begins
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    page.wait_for_timeout(300)


def click(page: Page, key: str) -> None:
    button = page.locator(f".st-key-{key} button")
    button.scroll_into_view_if_needed()
    button.click()
    ready(page)


def tick(page: Page, name: str) -> None:
    page.locator(f"[class*=st-key-intake_{name}_] label").click()
    ready(page)


def orders(shop: ServedShop) -> int:
    with shop.sessions() as session:
        count: int = session.scalar(text("SELECT count(*) FROM orders")) or 0
    return count


def a_workbook(folder: Path) -> Path:
    rows = [[f"W{row}", "2026-02-03 09:15", f"W-{row % 3}", "2", "4.50", f"Ada {row}"] for row in range(12)]
    rows[4][3] = "a lot"
    columns = ["Order number", "Order date", "Stock code", "Qty", "Price", "Customer"]
    path = folder / "orders.xlsx"
    pl.DataFrame(rows, schema=columns, orient="row").write_excel(path)
    return path


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_workbook_is_mapped_tried_taken_in_and_undone(
    browser: Browser, served_shop: ServedShop, tmp_path: Path, size: str, language: str
) -> None:
    context = browser.new_context(**SIZES[size])
    context.add_cookies([{"name": COOKIE, "value": issue(served_shop.sessions, "admin"), "url": served_shop.address}])
    page = context.new_page()
    page.goto(f"{served_shop.address}/import_orders?lang={language}")
    ready(page)
    before, file = orders(served_shop), a_workbook(tmp_path)
    page.set_input_files("input[type=file]", file)
    ready(page)
    for option in ("history", "create_products"):
        tick(page, option)
    click(page, "intake_try")
    tiles = page.get_by_test_id("stMetricValue")
    expect(tiles.nth(0)).to_have_text("11")
    expect(tiles.nth(3)).to_have_text("1")
    expect(page.locator(".st-key-intake_mend_xlsx button")).to_be_visible()
    assert orders(served_shop) == before
    click(page, "intake_take")
    assert orders(served_shop) == before + 11
    click(page, "intake_try")
    expect(tiles.nth(0)).to_have_text("0")
    expect(page.locator(".st-key-intake_take")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["viewport"]["width"]
    expect(page.get_by_test_id("stToast")).to_have_count(0, timeout=15_000)
    assert barriers(page) == []
    click(page, "intake_undo")
    assert orders(served_shop) == before
    context.close()


def test_the_whole_list_of_orders_is_downloaded(
    page: Page, served_shop: ServedShop, sign_in: Callable[[str], None], tmp_path: Path
) -> None:
    sign_in("admin")
    page.goto(f"{served_shop.address}/orders?view=all")
    ready(page)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Excel workbook").click()
    file = tmp_path / started.value.suggested_filename
    started.value.save_as(file)
    cells = pl.read_excel(file, has_header=False)
    assert cells.rows()[0][:2] == ("List", "Orders")
    numbers = {row[0] for row in cells.rows()}
    with served_shop.sessions() as session:
        assert set(session.scalars(text("SELECT number FROM orders"))) <= numbers
