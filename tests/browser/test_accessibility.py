"""Nothing serious bars people who use a keyboard, a screen reader or weak eyes: every page as axe-core sees it."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from screens import SIZES
from shops import ServedShop
from signing_in import issue

from dashboard.visits import COOKIE
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.customers.registration import CustomerRef
from oms_core.orders.placement_request import LineRequest
from oms_core.orders.quotations import make_quotation
from oms_core.tasks.agenda import add_task

pytestmark = pytest.mark.browser
GRAVE = {"serious", "critical"}
SIGN_IN_PAGES = ("login", "password")
PAGES = (
    "orders", "never_lost", "order", "new_order", "overview", "workflow", "reasons", "delivery_methods", "rules",
    "laboratory", "automation", "approvals", "people", "roles", "teams_calendars", "tokens", "audit", "account",
    "customers", "customer", "customers?tab=segments", "customers?tab=doubles", "orders?view=all&show=board", "tasks",
    "quotations", "quotation", "sales", "customers_insight", "products_insight",
)  # fmt: skip
DESK = (
    "orders", "order", "new_order", "never_lost", "tasks", "tasks?shown=calendar", "quotations", "quotation",
    "customers", "customer", "approvals", "delivery_methods", "reasons", "stock", "inbox", "feeds",
    "fulfilment_times", "targets", "alerts", "digests", "board",
)  # fmt: skip
QUICK = [
    *(("light", name) for name in ("login", "orders", "order", "customer", "overview")),
    ("dark", "orders"),
]
REST = [
    *(("light", name) for name in (*SIGN_IN_PAGES, *PAGES)),
    *(("dark", name) for name in (*SIGN_IN_PAGES, *PAGES, *DESK)),
    *((theme, name) for theme in ("light phone", "dark phone") for name in (*SIGN_IN_PAGES, *DESK)),
]
SEEN = [*QUICK, *(pytest.param(*one, marks=pytest.mark.full) for one in dict.fromkeys(REST) if one not in QUICK)]
OPENED = {"order": "?number={number}", "customer": "?id=1", "quotation": "?number={quotation}"}
# What Streamlit draws so and lets nobody change, by rule and by the start of the element at fault.
PASSED = {
    ("list", '<ul data-testid="stSidebarNavItems"'): "the sections of the menu stand between a list and its items",
    ("listitem", '<li class="st-emotion-cache-'): "the items of the same menu",
    ("svg-img-alt", '<g class="mark-symbol'): "a metric's sparkline; the metric says its figure beside it",
}


@pytest.fixture(scope="module")
def open_page(browser: Browser, lasting_served_shop: ServedShop) -> Iterator[Callable[[str, str], Page]]:
    shop = lasting_served_shop
    cookie: Any = {"name": COOKIE, "value": issue(shop.sessions, "admin"), "url": shop.address}
    quotation = _quote(shop)
    themes = {
        f"{theme}{' phone' * (size == 'phone')}": browser.new_context(**given, color_scheme=theme, locale="en-GB")
        for theme in ("light", "dark")
        for size, given in SIZES.items()
    }
    windows = {theme: context.new_page() for theme, context in themes.items()}

    def open_page(theme: str, name: str) -> Page:
        window = windows[theme]
        window.context.clear_cookies()
        if name != "login":
            window.context.add_cookies([cookie])
        window.goto(f"{shop.address}/{name}" + OPENED.get(name, "").format(number=shop.numbers[2], quotation=quotation))
        if name not in SIGN_IN_PAGES:
            window.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
            window.wait_for_timeout(300)  # charts and grids are drawn after the script has ended
        return window

    yield open_page
    for context in themes.values():
        context.close()


def _quote(shop: ServedShop) -> str:
    """A quotation with a task beside it, so that no page of the desk is empty."""
    admin = door.read(shop.sessions, None, find_actor, login="admin")
    door.run(shop.sessions, admin, add_task, title="Call back", number=shop.numbers[2], assignee="admin")
    customer, lines = CustomerRef(name="Ewa Nowak"), [LineRequest("UC-1185", Decimal(2))]
    made = door.run(shop.sessions, admin, make_quotation, channel="desk", customer=customer, lines=lines)
    return str(made.number)


@pytest.mark.parametrize(("theme", "name"), SEEN)
def test_a_page_has_no_serious_barrier(open_page: Callable[[str, str], Page], theme: str, name: str) -> None:
    window = open_page(theme, name)
    assert window.get_by_role("heading").count() >= 1
    assert barriers(window) == []


def test_a_barrier_is_seen(open_page: Callable[[str, str], Page]) -> None:
    window = open_page("light", "account")
    window.evaluate("document.querySelector('.stMain').insertAdjacentHTML('beforeend', '<input><ul><p>x</p></ul>')")
    assert [found.partition(":")[0] for found in barriers(window)] == ["label", "list"]


def barriers(window: Page) -> list[str]:
    """What is serious or worse and not passed, as “rule: element”."""
    found = Axe().run(window, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:300]}"
        for rule in sorted(found, key=lambda rule: str(rule["id"]))
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
        if not any(rule["id"] == passed and node["html"].startswith(start) for passed, start in PASSED)
    ]
