"""An administrator changes how the shop works in a browser, and an order lives through it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from shops import ServedShop

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.orders.card import read_order
from oms_core.orders.card_views import OrderCard

pytestmark = pytest.mark.browser
SignIn = Callable[..., None]


def _admin(shop: ServedShop) -> Actor:
    return door.read(shop.sessions, None, find_actor, login="admin")


def _card(shop: ServedShop, number: str) -> OrderCard:
    return door.read(shop.sessions, _admin(shop), read_order, number=number)


def _new_orders(shop: ServedShop) -> list[str]:
    cards = [_card(shop, number) for number in shop.numbers]
    return [card.number for card in cards if card.status == "new" and not card.holds]


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


def _settle(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def _type(page: Page, place: Locator, label: str, words: str) -> None:
    place.get_by_label(label, exact=True).fill(words)
    place.get_by_label(label, exact=True).press("Tab")
    _settle(page)


def _choose(page: Page, place: Locator, label: str, option: str) -> None:
    place.get_by_label(label, exact=True).last.click()
    page.get_by_role("option", name=option, exact=True).click()
    _settle(page)


def _add_status(page: Page, name: str, group: str) -> None:
    page.get_by_role("button", name="Add a status").click()
    panel = page.get_by_test_id("stPopoverBody")
    _type(page, panel, "Name", name)
    _choose(page, panel, "Group", group)
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("radio", name=re.compile(f"^{name}"))).to_be_checked()


def _add_move(page: Page, start: str, end: str, label: str) -> None:
    _settle(page)
    page.get_by_role("button", name="Add a move").click()
    panel = page.get_by_test_id("stPopoverBody")
    expect(panel).to_be_visible()
    _choose(page, panel, "From status", start)
    _choose(page, panel, "To status", end)
    _type(page, panel, "Label of the button", label)
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("radio", name=re.compile(f"^{start} → {end}"))).to_be_checked()


def _badge(page: Page, word: str) -> Locator:
    return page.locator(".st-key-page-title").get_by_text(word, exact=True)


def _publish_call_back(page: Page, shop: ServedShop) -> None:
    """Draft a sub-status with its two moves, see what publishing does, and publish it."""
    _open(page, f"{shop.address}/workflow?section=edit&lang=en")
    _add_status(page, "Call back", "New")
    page.get_by_role("radio", name="Moves", exact=True).click()
    expect(page.get_by_role("radio", name=re.compile("^New → Confirmed"))).to_be_visible()
    _settle(page)
    _add_move(page, "New", "Call back", "Call later")
    _add_move(page, "Call back", "Confirmed", "Reached them")
    page.get_by_role("button", name="Preview").click()
    preview = page.locator(".st-key-workflow-preview")
    expect(preview).to_contain_text("Call back")
    _type(page, preview, "Why", "Some have to be rung twice")
    preview.get_by_role("button", name="Publish").click()
    expect(page.get_by_text(re.compile(r"Version \d+ is in force"))).to_be_visible()


def test_an_administrator_adds_a_status_its_moves_and_a_reason_and_orders_live_through_them(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    kept, given_up = _new_orders(served_shop)[:2]
    sign_in("admin")
    _publish_call_back(page, served_shop)

    _open(page, f"{served_shop.address}/reasons?reason=new&lang=en")
    form = page.locator(".st-key-reason-form")
    _type(page, form, "Label", "Moved abroad")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    _open(page, f"{served_shop.address}/order?number={kept}&lang=en")
    page.locator(".st-key-more").get_by_role("button").click()
    page.get_by_text("Call later", exact=True).click()
    expect(_badge(page, "Call back")).to_be_visible()
    page.locator(".st-key-next_step").get_by_role("button", name=re.compile("^Reached them")).click()
    expect(_badge(page, "Confirmed")).to_be_visible()
    assert [stay.status for stay in _card(served_shop, kept).stays] == ["new", "call_back", "confirm"]

    _open(page, f"{served_shop.address}/order?number={given_up}&lang=en")
    page.locator(".st-key-more").get_by_role("button").click()
    page.get_by_text("Cancel…", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").click()
    page.get_by_role("option", name="Moved abroad").click()
    dialog.get_by_role("button", name="Cancel the order").click()
    expect(_badge(page, "Cancelled")).to_be_visible()
    assert {row.reason for row in _card(served_shop, given_up).cancellations} == {"moved_abroad"}

    # The picture shows the new way, and its line opens the order that went it; by keyboard too.
    _open(page, f"{served_shop.address}/workflow?lang=en")
    line = page.locator('[data-code="new>call_back"]')
    expect(line).to_have_attribute("aria-label", re.compile("New → Call back"))
    line.focus()
    line.press("Enter")
    expect(page).to_have_url(re.compile("move=new"))
    expect(page.get_by_test_id("stDataFrame").locator("table")).to_contain_text(kept)

    _open(page, f"{served_shop.address}/workflow?lang=en")
    page.locator('[data-code="pick"]').click()
    expect(page).to_have_url(re.compile(r"/orders\?.*status=pick"))
