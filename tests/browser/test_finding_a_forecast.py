"""A buyer finds one product among two thousand forecasts, at a desk and on a phone."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect
from screens import SIZES
from shops import ServedShop
from signing_in import issue

from dashboard.visits import COOKIE
from pipelines.jobs import refresh
from pipelines.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.full]
SERIES = 2000
MONDAY = date(2026, 6, 22)
LEVELS = ("q0.1", "q0.5", "q0.8", "q0.9", "q0.95", "q0.975")
TICK, FIRST_ROW = 17, 51


@pytest.fixture
def foretold_shop(served_shop: ServedShop) -> ServedShop:
    """Two thousand products with a history and a forecast; none is more wanted than the first."""
    store = Store(str(served_shop.marts))
    refresh(served_shop.sessions.kw["bind"], store)
    names = pl.DataFrame({"unique_id": [f"FC-{number:04}@MAIN" for number in range(SERIES)]}).with_row_index("place")
    past, ahead = (names.join(_weeks(weeks), how="cross") for weeks in (range(-30, 0), range(12)))
    store.publish("forecast_history", past.select("unique_id", "ds", demand=pl.lit(3.0), censored_share=pl.lit(0.0)))
    mean = 1 + 1 / (1 + pl.col("place"))
    store.publish("forecasts", ahead.select("unique_id", "ds", mean=mean, **dict.fromkeys(LEVELS, mean)))
    told = {"series_class": "smooth", "method": "boosted"}
    scores = dict.fromkeys(
        ("wape", "bias", "coverage_80", "scaled_pinball_loss", "naive_wape", "naive_scaled_pinball_loss"), 0.5
    )
    store.publish(
        "forecast_series", names.select("unique_id", **{name: pl.lit(one) for name, one in (told | scores).items()})
    )
    for name in ("forecast_scores", "forecast_trials"):
        store.publish(name, _trials())
    return served_shop


def _weeks(numbers: range) -> pl.DataFrame:
    return pl.DataFrame({"ds": [MONDAY + timedelta(weeks=number) for number in numbers]})


def _trials() -> pl.DataFrame:
    known = {"unique_id": "FC-0000@MAIN", "cutoff": MONDAY, "ds": MONDAY, "model": "served", "is_censored": False}
    return pl.DataFrame([known | dict.fromkeys(("mean", "demand", "naive_mae", "naive_mse", *LEVELS), 1.0)])


@pytest.fixture(params=["desktop", "phone"])
def window(request: pytest.FixtureRequest, browser: Browser, foretold_shop: ServedShop) -> Iterator[Page]:
    """Bob the buyer, on the page of forecasts."""
    size: Any = SIZES[request.param]
    context = browser.new_context(**size, locale="en-GB")
    address = foretold_shop.address
    context.add_cookies([{"name": COOKIE, "value": issue(foretold_shop.sessions, "bob"), "url": address}])
    page = context.new_page()
    page.goto(f"{address}/demand_forecast?lang=en")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
    yield page
    context.close()


def test_a_row_of_two_thousand_is_found_and_opens_its_product(window: Page) -> None:
    window.get_by_role("button", name="All products").click()
    dialog = window.get_by_role("dialog")
    expect(dialog.get_by_text("2,000 products in warehouses")).to_be_visible()
    dialog.get_by_label("Find").fill("1234 main")
    expect(dialog.get_by_text("1 product in a warehouse")).to_be_visible()
    window.wait_for_timeout(1_500)  # the grid paints after the script has ended
    box = dialog.locator("canvas").first.bounding_box()
    assert box is not None
    window.mouse.click(box["x"] + TICK, box["y"] + FIRST_ROW)
    expect(dialog).to_have_count(0)
    expect(window.get_by_role("combobox", name="Product and warehouse")).to_have_value("FC-1234 · MAIN")
    assert "series=FC-1234%40MAIN" in window.url
