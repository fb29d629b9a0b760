"""An executive asks the usual questions from Overview, each in at most three clicks, and sets a target."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from shops import ServedShop
from sqlalchemy import text

from pipelines.jobs import refresh
from pipelines.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.full]
SignIn = Callable[[str], None]
MOST_CLICKS = 3


class Clicks:
    """Counts what the executive clicks for one answer."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def click(self, place: Locator, *, drawn: bool = False) -> None:
        place.click(force=drawn)  # over what a chart draws lies what listens for it
        self.count += 1
        ready(self.page)


def ready(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
    page.wait_for_timeout(300)


@pytest.fixture
def overview(page: Page, served_shop: ServedShop, sign_in: SignIn) -> Callable[..., None]:
    refresh(served_shop.sessions.kw["bind"], Store(str(served_shop.marts)))
    sign_in("eva")

    def open_overview(**address: str) -> None:
        asked = "&".join(f"{name}={value}" for name, value in {"lang": "en", "channel": "desk", **address}.items())
        page.goto(f"{served_shop.address}/overview?{asked}")
        expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
        ready(page)

    return open_overview


def opened(page: Page) -> Locator:
    """The drawer with the rows behind a number."""
    drawer = page.get_by_role("dialog")
    expect(drawer).to_have_count(1)
    return drawer


def closed(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    ready(page)


def cell(page: Page, key: str, across: int, row: int) -> None:
    """Select a cell of a table, which is drawn: by where it is, with a hand that moves there first."""
    table = page.locator(f".st-key-{key} canvas").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    at = box["x"] + across, box["y"] + 36 + 34 * row + 17
    page.mouse.move(at[0] - 3, at[1])
    page.wait_for_timeout(300)
    page.mouse.move(*at)
    page.wait_for_timeout(200)
    page.mouse.click(*at, delay=60)


def test_why_is_revenue_down_is_answered_by_the_parts_that_changed(page: Page, overview: Callable[..., None]) -> None:
    overview(days="7")
    clicks = Clicks(page)
    changed = page.locator(".st-key-what-changed")
    expect(changed.get_by_role("heading", name="What changed")).to_be_visible()
    expect(changed.get_by_role("combobox", name="Figure")).to_have_value("Net revenue")  # what executives begin with
    clicks.click(page.locator(".st-key-tile_net_revenue").get_by_role("button", name="rows"))
    expect(opened(page)).to_contain_text("together")
    assert clicks.count <= MOST_CLICKS


def test_which_stage_got_slower_is_a_click_away_and_its_visits_another(
    page: Page, overview: Callable[..., None]
) -> None:
    overview(days="30")
    clicks = Clicks(page)
    clicks.click(page.get_by_role("link", name="Which stage got slower?"))
    expect(page.get_by_role("heading", name="What slowed")).to_be_visible()
    expect(page.get_by_role("heading", name="Where the time went")).to_be_visible()
    assert "days=30" in page.url
    cell(page, "stages", 200, 0)
    expect(opened(page)).to_contain_text("Visits, the longest first.")
    assert clicks.count + 1 <= MOST_CLICKS


def test_where_promises_are_broken_is_on_overview_by_every_part(page: Page, overview: Callable[..., None]) -> None:
    overview(days="30")
    expect(page.get_by_role("heading", name="Where promises are broken")).to_be_visible()
    clicks = Clicks(page)
    clicks.click(page.locator(".st-key-promise_cut").get_by_text("Manager"))
    clicks.click(page.locator("[class*=st-key-promises_manager] .bars path").first, drawn=True)
    expect(opened(page)).to_contain_text("rows")
    assert clicks.count <= MOST_CLICKS


def test_who_are_the_customers_we_lost_is_a_click_away(page: Page, overview: Callable[..., None]) -> None:
    overview(days="30")
    clicks = Clicks(page)
    clicks.click(page.get_by_role("link", name="Which customers did we lose?"))
    expect(page.get_by_role("heading", name="Customers we lost")).to_be_visible()
    assert "days=30" in page.url
    assert "channel=desk" in page.url
    assert clicks.count <= MOST_CLICKS


def test_one_cell_after_the_other_opens_its_own_rows(page: Page, overview: Callable[..., None]) -> None:
    overview(days="30")
    page.get_by_role("link", name="Which stage got slower?").click()
    ready(page)
    cell(page, "stages", 200, 0)
    expect(opened(page)).to_contain_text("Visits, the longest first.")
    closed(page)
    page.locator("[class*=st-key-funnel_] .bars path").first.click(force=True)
    expect(opened(page)).to_contain_text("once each however often they came")
    closed(page)
    page.locator(".st-key-tile_cycle_time").get_by_role("button", name="rows").click()
    expect(opened(page)).to_contain_text("From placing an order to its delivery")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_a_period_of_the_past_is_chosen_and_stays_in_the_address(page: Page, overview: Callable[..., None]) -> None:
    overview()
    page.locator(".st-key-period-more button").first.click()
    page.get_by_role("button", name="Last month").click()
    ready(page)
    assert "days=last_month" in page.url
    expect(page.get_by_role("radiogroup", name="Period").get_by_text("Last month")).to_be_visible()
    page.get_by_role("radiogroup", name="Period").get_by_text("30 days").click()
    ready(page)
    assert "days=30" in page.url


def test_a_target_is_set_and_stands_on_its_tile(
    page: Page, served_shop: ServedShop, overview: Callable[..., None]
) -> None:
    overview()
    page.get_by_role("link", name="Targets", exact=True).click()
    ready(page)
    page.get_by_role("button", name="Set a target").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Target", exact=True).fill("500")
    form.get_by_role("button", name="Set it").click()
    expect(form).to_have_count(0)
    expect(page.get_by_text("1 target is set")).to_be_visible()
    with served_shop.sessions() as session:
        metric, target = session.execute(text("SELECT metric, target FROM metric_targets")).one()
    assert (metric, target) == ("orders_received", 500)
    overview()
    expect(page.locator(".st-key-tile_orders_received")).to_contain_text("target 500")


def test_a_board_is_kept_begun_with_and_looked_at(page: Page, overview: Callable[..., None]) -> None:
    overview()
    page.get_by_role("link", name="Boards", exact=True).first.click()
    ready(page)
    page.get_by_role("button", name="New board").click()
    ready(page)
    page.get_by_label("Name", exact=True).fill("My morning")
    page.get_by_role("button", name="Keep the board").click()
    ready(page)
    page.get_by_role("button", name="Begin with it").click()
    expect(page.get_by_text("your start")).to_be_visible()
    overview()
    expect(page.get_by_role("combobox", name="Board")).to_have_value("My morning")
    expect(page.get_by_role("heading", name="What changed")).to_have_count(0)
