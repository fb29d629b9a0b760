"""A customer's day in a real browser: found by the last digits, served from the profile, merged and parted."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from shops import ServedShop
from sqlalchemy import text

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.customers.editing import change_customer, read_edit
from oms_core.customers.registration import CustomerRef, resolve_customer

SignIn = Callable[[str], None]
pytestmark = [pytest.mark.browser, pytest.mark.full]


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


def _ids(shop: ServedShop, name: str) -> int:
    with shop.sessions() as session:
        return int(session.scalar(text("SELECT min(id) FROM customers WHERE name = :name"), {"name": name}) or 0)


def _scalar(shop: ServedShop, sql: str, **facts: object) -> object:
    with shop.sessions() as session:
        return session.scalar(text(sql), facts)


def _choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option).first.click()


def test_a_customer_is_found_while_on_the_phone_and_edited(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    sign_in("anna")
    _open(page, f"{served_shop.address}/customers?q=100+200")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    customer_id = _ids(served_shop, "Ewa Nowak")
    _open(page, f"{served_shop.address}/customer?id={customer_id}")
    expect(page.get_by_role("heading", name="Ewa Nowak")).to_be_visible()
    page.get_by_role("button", name="More").click()
    page.get_by_text("Edit…").click()
    page.get_by_label("Tags").fill("vip, loud")
    page.get_by_label("Note").fill("Rings in the morning.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Rings in the morning.")).to_be_visible()
    expect(page.locator(".st-key-page-title").get_by_text("vip", exact=True)).to_be_visible()


def test_an_edit_over_another_tells_theirs_keeps_mine_and_is_saved_knowingly(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    customer_id = _ids(served_shop, "Marta Zielińska")
    sign_in("anna")
    _open(page, f"{served_shop.address}/customer?id={customer_id}")
    page.get_by_role("button", name="More").click()
    page.get_by_text("Edit…").click()
    expect(page.get_by_label("Note")).to_be_visible()
    lena = door.read(served_shop.sessions, None, find_actor, login="lena")
    edit, version = door.read(served_shop.sessions, lena, read_edit, customer_id=customer_id)
    theirs = replace(edit, note="Prefers mail.")
    door.run(served_shop.sessions, lena, change_customer, customer_id=customer_id, version=version, edit=theirs)
    page.get_by_label("Note").fill("Rings twice.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is meanwhile Prefers mail.")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Rings twice.")
    note = "SELECT note FROM customers WHERE id = :id"
    assert _scalar(served_shop, note, id=customer_id) == "Prefers mail."
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Rings twice.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert _scalar(served_shop, note, id=customer_id) == "Rings twice."


def test_a_return_is_asked_for_from_the_profile_in_three_actions_and_received_on_the_order(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    shipped = "SELECT min(o.customer_id) FROM orders o JOIN shipments s ON s.order_id = o.id"
    customer_id = _scalar(served_shop, shipped)
    sign_in("anna")
    _open(page, f"{served_shop.address}/customer?id={customer_id}")
    page.get_by_role("button", name="Return request").click()  # one
    _choose(page, "Reason", "Defective or damaged")  # two
    page.get_by_role("button", name="Ask for the return").click()  # three
    expect(page.get_by_text("Return asked for").first).to_be_visible()
    waiting = "SELECT count(*) FROM returns WHERE received_at IS NULL AND reason = 'defective'"
    assert _scalar(served_shop, waiting) == 1
    number = _scalar(served_shop, "SELECT number FROM orders WHERE id = (SELECT max(order_id) FROM returns)")
    _open(page, f"{served_shop.address}/order?number={number}")
    page.get_by_role("button", name="Goods came back…").click()
    page.get_by_role("button", name="Receive", exact=True).click()
    expect(page.get_by_text("is waited for")).to_have_count(0)
    assert _scalar(served_shop, waiting) == 0
    assert _scalar(served_shop, "SELECT count(*) FROM stock_moves WHERE reference LIKE 'return:%'") == 1


def test_an_order_is_cancelled_from_the_profile_in_three_actions(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    open_ones = "SELECT min(customer_id) FROM orders WHERE status = 'new'"
    customer_id = _scalar(served_shop, open_ones)
    cancelled = "SELECT count(*) FROM orders WHERE customer_id = :id AND status = 'cancelled'"
    before = _scalar(served_shop, cancelled, id=customer_id)
    sign_in("anna")
    _open(page, f"{served_shop.address}/customer?id={customer_id}")
    page.get_by_role("button", name="Cancel…").first.click()  # one
    _choose(page, "Reason", "Customer changed their mind")  # two
    page.get_by_role("button", name="Cancel the order").click()  # three
    expect(page.get_by_text("Order cancelled").first).to_be_visible()
    assert _scalar(served_shop, cancelled, id=customer_id) == int(str(before)) + 1


def test_doubles_are_merged_and_parted_again(page: Page, served_shop: ServedShop, sign_in: SignIn) -> None:
    with served_shop.sessions.begin() as session:
        twin = resolve_customer(session, CustomerRef(name="E. Nowak", phone="600 100 200"))
    first = _ids(served_shop, "Ewa Nowak")
    sign_in("anna")
    _open(page, f"{served_shop.address}/customers?tab=doubles")
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("No doubles found")).to_be_visible()
    assert _scalar(served_shop, "SELECT merged_into_id FROM customers WHERE id = :id", id=twin) == first
    _open(page, f"{served_shop.address}/customer?id={first}")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Likely one")).to_be_visible()
    assert _scalar(served_shop, "SELECT merged_into_id FROM customers WHERE id = :id", id=twin) is None


def test_an_order_is_placed_from_the_profile_in_three_actions_with_the_customer_known(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    customer_id = _ids(served_shop, "Ewa Nowak")
    sign_in("anna")
    _open(page, f"{served_shop.address}/customer?id={customer_id}")
    page.get_by_role("button", name="New order").click()  # one
    expect(page).to_have_url(re.compile(r"/new_order"))
    expect(page.get_by_text("Ewa Nowak")).to_be_visible()
    page.get_by_placeholder("SKU, name or barcode").fill("UC-1185")
    page.get_by_role("button", name=re.compile("Add UC")).click()  # two
    expect(page.get_by_role("button", name="Place order")).to_be_enabled()
    page.get_by_role("button", name="Place order").click()  # three
    expect(page).to_have_url(re.compile(r"/order\?.*number=\d+"))
    placed = "SELECT customer_id FROM orders ORDER BY id DESC LIMIT 1"
    assert _scalar(served_shop, placed) == customer_id


def test_somebody_who_was_not_found_to_be_a_double_is_merged_by_hand(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    with served_shop.sessions.begin() as session:
        other = resolve_customer(session, CustomerRef(name="Zofia Other", phone="777 888 999"))
    kept = _ids(served_shop, "Ewa Nowak")
    sign_in("anna")
    _open(page, f"{served_shop.address}/customer?id={kept}")
    page.get_by_role("button", name="More").click()
    page.get_by_text("Merge with…").click()
    page.get_by_role("dialog").get_by_label("Search customers").fill("888999")
    page.get_by_role("dialog").get_by_role("button", name="Merge").click()
    expect(page.get_by_text("Merged into this customer")).to_be_visible()
    assert _scalar(served_shop, "SELECT merged_into_id FROM customers WHERE id = :id", id=other) == kept
