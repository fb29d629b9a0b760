"""A day's tasks in a real browser: due by the minute, done with one tap, contact in two, on a phone too."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from screens import PHONE
from shops import ServedShop
from signing_in import issue
from sqlalchemy import text

from dashboard.visits import COOKIE
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.tasks.agenda import add_task
from oms_core.tasks.messages import draft_message
from tests.browser.test_accessibility import barriers

SignIn = Callable[[str], None]
pytestmark = [pytest.mark.browser, pytest.mark.full]
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def work(shop: ServedShop, use_case: Any, **facts: Any) -> Any:
    anna = door.read(shop.sessions, None, find_actor, login="anna")
    return door.run(shop.sessions, anna, use_case, **facts)


def rows(shop: ServedShop, query: str) -> list[tuple[Any, ...]]:
    with shop.sessions() as session:
        return [tuple(row) for row in session.execute(text(query))]


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


@pytest.fixture
def busy_shop(served_shop: ServedShop) -> ServedShop:
    now = datetime.now(UTC)
    for place, title in enumerate(("Call about the address", "Agree on a new date", "Pack it as a gift")):
        number, due = served_shop.numbers[place], now + timedelta(hours=6 * place - 3)
        work(served_shop, add_task, title=title, kind="call", number=number, assignee="anna", due_at=due)
    work(served_shop, draft_message, number=served_shop.numbers[0], template="order_received")
    return served_shop


@pytest.fixture
def phone(browser: Browser, busy_shop: ServedShop) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, user_agent=PHONE, locale="en-GB"
    )
    cookie: Any = {"name": COOKIE, "value": issue(busy_shop.sessions, "anna"), "url": busy_shop.address}
    context.add_cookies([cookie])
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_task_is_done_with_one_tap_on_a_phone_and_nothing_scrolls_sideways(
    phone: Page, busy_shop: ServedShop, lang: str
) -> None:
    visit(phone, f"{busy_shop.address}/tasks?lang={lang}")
    assert not phone.evaluate(SIDEWAYS)
    expect(phone.get_by_text("Call about the address")).to_be_visible()
    phone.get_by_role("button", name={"en": "Mark done", "ru": "Готово"}[lang]).first.tap()
    expect(phone.get_by_text("Call about the address")).to_have_count(0)
    assert rows(busy_shop, "SELECT title FROM tasks WHERE done_at IS NOT NULL") == [("Call about the address",)]
    for address in (f"tasks?shown=calendar&lang={lang}", f"order?number={busy_shop.numbers[0]}&lang={lang}"):
        visit(phone, f"{busy_shop.address}/{address}")
        assert not phone.evaluate(SIDEWAYS)


def test_a_task_is_shown_as_due_when_its_time_comes_with_nobody_touching_the_page(
    page: Page, served_shop: ServedShop, sign_in: SignIn
) -> None:
    due = datetime.now(UTC) + timedelta(seconds=20)
    work(served_shop, add_task, title="Soon", assignee="anna", due_at=due)
    sign_in("anna")
    visit(page, f"{served_shop.address}/tasks")
    overdue = page.locator(".st-key-tasks_overdue").get_by_text("Soon")
    expect(page.get_by_text("Soon")).to_be_visible()
    assert datetime.now(UTC) >= due or overdue.count() == 0
    expect(overdue).to_be_visible(timeout=40_000)
    assert timedelta(0) <= datetime.now(UTC) - due < timedelta(seconds=20)


def test_a_contact_is_noted_in_two_clicks_and_a_task_put_off_in_two(
    page: Page, busy_shop: ServedShop, sign_in: SignIn
) -> None:
    sign_in("anna")
    visit(page, f"{busy_shop.address}/order?number={busy_shop.numbers[0]}")
    page.get_by_role("button", name="Contact").click()
    page.get_by_role("button", name="no answer").click()
    expect(page.get_by_text("Phone call · no answer").first).to_be_visible()
    assert rows(busy_shop, "SELECT kind, outcome FROM contact_attempts") == [("phone", "no_answer")]
    page.locator(".st-key-order-tasks").get_by_role("button", name="More").click()
    page.get_by_text("Tomorrow morning").click()
    expect(page.get_by_text("due tomorrow, 09:00")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["tasks", "tasks?shown=calendar", "tasks?shown=calendar&span=day", "order?number={}"])
def test_a_page_with_tasks_has_no_serious_barrier(
    page: Page, busy_shop: ServedShop, sign_in: SignIn, name: str, theme: Any
) -> None:
    page.emulate_media(color_scheme=theme)
    sign_in("anna")
    visit(page, f"{busy_shop.address}/{name.format(busy_shop.numbers[0])}")
    page.wait_for_timeout(300)
    if name.startswith("order"):
        page.locator(".st-key-order-drafts summary").first.click()
        expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert barriers(page) == []
