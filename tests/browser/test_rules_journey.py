"""An administrator makes a rule without code, tries it, sees it refuse, and takes it back, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from shops import ServedShop

from oms_core import door
from oms_core.access.actors import SYSTEM, find_actor
from oms_core.orders.card import read_order
from oms_core.orders.card_views import OrderCard

pytestmark = pytest.mark.browser
SignIn = Callable[[str], None]
MESSAGE = "Orders like this one are confirmed by nobody."


def _card(shop: ServedShop, number: str) -> OrderCard:
    system = door.read(shop.sessions, None, find_actor, login=SYSTEM)
    return door.read(shop.sessions, system, read_order, number=number)


def _new_order(shop: ServedShop) -> str:
    cards = [_card(shop, number) for number in shop.numbers]
    return next(card.number for card in cards if card.status == "new" and not card.backordered and not card.holds)


def _settled(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


def _open(page: Page, address: str) -> None:
    page.goto(address)
    _settled(page)


def _click(page: Page, name: str) -> None:
    page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True).first.click()
    _settled(page)


def _confirm(page: Page, shop: ServedShop, number: str) -> None:
    _open(page, f"{shop.address}/order?number={number}")
    page.locator(".st-key-next_step").get_by_role("button", name=re.compile("^Confirm")).click()


def _make_rule(page: Page) -> None:
    """Put together: moving an order, of which the total is more than 1, is refused."""
    page.get_by_label("Name", exact=True).fill("Nothing is confirmed today")
    page.get_by_label("Message to who is refused").fill(MESSAGE)
    page.get_by_role("combobox", name=re.compile("Changes")).click()
    page.get_by_role("option", name="Moving to a status").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("Condition$")).click()
    _settled(page)
    page.get_by_role("combobox", name=re.compile("Operator")).click()
    page.get_by_role("option", name="is at most").click()
    value = page.get_by_label("Value", exact=True)
    value.fill("1")
    value.press("Enter")
    expect(page.get_by_text("order.total <= 1", exact=True)).to_be_visible()


def test_a_rule_is_built_tried_switched_on_and_taken_back_without_a_line_of_code(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    number = _new_order(served_shop)
    sign_in("admin")
    _open(page, f"{served_shop.address}/rules")
    _click(page, "New rule")
    _make_rule(page)
    page.get_by_role("button", name=re.compile("Try it")).click()
    tile = page.get_by_test_id("stMetric").filter(has_text="Would be refused")
    expect(tile).to_contain_text(str(len(served_shop.numbers)))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 1 · admin")).to_be_visible()
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(page.get_by_text("Version 2 · admin")).to_be_visible()
    rule = page.url

    _confirm(page, served_shop, number)
    expect(page.get_by_test_id("stAlert").filter(has_text=MESSAGE)).to_be_visible()
    assert _card(served_shop, number).status == "new"

    _open(page, f"{served_shop.address}/laboratory?rule=nothing_is_confirmed_today")
    refused = page.get_by_test_id("stMetric").filter(has=page.get_by_text("Refused", exact=True))
    expect(refused).to_contain_text("1")
    _open(page, rule)
    page.get_by_text("Version 1 · admin").click()
    page.get_by_role("button", name=re.compile("Bring version 1 back")).click()
    expect(page.get_by_text("Version 3 · admin")).to_be_visible()
    _confirm(page, served_shop, number)
    expect(page.locator(".st-key-page-title").get_by_text("Confirmed", exact=True)).to_be_visible()
    assert _card(served_shop, number).status == "confirm"
