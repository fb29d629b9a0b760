"""Promotions that the price list plans raise the forecast of their weeks, and of nothing else."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text

from oms_core import door
from pipelines.demand_forecast import publish_forecasts
from pipelines.demand_history import sku_of
from pipelines.known_ahead import PRICE_CUT, listed_prices, with_known_ahead
from pipelines.store import Store
from tests.lasting_shops import MORNING_AFTER, LivedShop

CUT = 0.3
CHOSEN = 12


@pytest.fixture(scope="module")
def prices(lived_shop: LivedShop) -> pl.DataFrame:
    return door.read(lived_shop.sessions, lived_shop.actor, listed_prices)


@pytest.fixture(scope="module")
def told(lived_shop: LivedShop) -> pl.DataFrame:
    return lived_shop.store.frame("forecasts")


def unpromoted(told: pl.DataFrame) -> list[str]:
    """Products that are often asked for and for which nothing is planned."""
    by_product = told.group_by(sku=sku_of(pl.col("unique_id"))).agg(pl.col("mean").sum(), pl.col(PRICE_CUT).max())
    return by_product.filter(pl.col(PRICE_CUT) == 0).sort("mean", descending=True)["sku"].head(CHOSEN).to_list()


def test_the_demo_shop_plans_promotions_and_its_forecast_knows_them(told: pl.DataFrame, prices: pl.DataFrame) -> None:
    assert prices["day"].max() > MORNING_AFTER.date()
    planned = told.filter(pl.col(PRICE_CUT) > 0)
    assert 0 < planned.height < told.height / 5
    assert told[PRICE_CUT].max() <= CUT + 0.01


def test_a_planned_promotion_raises_the_forecast_of_its_week(
    lived_shop: LivedShop, prices: pl.DataFrame, told: pl.DataFrame, tmp_path: Path
) -> None:
    chosen, week = unpromoted(told), told["ds"].unique().sort()[2]
    shutil.copytree(lived_shop.marts, tmp_path / "marts")
    store = Store(str(tmp_path / "marts"))
    now = prices.filter(pl.col("sku").is_in(chosen), pl.col("day") <= week).sort("day").group_by("sku").last()
    begins = now.with_columns(day=pl.lit(week), price=pl.col("price") * (1 - CUT))
    ends = now.with_columns(day=pl.lit(week + timedelta(weeks=1)))

    publish_forecasts(
        store, now=MORNING_AFTER, prices=pl.concat([prices, begins.select(prices.columns), ends.select(prices.columns)])
    )

    keys = ["unique_id", "ds"]
    both = store.frame("forecasts").join(told.select(*keys, before="mean", before_high="q0.9"), on=keys)
    both = both.with_columns(is_planned=sku_of(pl.col("unique_id")).is_in(chosen))
    promoted = both.filter("is_planned", ds=week)
    assert promoted[PRICE_CUT].to_list() == pytest.approx([CUT] * promoted.height)
    assert promoted["mean"].sum() > 1.08 * promoted["before"].sum()
    assert promoted["q0.9"].sum() > 1.08 * promoted["before_high"].sum()
    others = both.filter(~pl.col("is_planned"))
    assert others["mean"].sum() == pytest.approx(others["before"].sum(), rel=0.05)


def test_a_price_begins_on_the_day_of_the_channel_that_sells_by_it(lived_shop: LivedShop) -> None:
    with lived_shop.sessions() as session:
        sku = session.execute(text("SELECT min(sku) FROM products")).scalar_one()
        session.execute(
            text("""
            INSERT INTO prices (price_list_id, product_id, valid_from, unit_price)
            SELECT c.price_list_id, p.id, :at, 1 FROM channels c, products p
            WHERE p.sku = :sku AND c.price_list_id IS NOT NULL LIMIT 1
            """),
            {"sku": sku, "at": datetime(2031, 3, 4, 23, 0, tzinfo=UTC)},
        )
        listed = listed_prices(session).filter(pl.col("day") > date(2031, 1, 1), sku=sku)
        session.rollback()

    assert listed["day"].to_list() == [date(2031, 3, 5)], "midnight in Warsaw is eleven in the evening in UTC"


def test_a_shop_that_never_cut_a_price_is_forecast_as_before(lived_shop: LivedShop, prices: pl.DataFrame) -> None:
    history = lived_shop.store.frame("forecast_history")
    steady = prices.group_by("price_list", "sku").agg(pl.col("day").min(), pl.col("price").first())

    assert with_known_ahead(history, steady.select(prices.columns), 6).equals(history)
    assert with_known_ahead(history, prices.clear(), 6).equals(history)
    assert with_known_ahead(history, None, 6).equals(history)
