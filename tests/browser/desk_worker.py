"""A person at the desk in a window of their own: works a pile of orders off as people do, and counts the clicks."""

import re
import time
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

ROW, HEADER, CHECKBOX, NUMBER = 34, 34, 17, 65  # pixels of the grid
STEPS = (("new", "Confirm"), ("confirm", "Start picking"), ("pick", "Mark packed"), ("ship", "Ship"))
AFTER = ("Confirmed", "Picking", "Packed", "In delivery")
_READY = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass
class Tally:
    """What it took: clicks, orders taken a step on, and the seconds from each click to its answer on the screen."""

    clicks: int = 0
    steps: int = 0
    waits: list[float] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.clicks + other.clicks,
            self.steps + other.steps,
            self.waits + other.waits,
            self.refusals + other.refusals,
        )


@dataclass
class DeskWorker:
    """One who works the orders given to them: some one by one on the card, the rest by the page of the queue."""

    page: Page
    address: str
    login: str
    on_cards: Tally = field(default_factory=Tally)
    in_bulk: Tally = field(default_factory=Tally)

    def work_off(self, *, one_by_one: int, all_in_all: int) -> None:
        """Take every order given to this person from new to handed over."""
        self._open_pile("new", self.on_cards)
        for _place in range(one_by_one):
            self._take_through_on_the_card()
        for place, (status, verb) in enumerate(STEPS):
            self._open_pile(status, self.in_bulk)
            left = all_in_all - one_by_one
            while left > 0:
                left -= self._move_the_page(status, verb)
            assert left == 0, (self.login, place, left)

    def _open_pile(self, status: str, tally: Tally) -> None:
        """Follow the link to one's own orders in a status, as a kept view: one click."""
        began = time.monotonic()
        self.page.goto(f"{self.address}/orders?view=all&manager={self.login}&status={status}&sort=oldest&lang=en")
        self._settle()
        tally.clicks += 1
        tally.waits.append(time.monotonic() - began)

    def _take_through_on_the_card(self) -> None:
        """Open the order on top, press its one next step four times, and go back to the list."""
        tally = self.on_cards
        box = self._grid().bounding_box()
        assert box is not None
        began = time.monotonic()
        self.page.mouse.click(box["x"] + NUMBER, box["y"] + HEADER + ROW / 2)
        expect(self.page).to_have_url(re.compile(r"/order\?.*number="), timeout=30_000)
        step = self.page.locator(".st-key-next_step")
        expect(step).to_be_visible(timeout=30_000)
        tally.waits.append(time.monotonic() - began)
        for (_status, verb), status in zip(STEPS, AFTER, strict=True):
            button = step.get_by_role("button", name=re.compile(f"^{verb}"))
            began = time.monotonic()
            button.click()
            expect(self._badge(status)).to_be_visible(timeout=30_000)
            tally.waits.append(time.monotonic() - began)
            tally.refusals += self._refusals()
        began = time.monotonic()
        self.page.locator(".st-key-back").get_by_role("link").click()
        expect(self._grid()).to_be_visible(timeout=30_000)
        self._settle()
        tally.waits.append(time.monotonic() - began)
        tally.clicks += 2 + len(STEPS)
        tally.steps += len(STEPS)

    def _move_the_page(self, status: str, verb: str) -> int:
        """Select all rows of the page, press the step they share, and read how many moved on."""
        box = self._grid().bounding_box()
        assert box is not None
        began = time.monotonic()
        self.page.mouse.click(box["x"] + CHECKBOX, box["y"] + HEADER / 2)
        told = self.page.locator(".st-key-bulk-bar").get_by_text(re.compile(r"^\d+ selected$"))
        expect(told).to_be_visible(timeout=30_000)
        count = int(told.inner_text().split()[0])
        button = self.page.locator(f".st-key-bulk_{status}_sale").get_by_role("button", name=re.compile(verb))
        button.click()
        words = f"{count} order{'s' * (count > 1)} moved on"
        expect(self.page.get_by_text(words).last).to_be_visible(timeout=60_000)
        self._settle()
        self.in_bulk.refusals += self._refusals()
        self.in_bulk.clicks += 2
        self.in_bulk.steps += count
        self.in_bulk.waits.append(time.monotonic() - began)
        expect(self.page.get_by_text(words)).to_have_count(0, timeout=30_000)  # the next one's may read the same
        return count

    def _refusals(self) -> list[str]:
        """What the page says went wrong: refusals, and failures with a reference."""
        return self.page.locator("[data-testid=stException], .st-key-failure, [data-testid=stAlert]").all_inner_texts()

    def _grid(self) -> Locator:
        return self.page.get_by_test_id("stDataFrame").first

    def _badge(self, word: str) -> Locator:
        return self.page.locator(".st-key-page-title").get_by_text(word, exact=True)

    def _settle(self) -> None:
        self.page.wait_for_selector(_READY, timeout=30_000)
        self.page.wait_for_timeout(400)  # a grid is drawn after the script has ended
