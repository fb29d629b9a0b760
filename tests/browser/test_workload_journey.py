"""A lead levels tomorrow's work in a real browser in two clicks, sees what came of it, and opens what is behind it."""

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect
from screens import PHONE
from shops import ServedShop
from signing_in import issue
from sqlalchemy import text

from dashboard.visits import COOKIE
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.bulk import assign_orders
from oms_core.orders.workforce import list_open_work
from pipelines.jobs import refresh
from pipelines.store import Store
from pipelines.workload.effort import learn_effort
from pipelines.workload.learning import TABLE
from tests.browser.test_accessibility import barriers

pytestmark = [pytest.mark.browser, pytest.mark.full]
SignIn = Callable[[str], None]
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
_ROUND_THE_CLOCK = """
INSERT INTO calendar_rules (calendar_id, weekday, opens_at, closes_at)
SELECT c.id, d, '00:00', '23:59' FROM work_calendars c, generate_series(0, 6) d
"""
_ANNAS = """
SELECT count(*) FROM orders o JOIN users u ON u.id = o.manager_id WHERE u.login = 'anna' AND o.closed_at IS NULL
"""


@pytest.fixture
def lopsided_shop(served_shop: ServedShop) -> ServedShop:
    """All open orders are Anna's, half an hour each; people work on any day, whenever the test is run."""
    sessions, store = served_shop.sessions, Store(str(served_shop.marts))
    with sessions.begin() as session:
        session.execute(text("DELETE FROM calendar_rules"))
        session.execute(text(_ROUND_THE_CLOCK))
        admin = find_actor(session, "admin")
    numbers = [one.number for one in door.read(sessions, admin, list_open_work)]
    assign_orders(sessions, admin, numbers=numbers, manager="anna")
    refresh(sessions.kw["bind"], store)
    stays = {"status_group": ["new", "confirm", "pick", "ship", "deliver"], "order_type": "sale", "size": "single"}
    store.publish(TABLE, learn_effort(pl.DataFrame(stays | {"minutes": 30.0})))
    return served_shop


def settled(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)


def held_by_anna(shop: ServedShop) -> int:
    with shop.sessions() as session:
        return int(session.scalar(text(_ANNAS)))


def test_a_lead_levels_tomorrows_work_in_two_clicks(page: Page, lopsided_shop: ServedShop, sign_in: SignIn) -> None:
    before = held_by_anna(lopsided_shop)
    sign_in("lena")
    page.goto(f"{lopsided_shop.address}/orders?lang=en")
    settled(page)
    page.get_by_role("link", name="Workload").click()
    expect(page.get_by_role("radio", name="until tomorrow night")).to_be_checked()
    page.get_by_role("button", name="Give these orders").click()
    expect(page.get_by_text("given to others").first).to_be_visible()
    expect(page.get_by_role("heading", name="What levelling brought")).to_be_visible()
    after = held_by_anna(lopsided_shop)
    assert 0 < after < before
    with lopsided_shop.sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM work_levelling_moves")) == before - after
        assert session.scalar(text("SELECT count(*) FROM work_levelling_loads WHERE minutes_before > 0")) == 1


@pytest.fixture(params=["desk", "phone"])
def window(browser: Browser, lopsided_shop: ServedShop, request: Any) -> Iterator[Page]:
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "user_agent": PHONE}
    size: dict[str, Any] = phone if request.param == "phone" else {"viewport": {"width": 1440, "height": 900}}
    context = browser.new_context(**size, locale="en-GB")
    cookie: Any = {"name": COOKIE, "value": issue(lopsided_shop.sessions, "admin"), "url": lopsided_shop.address}
    context.add_cookies([cookie])
    yield context.new_page()
    context.close()


def test_the_page_holds_nobody_back_and_an_hour_gets_its_cost(window: Page, lopsided_shop: ServedShop) -> None:
    window.goto(f"{lopsided_shop.address}/workload?lang=en")
    settled(window)
    expect(window.get_by_role("heading", name="Cost of handling")).to_be_visible()
    assert not barriers(window)
    assert not window.evaluate(SIDEWAYS)
    window.get_by_role("button", name="Set what an hour costs").click()
    drawer = window.get_by_role("dialog")
    drawer.get_by_label("Cost of an hour").fill("28,50")
    drawer.get_by_label("Cost of an hour").press("Tab")
    drawer.get_by_role("button", name="Save").click()
    expect(drawer).to_have_count(0)
    with lopsided_shop.sessions() as session:
        assert str(session.scalar(text("SELECT cost FROM hourly_costs"))) == "28.50"
