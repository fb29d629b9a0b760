"""An administrator changes how the shop works in a browser, without a line of code, and an order lives through it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from shops import ServedShop

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.orders.card import read_order
from oms_core.orders.card_views import OrderCard
from pipelines.jobs import refresh
from pipelines.kpi import board, compute
from pipelines.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.full]
SignIn = Callable[..., None]
MESSAGE = "Orders like this one are confirmed by nobody."
TILES = ("orders_received", "ordered_value", "net_revenue", "cancel_rate", "open_orders", "open_late")


def _card(shop: ServedShop, number: str) -> OrderCard:
    admin = door.read(shop.sessions, None, find_actor, login="admin")
    return door.read(shop.sessions, admin, read_order, number=number)


def _new_order(shop: ServedShop) -> str:
    cards = [_card(shop, number) for number in shop.numbers]
    return next(card.number for card in cards if card.status == "new" and not card.backordered and not card.holds)


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


def _build_rule(page: Page, shop: ServedShop) -> str:
    """Put together that no order of more than 1 is moved; try it, save it, switch it on; returns its address."""
    _open(page, f"{shop.address}/rules?lang=en")
    page.get_by_test_id("stMain").get_by_role("button", name="New rule", exact=True).first.click()
    _settle(page)
    page.get_by_label("Name", exact=True).fill("Nothing is confirmed today")
    page.get_by_label("Message to who is refused").fill(MESSAGE)
    page.get_by_role("combobox", name=re.compile("Changes")).click()
    page.get_by_role("option", name="Moving to a status").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("Condition$")).click()
    _settle(page)
    page.get_by_role("combobox", name=re.compile("Operator")).click()
    page.get_by_role("option", name="is at most").click()
    value = page.get_by_label("Value", exact=True)
    value.fill("1")
    value.press("Enter")
    expect(page.get_by_text("order.total <= 1", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile("Try it")).click()
    tile = page.get_by_test_id("stMetric").filter(has_text="Would be refused")
    expect(tile).to_contain_text(str(len(shop.numbers)))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 1 · admin")).to_be_visible()
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(page.get_by_text("Version 2 · admin")).to_be_visible()
    return page.url


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


def _add_reason(page: Page, shop: ServedShop) -> None:
    _open(page, f"{shop.address}/reasons?reason=new&lang=en")
    form = page.locator(".st-key-reason-form")
    _type(page, form, "Label", "Moved abroad")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def _is_refused(page: Page, shop: ServedShop, number: str) -> None:
    """Confirm: the rule keeps the order where it is, says why, and the laboratory counts it."""
    _open(page, f"{shop.address}/order?number={number}&lang=en")
    page.locator(".st-key-next_step").get_by_role("button", name=re.compile("^Confirm")).click()
    expect(page.get_by_test_id("stAlert").filter(has_text=MESSAGE)).to_be_visible()
    assert _card(shop, number).status == "new"
    _open(page, f"{shop.address}/laboratory?rule=nothing_is_confirmed_today&lang=en")
    refused = page.get_by_test_id("stMetric").filter(has=page.get_by_text("Refused", exact=True))
    expect(refused).to_contain_text("1")


def _take_rule_back(page: Page, rule: str) -> None:
    _open(page, rule)
    page.get_by_text("Version 1 · admin").click()
    page.get_by_role("button", name=re.compile("Bring version 1 back")).click()
    expect(page.get_by_text("Version 3 · admin")).to_be_visible()


def _totals(shop: ServedShop) -> dict[str, tuple[Any, int]]:
    """The totals, of how many rows they are, and where open orders stand, once the marts know what was done."""
    store = Store(str(shop.marts))
    refresh(shop.sessions.kw["bind"], store)
    today = datetime.now(UTC).date()
    days = {"date_from": today - timedelta(days=90), "date_to": today + timedelta(days=1)}
    totals = {code: (tile.current["value"], tile.current["n"]) for code, tile in board(store, TILES, **days).items()}
    stand = compute(store, "open_orders", by=("status_group",), lens="now", **days)
    return totals | {row["by"]["status_group"]: (row["value"], row["n"]) for row in stand}


def _tiles(page: Page, shop: ServedShop) -> list[str]:
    """What the overview says of the totals."""
    _open(page, f"{shop.address}/overview?lang=en")
    tiles = page.get_by_test_id("stMetricValue")
    expect(tiles).to_have_count(8)
    return tiles.all_inner_texts()


def _badge(page: Page, word: str) -> Locator:
    return page.locator(".st-key-page-title").get_by_text(word, exact=True)


def _cancel(page: Page, reason: str) -> None:
    page.locator(".st-key-more").get_by_role("button").click()
    page.get_by_text("Cancel…", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").click()
    page.get_by_role("option", name=reason).click()
    dialog.get_by_role("button", name="Cancel the order").click()
    expect(_badge(page, "Cancelled")).to_be_visible()


def test_an_order_lives_through_a_rule_a_status_its_moves_and_a_reason_that_an_administrator_added(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    number = _new_order(served_shop)
    sign_in("admin")
    rule = _build_rule(page, served_shop)
    _publish_call_back(page, served_shop)
    _add_reason(page, served_shop)
    _is_refused(page, served_shop, number)
    _take_rule_back(page, rule)
    before, said = _totals(served_shop), _tiles(page, served_shop)
    card = f"{served_shop.address}/order?number={number}&lang=en"

    _open(page, card)
    page.locator(".st-key-more").get_by_role("button").click()
    page.get_by_text("Call later", exact=True).click()
    expect(_badge(page, "Call back")).to_be_visible()
    assert _totals(served_shop) == before  # a finer status is of the same group: it moves no total
    assert _tiles(page, served_shop) == said

    _open(page, card)
    page.locator(".st-key-next_step").get_by_role("button", name=re.compile("^Reached them")).click()
    expect(_badge(page, "Confirmed")).to_be_visible()
    assert [stay.status for stay in _card(served_shop, number).stays] == ["new", "call_back", "confirm"]
    _cancel(page, "Moved abroad")
    assert {row.reason for row in _card(served_shop, number).cancellations} == {"moved_abroad"}
    assert _totals(served_shop) != before

    # The picture shows the new way, and its line opens the order that went it; by keyboard too.
    _open(page, f"{served_shop.address}/workflow?lang=en")
    line = page.locator('[data-code="new>call_back"]')
    expect(line).to_have_attribute("aria-label", re.compile("New → Call back"))
    line.focus()
    line.press("Enter")
    expect(page).to_have_url(re.compile("move=new"))
    expect(page.get_by_test_id("stDataFrame").locator("table")).to_contain_text(number)

    _open(page, f"{served_shop.address}/workflow?lang=en")
    page.locator('[data-code="pick"]').click()
    expect(page).to_have_url(re.compile(r"/orders\?.*status=pick"))
