"""Every page on both data sets: the real orders, and a simulated shop with forecasts and a plan."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sizes import sampled
from sqlalchemy import Engine, create_engine, text
from streamlit.testing.v1 import AppTest

from dashboard import app_pages
from tests.lasting_shops import LivedShop
from tests.shops import OpenShop

Browse = Callable[..., AppTest]
# Neither shop has quotations; their page is tested with those that its own tests make.
PAGES = sorted({file.stem for file in Path(app_pages.__file__).parent.glob("[!_]*.py")} - {"quotation"})
SAMPLE = {"orders", "order", "customer", "never_lost", "overview", "fulfilment_times", "cancellations", "sales"}
TILES = {
    "overview": {"orders_received", "ordered_value", "cycle_time", "on_time_rate", "cancel_rate"},
    "fulfilment_times": {"cycle_time", "on_time_rate", "on_time_rate_current"},
    "cancellations": {"cancel_rate", "cancelled_value"},
    "workload": {"open_orders", "open_late", "throughput"},
}


def opened(engine: Engine, marts: Path) -> OpenShop:
    with engine.connect() as connection:
        numbers = connection.execute(text("SELECT number FROM orders ORDER BY id DESC LIMIT 3")).scalars().all()
    return OpenShop(engine.url.render_as_string(hide_password=False), marts, tuple(numbers))


@pytest.fixture(scope="session")
def simulated(lived_shop: LivedShop) -> OpenShop:
    return opened(lived_shop.engine, lived_shop.marts)


@pytest.fixture(scope="session")
def real(olist_engine: Engine, olist_marts: Path) -> OpenShop:
    return opened(olist_engine, olist_marts)


def address(shop: OpenShop) -> dict[str, str]:
    """What a page of one order or one customer is told; the others take no notice."""
    engine = create_engine(shop.url)
    with engine.connect() as connection:
        asked = text("SELECT customer_id FROM orders WHERE number = :number")
        customer = connection.scalar(asked, {"number": shop.numbers[0]})
    engine.dispose()
    return {"number": shop.numbers[0], "id": str(customer)}


def shows_itself(app: AppTest) -> None:
    assert not app.exception, app.exception
    assert not app.error, app.error
    assert app.title


@pytest.mark.full
@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_simulated_shop_shows_itself(page: str, simulated: OpenShop, browse: Browse) -> None:
    shows_itself(browse(simulated, page, lang="en", **address(simulated)))


@pytest.mark.real
@pytest.mark.parametrize("page", sampled(PAGES, SAMPLE.__contains__))
def test_a_page_of_the_real_orders_shows_itself(page: str, real: OpenShop, browse: Browse) -> None:
    shows_itself(browse(real, page, lang="en", **address(real)))


@pytest.mark.parametrize("page", TILES)
def test_every_tile_opens_to_the_rows_that_make_it(page: str, simulated: OpenShop, browse: Browse) -> None:
    app = browse(simulated, page, lang="en", channel="demo", days="90")
    for code in sorted(TILES[page]):
        shown = app.get_by_key(f"open_{code}")
        assert shown is not None, code
        rows = int(shown.label.split()[0].replace(",", ""))
        drawer = shown.click().run()
        assert not drawer.exception, drawer.exception
        assert any(f"{rows:,} row" in block.value for block in drawer.markdown) or rows == 0, code


def test_a_buyer_approves_in_two_actions(simulated: OpenShop, browse: Browse) -> None:
    app = browse(simulated, "replenishment", lang="en")
    before = next(metric for metric in app.metric if metric.label == "Suggestions").value
    app.get_by_key("approve").click().run()
    assert not app.exception, app.exception
    assert any("purchase order" in toast.value for toast in app.toast)
    after = next(metric for metric in app.metric if metric.label == "Suggestions").value
    assert int(after.replace(",", "")) < int(before.replace(",", ""))


def test_the_integrity_page_finds_nothing_at_fault(simulated: OpenShop, browse: Browse) -> None:
    app = browse(simulated, "integrity", lang="en")
    assert any("hold" in message.value for message in app.success)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("by", ["admin", "lena"])
def test_the_laboratory_tries_automation_on_twenty_weeks_of_orders(
    by: str, language: str, simulated: OpenShop, browse: Browse
) -> None:
    for code in ("weekend", "shipped_message"):
        app = browse(simulated, "laboratory", by=by, lang=language, kind="automation", automation=code, last="1000")
        shows_itself(app)
        orders, hits = (metric.value for metric in app.metric[:2])
        assert int("".join(filter(str.isdigit, orders))) == 1_000
        assert 0 < int("".join(filter(str.isdigit, hits))) <= 1_000
        assert len(app.dataframe[0].value) == min(200, int("".join(filter(str.isdigit, hits))))


def test_what_changed_names_the_parts_and_what_each_added(simulated: OpenShop, browse: Browse) -> None:
    app = browse(simulated, "overview", lang="en", channel="demo", days="30", changed="cancel_rate")
    shows_itself(app)
    shown = app.get_by_key("changed_cancel_rate").value
    assert set(shown.columns) == {"part", "cut", "before", "now", "contribution", "mix"}
    assert 0 < len(shown) <= 8
    assert set(shown["cut"]) <= {"Region", "Customer kind", "Warehouse", "Manager"}  # an order is of several categories
