"""The queue by keyboard alone, as a board, and on a phone: what only a real browser can show."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from shops import ServedShop
from signing_in import issue

from dashboard.order_watch import EVERY_SECONDS
from dashboard.visits import COOKIE
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.orders.assignment import assign_order
from oms_core.orders.card import read_order
from oms_core.orders.placement import CustomerRef, LineRequest, place_order
from oms_core.orders.queries import QueueFilters, find_numbers, list_orders

pytestmark = [pytest.mark.browser, pytest.mark.full]
SignIn = Callable[[str], None]
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)
GRAVE = {"serious", "critical"}


def ready(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
    page.wait_for_timeout(400)  # a grid is drawn after the script has ended


def open_queue(page: Page, shop: ServedShop, address: str = "view=all") -> None:
    page.goto(f"{shop.address}/orders?{address}")
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    ready(page)


def listed(shop: ServedShop) -> list[str]:
    admin = door.read(shop.sessions, None, find_actor, login="admin")
    return [row.number for row in door.read(shop.sessions, admin, list_orders, now=datetime.now(UTC)).rows]


def test_the_keyboard_alone_goes_through_the_queue(page: Page, served_shop: ServedShop, sign_in: SignIn) -> None:
    sign_in("anna")
    open_queue(page, served_shop)
    numbers = listed(served_shop)
    for key in "jjk":
        page.keyboard.press(key)
    page.keyboard.press("q")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("button", name=f"Open order {numbers[0]}")).to_be_visible()
    page.keyboard.press("j")
    expect(drawer.get_by_role("button", name=f"Open order {numbers[1]}")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.keyboard.press("j")
    ready(page)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/order?number={numbers[1]}**")


def test_typing_is_no_command_and_the_search_is_one_key_away(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    sign_in("anna")
    open_queue(page, served_shop)
    page.keyboard.press("/")
    page.keyboard.type("jqn nowak", delay=30)
    expect(page.locator(".st-key-q input")).to_have_value("jqn nowak")
    page.wait_for_url("**q=jqn*nowak*")
    assert "/orders?" in page.url


def test_the_palette_goes_anywhere(page: Page, served_shop: ServedShop, sign_in: SignIn) -> None:
    sign_in("anna")
    open_queue(page, served_shop)
    number = listed(served_shop)[3]
    page.keyboard.press("Control+k")
    page.keyboard.type(number, delay=30)
    expect(page.get_by_role("option", name=number).first).to_be_visible()
    found = Axe().run(page, context="[data-testid=stApp]").response["violations"]
    assert [one["id"] for one in found if one["impact"] in GRAVE and "palette" in str(one["nodes"])] == []
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/order?number={number}**")
    ready(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("apprv", delay=30)
    page.keyboard.press("Enter")
    page.wait_for_url("**/approvals**")


def test_the_board_moves_an_order_by_key_and_by_drag(page: Page, served_shop: ServedShop, sign_in: SignIn) -> None:
    sign_in("anna")
    open_queue(page, served_shop, "view=to_confirm&show=board")
    admin = door.read(served_shop.sessions, None, find_actor, login="admin")
    status = lambda number: door.read(served_shop.sessions, admin, read_order, number=number).status  # noqa: E731
    cards = page.locator("[data-code=new] .card:has(button):not(:has(.violet))")
    first, second = (cards.nth(place).locator("b").inner_text() for place in (0, 1))
    cards.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".card", has_text=first)).to_have_count(0)
    assert status(first) == "confirm"
    open_queue(page, served_shop, "view=all&show=board")
    page.locator(".card", has_text=second).drag_to(page.locator("[data-code=confirm] h3"))
    expect(page.locator("[data-code=confirm] .card", has_text=second)).to_be_visible()
    assert status(second) == "confirm"


def test_a_list_that_changed_waits_for_the_reader_and_keeps_the_place(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    shop = served_shop
    admin = door.read(shop.sessions, None, find_actor, login="admin")
    ordered = {"channel": "desk", "customer": CustomerRef(name="Jan"), "lines": [LineRequest("UC-1185", Decimal(1))]}
    for _ in range(51):
        door.run(shop.sessions, admin, place_order, **ordered)
    sign_in("anna")
    open_queue(page, shop, "view=all&channel=desk&sort=newest")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text(f"51–{len(shop.numbers) + 51}", exact=True)).to_be_visible()
    refresh = page.get_by_role("button", name="The list changed: refresh")
    expect(refresh).to_have_count(0)
    door.run(shop.sessions, admin, assign_order, number=shop.numbers[5], manager="boris")
    expect(refresh).to_be_visible(timeout=(EVERY_SECONDS + 30) * 1_000)
    refresh.click()
    expect(refresh).to_have_count(0)
    ready(page)
    expect(page.get_by_text(f"51–{len(shop.numbers) + 51}", exact=True)).to_be_visible()
    assert "channel=desk" in page.url


def test_a_phone_lists_cards_and_never_scrolls_sideways(browser: Browser, served_shop: ServedShop) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, user_agent=PHONE, locale="en-GB"
    )
    context.add_cookies([{"name": COOKIE, "value": issue(served_shop.sessions, "anna"), "url": served_shop.address}])
    page = context.new_page()
    for address in ("view=all", "view=late&lang=ru", "view=all&q=nowak&lang=pl"):
        page.goto(f"{served_shop.address}/orders?{address}")
        expect(page.locator("[class*=st-key-card_]").first).to_be_visible()
        ready(page)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth <= window.innerWidth + 1")
        assert page.locator("[data-testid=stDataFrame]").count() == 0
    context.close()


def test_all_that_matches_is_acted_on_with_a_result_for_each(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    sign_in("lena")
    open_queue(page, served_shop)
    page.get_by_role("button", name="All that match").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Give to", exact=True).click()
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name="Boris Smirnov").click()
    dialog.get_by_role("button", name="Do it").click()
    expect(dialog.get_by_text("refused:")).to_be_visible()
    admin = door.read(served_shop.sessions, None, find_actor, login="admin")
    asked = {"now": datetime.now(UTC), "filters": QueueFilters(manager="boris")}
    given = door.read(served_shop.sessions, admin, find_numbers, **asked)
    done = int(dialog.get_by_text("refused:").inner_text().split("Done: ")[1].split()[0])
    assert 2 < done <= len(given)
    assert done < len(served_shop.numbers)  # closed ones are refused, each with its reason
