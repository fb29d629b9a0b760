"""The page of stock health: counts by how stock stands, and the forecast that says when it runs out."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from shops import OpenShop
from streamlit.testing.v1 import AppTest

from dashboard.stock_ahead import told
from forecasting.stock_health import HEALTH
from tests.lasting_shops import LivedShop

Browse = Callable[..., AppTest]
TODAY = date(2026, 6, 22)


@pytest.fixture
def foretold(lived_shop: LivedShop, monkeypatch: pytest.MonkeyPatch) -> OpenShop:
    """The shop that lived, on the day after its last; it has a forecast."""
    monkeypatch.setattr("dashboard.stock_health_reads._today", lambda: TODAY)
    return OpenShop(lived_shop.engine.url.render_as_string(hide_password=False), lived_shop.marts)


def counted(app: AppTest) -> int:
    """The number that the page says it lists."""
    told = [
        caption.value for caption in app.caption if " in warehouse" in caption.value or " in a wareh" in caption.value
    ]
    return int(told[0].partition(" ")[0].replace(",", "")) if told else 0


def test_a_shop_without_forecast_is_told_what_to_do(empty_shop: OpenShop, browse: Browse) -> None:
    app = browse(empty_shop, "stock_health", lang="en").run()
    assert not app.exception, app.exception
    assert any("No forecast yet" in block.value for block in app.markdown)


def test_stock_is_counted_by_how_it_stands_and_the_kinds_add_up(foretold: OpenShop, browse: Browse) -> None:
    app = browse(foretold, "stock_health", lang="en").run()
    assert not app.exception, app.exception
    whole = counted(app)
    assert {metric.label for metric in app.metric} == {
        "Out of stock", "Will run short", "Too much", "Unwanted", "Served at once",
    }  # fmt: skip
    counts = 0
    for kind in HEALTH:
        some = browse(foretold, "stock_health", lang="en", health=kind).run()
        assert not some.exception, some.exception
        counts += counted(some)
    assert counts == whole > 0
    assert "excess" in app.dataframe[0].value.columns


def test_a_product_without_forecast_is_said_to_have_none(foretold: OpenShop, browse: Browse) -> None:
    app = browse(foretold, "demand_forecast", lang="en", series="NOBODY1@MAIN").run()
    assert not app.exception, app.exception
    assert any("NOBODY1@MAIN" in warning.value for warning in app.warning)


def test_a_forecast_says_when_the_stock_runs_out(foretold: OpenShop, browse: Browse) -> None:
    app = browse(foretold, "demand_forecast", lang="en").run()
    assert not app.exception, app.exception
    assert any(
        block.value.startswith(("It lasts", "It runs out", "What is on the way", "Nothing is free"))
        for block in app.markdown
    )


@pytest.mark.parametrize(("free", "said"), [(1.0, "It runs out on"), (0.0, "Nothing is free")])
def test_a_shelf_that_does_not_last_the_day_is_not_called_empty(free: float, said: str) -> None:
    days = [TODAY + timedelta(days=ahead) for ahead in range(3)]
    left = [free - 2.0 * (ahead + 1) for ahead in range(3)]
    rows = pl.DataFrame({"day": days, "demand": [2.0] * 3, "came": [0.0] * 3, "left": left, "left_without": left})
    assert told(rows).startswith(said)
