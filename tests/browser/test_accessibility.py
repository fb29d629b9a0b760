"""Nothing serious bars people who use a keyboard, a screen reader or weak eyes: every page as axe-core sees it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from shops import ServedShop
from signing_in import issue

from dashboard.visits import COOKIE

pytestmark = pytest.mark.browser
GRAVE = {"serious", "critical"}
SIGN_IN_PAGES = ("login", "password")
PAGES = (
    "orders", "never_lost", "order", "new_order", "overview", "workflow", "reasons", "delivery_methods", "rules",
    "laboratory", "automation", "approvals", "people", "roles", "teams_calendars", "tokens", "audit", "account",
    "customers", "customer",
    "customers?tab=segments", "customers?tab=doubles", "orders?view=all&show=board",
)  # fmt: skip
SEEN = [
    *(("light", name) for name in (*SIGN_IN_PAGES, *PAGES)),
    *(("dark", name) for name in ("login", "orders", "order", "workflow", "rules", "people", "customer")),
]
OPENED = {"order": "?number={number}", "customer": "?id=1"}
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
    themes = {
        theme: browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme, locale="en-GB")
        for theme in ("light", "dark")
    }
    windows = {theme: context.new_page() for theme, context in themes.items()}

    def open_page(theme: str, name: str) -> Page:
        window = windows[theme]
        window.context.clear_cookies()
        if name != "login":
            window.context.add_cookies([cookie])
        window.goto(f"{shop.address}/{name}" + OPENED.get(name, "").format(number=shop.numbers[2]))
        if name not in SIGN_IN_PAGES:
            window.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
            window.wait_for_timeout(300)  # charts and grids are drawn after the script has ended
        return window

    yield open_page
    for context in themes.values():
        context.close()


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
