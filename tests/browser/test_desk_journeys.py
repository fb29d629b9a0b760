"""The desk's journeys in two languages, on a desk and on a phone: to the end, changed, split, cancelled, in bulk."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from screens import SIZES
from shops import ServedShop
from signing_in import issue
from sqlalchemy import text

from dashboard.translation import translations
from dashboard.visits import COOKIE
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.customers.registration import CustomerRef
from oms_core.orders.card import read_order
from oms_core.orders.card_views import OrderCard
from oms_core.orders.holds import open_hold
from oms_core.orders.placement import place_order
from oms_core.orders.placement_request import LineRequest
from oms_core.orders.progress import move_order

pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.timeout(240)]
SIDEWAYS = "[document.documentElement, document.querySelector('.stMain')].some(e => e.scrollWidth > e.clientWidth)"
STEPS = (
    ("Confirm", "Confirmed"), ("Start picking", "Picking"), ("Mark packed", "Packed"), ("Ship", "In delivery"),
    ("Mark delivered", "Done"),
)  # fmt: skip
HEADER, ROW = 34, 34


@dataclass
class Desk:
    """Somebody at a window of some size, who reads some language."""

    page: Page
    shop: ServedShop
    language: str
    size: str

    @property
    def is_phone(self) -> bool:
        return self.size == "phone"

    def say(self, words: str) -> str:
        return translations(self.language).gettext(words)

    def visit(self, address: str) -> None:
        joint = "&" if "?" in address else "?"
        self.page.goto(f"{self.shop.address}/{address}{joint}lang={self.language}")
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
        self.page.wait_for_timeout(400)  # a grid is drawn after the script has ended
        assert not self.page.evaluate(SIDEWAYS)

    def press(self, words: str, within: str = "[data-testid=stMain]") -> None:
        self.page.locator(within).get_by_role("button", name=re.compile(f"^{re.escape(self.say(words))}")).first.click()

    def choose_more(self, words: str) -> None:
        self.page.locator(".st-key-more").get_by_role("button").click()
        self.page.get_by_text(self.say(words), exact=True).last.click()
        self.settle()

    def badge(self, words: str) -> Locator:
        return self.page.locator(".st-key-page-title").get_by_text(self.say(words), exact=True)

    def type_into_grid(self, grid: Locator, column: int, words: str) -> None:
        """Type into a column of the first row: a grid takes what is typed into the cell that is chosen."""
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + 70, box["y"] + HEADER + ROW / 2)
        self.page.wait_for_timeout(250)  # the grid hears the next key once it has drawn what the last one did
        for _step in range(column):
            self.page.keyboard.press("ArrowRight")
            self.page.wait_for_timeout(150)
        self.page.keyboard.type(words)
        self.page.wait_for_timeout(250)
        self.page.keyboard.press("Enter")
        self.page.wait_for_timeout(600)
        self.settle()

    def choose_reason(self, within: Locator, words: str) -> None:
        within.get_by_label(self.say("Reason")).first.click()
        self.page.get_by_role("option", name=self.say(words)).click()


def work(shop: ServedShop, use_case: Any, **facts: Any) -> Any:
    anna = door.read(shop.sessions, None, find_actor, login="anna")
    return door.run(shop.sessions, anna, use_case, **facts)


def an_order(shop: ServedShop, name: str, *skus: str, quantity: int = 2) -> str:
    lines = [LineRequest(sku, Decimal(quantity)) for sku in skus]
    customer = CustomerRef(name=name, phone="+48 600 700 800", address="ul. Długa 1, Kraków")
    placed = work(shop, place_order, channel="desk", customer=customer, lines=lines)
    return str(placed.number)


def card(shop: ServedShop, number: str) -> OrderCard:
    admin = door.read(shop.sessions, None, find_actor, login="admin")
    return door.read(shop.sessions, admin, read_order, number=number)


@pytest.fixture(params=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["en", "ru"])
def desk(browser: Browser, journeys_shop: ServedShop, size: str, request: pytest.FixtureRequest) -> Iterator[Desk]:
    context = browser.new_context(**SIZES[size], locale="en-GB")
    token = issue(journeys_shop.sessions, "anna")
    context.add_cookies([{"name": COOKIE, "value": token, "url": journeys_shop.address}])
    expect.set_options(timeout=20_000)
    yield Desk(context.new_page(), journeys_shop, str(request.param), size)
    context.close()


def test_an_order_is_found_in_the_queue_and_taken_from_new_to_done(desk: Desk) -> None:
    number = an_order(desk.shop, "Queue Buyer", "UC-1185")
    desk.visit(f"orders?view=all&q={number}")
    if desk.is_phone:
        desk.page.locator(f".st-key-card_{number}").get_by_role("link").click()
    else:
        box = desk.page.get_by_test_id("stDataFrame").bounding_box()
        assert box is not None
        desk.page.mouse.click(box["x"] + 65, box["y"] + HEADER + ROW / 2)
    expect(desk.page).to_have_url(re.compile(rf"/order\?.*number={number}"))
    for verb, status in STEPS:
        desk.press(verb, ".st-key-next_step")
        expect(desk.badge(status)).to_be_visible()
        desk.settle()
    assert card(desk.shop, number).status == "done"


def test_lines_and_address_are_changed_after_a_look_and_taken_back(desk: Desk) -> None:
    number = an_order(desk.shop, "Change Buyer", "UC-1185", "LT-1037")
    before = card(desk.shop, number)
    desk.visit(f"order?number={number}")
    desk.choose_more("Change…")
    form = desk.page.locator(".st-key-order-change")
    address = form.get_by_label(desk.say("Delivery address"), exact=True)
    address.fill("ul. Nowa 7, Gdańsk")
    address.press("Tab")
    desk.settle()
    desk.type_into_grid(form.get_by_test_id("stDataFrame"), 1 if desk.is_phone else 2, "3")
    desk.press("Look at the change")
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_test_id("stMetric")).to_have_count(3)
    assert card(desk.shop, number).totals == before.totals  # a look changes nothing
    assert not desk.page.evaluate(SIDEWAYS)
    dialog.get_by_role("button", name=desk.say("Save the change")).click()
    expect(dialog).to_have_count(0)
    desk.settle()
    after = card(desk.shop, number)
    assert [line.quantity for line in after.lines] == [Decimal(3), Decimal(2)]
    assert "Gdańsk" in str(after.ship_to)
    desk.page.locator(".st-key-undo").get_by_role("button", name=desk.say("Undo")).click()
    expect(
        desk.page.get_by_text(desk.say("Order {number}: the change is taken back").format(number=number))
    ).to_be_visible()
    back = card(desk.shop, number)
    assert (back.totals, back.ship_to) == (before.totals, before.ship_to)


def test_an_order_leaves_in_two_parts_and_what_is_missing_waits(desk: Desk) -> None:
    number = an_order(desk.shop, "Split Buyer", "NB-1148", "MG-1300")
    desk.visit(f"order?number={number}")
    expect(desk.badge("Backordered")).to_be_visible()
    for verb, status in STEPS[:3]:
        desk.press(verb, ".st-key-next_step")
        expect(desk.badge(status)).to_be_visible()
        desk.settle()
    dialog = desk.page.get_by_role("dialog")
    for shipped, quantity in ((1, "1"), (2, "")):
        expect(dialog).to_have_count(0)  # nothing opens unasked
        desk.press("Ship a part…", ".st-key-next_step_ship")
        expect(dialog).to_be_visible()
        if quantity:
            desk.type_into_grid(dialog.get_by_test_id("stDataFrame"), 3, quantity)
        dialog.locator(".st-key-ship_done").get_by_role("button").click()
        expect(dialog).to_have_count(0)
        desk.settle()
        lines = {line.sku: line for line in card(desk.shop, number).lines}
        assert (lines["NB-1148"].shipped, lines["MG-1300"].shipped) == (shipped, 0)
    assert lines["MG-1300"].backordered == 2
    assert len(card(desk.shop, number).shipments) == 2
    expect(desk.badge("Backordered")).to_be_visible()


def test_an_order_is_cancelled_for_a_reason_and_gives_its_goods_back(desk: Desk) -> None:
    number = an_order(desk.shop, "Cancel Buyer", "UC-1185")
    desk.visit(f"order?number={number}")
    desk.choose_more("Cancel…")
    dialog = desk.page.get_by_role("dialog")
    cancel = dialog.get_by_role("button", name=desk.say("Cancel the order"))
    expect(cancel).to_be_disabled()
    desk.choose_reason(dialog, "Duplicate order")
    cancel.click()
    expect(desk.badge("Cancelled")).to_be_visible()
    desk.settle()
    cancelled = card(desk.shop, number)
    assert [row.reason for row in cancelled.cancellations] == ["duplicate"]
    assert sum(line.reserved for line in cancelled.lines) == 0


@pytest.mark.parametrize("size", ["desktop"], indirect=True)
def test_several_move_on_at_once_and_the_refused_one_says_why(desk: Desk) -> None:
    name = f"Bulk {desk.language} Buyer"
    numbers = [an_order(desk.shop, name, "UC-1185") for _turn in range(3)]
    for number in numbers:
        work(desk.shop, move_order, number=number, to="confirm")
    work(desk.shop, open_hold, number=numbers[1], cause="Wrong address")
    desk.visit(f"orders?view=all&q={name.replace(' ', '+')}&status=confirm")
    box = desk.page.get_by_test_id("stDataFrame").bounding_box()
    assert box is not None
    desk.page.mouse.click(box["x"] + 17, box["y"] + HEADER / 2)
    expect(desk.page.locator(".st-key-bulk-bar").get_by_text(re.compile("^3 "))).to_be_visible()
    desk.press("Start picking", ".st-key-bulk_confirm_sale")
    told = desk.page.get_by_test_id("stAlert").filter(has_text=numbers[1])
    expect(told).to_contain_text("Wrong address")
    assert [card(desk.shop, number).status for number in numbers] == ["pick", "confirm", "pick"]


def test_an_order_moves_on_and_its_task_is_closed(desk: Desk) -> None:
    number = an_order(desk.shop, "Task Buyer", "UC-1185")
    desk.visit(f"order?number={number}")
    desk.press("Confirm", ".st-key-next_step")
    expect(desk.badge("Confirmed")).to_be_visible()
    desk.press("New task")
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label(desk.say("What is to be done")).first.fill("Ring before noon")
    dialog.get_by_label(desk.say("What is to be done")).first.press("Tab")
    dialog.get_by_role("button", name=desk.say("Add"), exact=True).click()
    agenda = desk.page.locator(".st-key-order-tasks")
    expect(agenda.get_by_text("Ring before noon")).to_be_visible()
    agenda.get_by_role("button", name=desk.say("Mark done")).first.click()
    expect(agenda.get_by_text("Ring before noon")).to_have_count(0)
    desk.settle()
    with desk.shop.sessions() as session:
        done = session.scalar(text("SELECT count(*) FROM tasks WHERE title = 'Ring before noon' AND done_at IS NULL"))
    assert done == 0
