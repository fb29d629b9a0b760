"""Signing in as people do it: by the form, back to where they were, out again, and out from elsewhere."""

import re

import pytest
from playwright.sync_api import Page, expect
from shops import ServedShop
from signing_in import PASSWORD, set_password
from sqlalchemy import text

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(lasting_served_shop: ServedShop) -> ServedShop:
    return lasting_served_shop


def sign_in(page: Page, shop: ServedShop, login: str) -> None:
    page.goto(f"{shop.address}/login")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()


def ended_elsewhere(shop: ServedShop) -> None:
    with shop.sessions.begin() as session:
        session.execute(text("UPDATE auth_sessions SET revoked_at = now()"))


def test_a_stranger_signs_in_with_the_keyboard_alone_and_lands_where_they_wanted(page: Page, shop: ServedShop) -> None:
    page.goto(f"{shop.address}/orders?view=late&lang=ru")
    expect(page.get_by_role("heading")).to_have_text("Sign in to Cadence")
    expect(page.get_by_label("Login")).to_be_focused()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type("a wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The login or the password is not right.")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Заказы")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/orders\?view=late"))


def test_signing_out_by_the_button_closes_every_page(page: Page, shop: ServedShop) -> None:
    sign_in(page, shop, "anna")
    expect(page.get_by_text("Anna Kowalska")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/login$"))
    page.goto(f"{shop.address}/stock")
    expect(page).to_have_url(re.compile("/login\\?next=/stock$"))


def test_a_session_ended_elsewhere_ends_at_the_next_click_and_the_link_leads_back(page: Page, shop: ServedShop) -> None:
    sign_in(page, shop, "anna")
    page.goto(f"{shop.address}/stock?q=lamp")
    expect(page.get_by_role("heading", name="Stock")).to_be_visible()
    ended_elsewhere(shop)
    page.get_by_role("radio", name="PL").click()
    expect(page.get_by_text("Wylogowano Cię")).to_be_visible()
    page.get_by_role("link", name="Zaloguj się ponownie").click()
    expect(page).to_have_url(re.compile("/login\\?next=/stock"))


def test_a_tab_that_comes_back_to_the_front_after_it_asks_to_sign_in(page: Page, shop: ServedShop) -> None:
    sign_in(page, shop, "anna")
    page.wait_for_function("window.cadenceWatchesSession")
    ended_elsewhere(shop)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_url(re.compile("/login\\?next=/orders"))


def test_a_newcomer_chooses_a_password_before_anything_else(page: Page, shop: ServedShop) -> None:
    set_password(shop.sessions, "lena", one_time=True)
    page.goto(f"{shop.address}/")
    page.get_by_label("Login").fill("lena")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Change the password")
    page.get_by_label("One-time password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("three quiet lamps 4")
    page.get_by_label("New password again").fill("three quiet lamps 4")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()


def test_the_websocket_of_a_page_that_is_not_ours_is_refused(page: Page, shop: ServedShop) -> None:
    sign_in(page, shop, "anna")
    stream = shop.address.replace("http", "ws") + "/_stcore/stream"
    tried = "address => new Promise(done => { const s = new WebSocket(address, ['streamlit']);"
    tried += " s.onopen = () => done('open'); s.onerror = () => done('refused'); })"
    assert page.evaluate(tried, stream) == "open"
    page.context.clear_cookies()
    assert page.evaluate(tried, stream) == "refused"


@pytest.mark.parametrize("width", [1440, 390])
def test_the_form_fits_the_screen(width: int, page: Page, shop: ServedShop) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for lang in ("en", "ru", "pl", "zh"):
        page.goto(f"{shop.address}/login?lang={lang}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.evaluate("document.documentElement.lang") == lang
