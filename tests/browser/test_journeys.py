"""The journeys that matter, in a real browser: an order to its end, a cancellation, a morning at the queue."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from shops import CUSTOMERS, ServedShop

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.orders.card import read_order
from oms_core.orders.card_views import OrderCard

SignIn = Callable[[str], None]
pytestmark = pytest.mark.browser
STEPS = (
    ("Confirm", "Confirmed"), ("Start picking", "Picking"), ("Mark packed", "Packed"), ("Ship", "In delivery"),
    ("Mark delivered", "Done"),
)  # fmt: skip
ROW, HEADER = 34, 34
CHECKBOX, NUMBER = 17, 65  # across: the number is a button


@pytest.fixture
def served_shop(journeys_shop: ServedShop) -> ServedShop:
    """One shop for all: each test goes its way with orders of its own."""
    return journeys_shop


def _card(shop: ServedShop, number: str) -> OrderCard:
    admin = door.read(shop.sessions, None, find_actor, login="admin")
    return door.read(shop.sessions, admin, read_order, number=number)


def _ready_order(shop: ServedShop) -> str:
    """A new order that nothing keeps from being shipped."""
    cards = [_card(shop, number) for number in shop.numbers]
    return next(card.number for card in cards if card.status == "new" and not card.backordered and not card.holds)


def _settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


def _badge(page: Page, word: str) -> Locator:
    return page.locator(".st-key-page-title").get_by_text(word, exact=True)


def _click_row(page: Page, place: int, across: int) -> None:
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_have_count(1)  # while a page is drawn anew, the table of before stands beside the new one
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + across, box["y"] + HEADER + ROW * place + ROW / 2)


def test_an_order_goes_from_new_to_delivered_on_one_page_with_one_click_a_step(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    number = _ready_order(served_shop)
    sign_in("anna")
    _open(page, f"{served_shop.address}/order?number={number}")
    address = page.url
    for verb, status in STEPS:
        page.locator(".st-key-next_step").get_by_role("button", name=re.compile(f"^{verb}")).click()
        expect(_badge(page, status)).to_be_visible()
    assert page.url == address
    card = _card(served_shop, number)
    assert card.status == "done"
    moves = [event for event in card.events if event.kind == "order.status_changed"]
    assert [event.to_status for event in moves] == ["confirm", "pick", "ship", "deliver", "done"]
    assert {event.actor for event in moves} == {"anna"}
    assert card.shipments[0].delivered_at is not None


def test_an_order_is_cancelled_only_with_a_reason(page: Page, served_shop: ServedShop, sign_in: SignIn) -> None:
    number = next(number for number in served_shop.numbers if _card(served_shop, number).status == "new")
    sign_in("boris")
    _open(page, f"{served_shop.address}/order?number={number}")
    page.locator(".st-key-more").get_by_role("button").click()
    page.get_by_text("Cancel…", exact=True).click()
    dialog = page.get_by_role("dialog")
    cancel = dialog.get_by_role("button", name="Cancel the order")
    expect(cancel).to_be_disabled()
    dialog.get_by_label("Reason").click()
    page.get_by_role("option", name="Duplicate order").click()
    expect(cancel).to_be_enabled()
    cancel.click()
    expect(_badge(page, "Cancelled")).to_be_visible()
    card = _card(served_shop, number)
    assert card.status == "cancelled"
    assert {(row.reason, row.actor) for row in card.cancellations} == {("duplicate", "boris")}
    assert sum(line.reserved for line in card.lines) == 0


def test_a_morning_at_the_queue_search_filter_bulk_and_back(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    sign_in("anna")
    _open(page, f"{served_shop.address}/")
    expect(page).to_have_url(re.compile(r"/orders$"))  # opens on work to do, without a click
    name = CUSTOMERS[2][0]
    page.get_by_label("Search orders").press_sequentially("Studio", delay=20)
    expect(page).to_have_url(re.compile("q=Studio"))
    _settled(page)
    page.get_by_role("radio", name=re.compile("^All")).click()
    expect(page).to_have_url(re.compile("view=all"))
    _settled(page)
    expect(page.get_by_test_id("stDataFrame").locator("table")).to_contain_text(name)

    page.get_by_label("Search orders").fill("")
    expect(page).not_to_have_url(re.compile("q="))
    to_confirm = page.get_by_role("radio", name=re.compile("^To confirm"))
    to_confirm.click()
    expect(to_confirm).to_be_checked()
    expect(page).to_have_url(re.compile("view=to_confirm|orders$"))
    _settled(page)
    waiting = [number for number in served_shop.numbers if _card(served_shop, number).status == "new"]
    _click_row(page, 0, CHECKBOX)
    expect(page.get_by_text("1 selected")).to_be_visible()
    _settled(page)
    _click_row(page, 1, CHECKBOX)
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.locator(".st-key-bulk_new_sale").get_by_role("button").click()
    expect(page.get_by_text("2 orders moved on")).to_be_visible()
    confirmed = [number for number in waiting if _card(served_shop, number).status == "confirm"]
    assert sorted(confirmed) == sorted(waiting)[-2:]  # newest first: the two on top

    _settled(page)
    _click_row(page, 0, NUMBER)
    expect(page).to_have_url(re.compile(r"/order\?.*number="))
    _settled(page)
    page.locator(".st-key-back").get_by_role("link").click()
    expect(page).to_have_url(re.compile("/orders"))
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


def test_a_choice_survives_a_reload_and_the_language_goes_with_the_link(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    sign_in("anna")
    _open(page, f"{served_shop.address}/orders?view=late&lang=ru")
    expect(page.get_by_role("heading", name="Заказы")).to_be_visible()
    expect(page.get_by_role("radio", name=re.compile("^Просрочен"))).to_have_attribute("aria-checked", "true")
    page.reload()
    expect(page.get_by_role("radio", name=re.compile("^Просрочен"))).to_have_attribute("aria-checked", "true")
