"""Promotions told from prices: what is a cut, and what is a rise, a slip or a new usual price."""

from datetime import date, timedelta

import polars as pl
import pytest

from forecasting.price_cuts import price_cuts

MONDAY = date(2026, 3, 2)


def sold(*prices: float, every: int = 1, sku: str = "a") -> pl.DataFrame:
    days = [MONDAY + timedelta(days=every * number) for number in range(len(prices))]
    return pl.DataFrame({"sku": [sku] * len(prices), "day": days, "unit_price": prices})


def weeks_cut(found: pl.DataFrame) -> dict[int, float]:
    return {(ds - MONDAY).days // 7: cut for ds, cut in found.select("ds", "cut").iter_rows()}


def test_a_week_tells_the_deepest_cut_of_its_days():
    found = weeks_cut(price_cuts(sold(*[10.0] * 10, 8.0, 7.0, *[10.0] * 9)))
    assert found == {1: pytest.approx(0.3)}


def test_neither_a_rise_nor_a_small_step_is_a_promotion():
    assert price_cuts(sold(*[10.0] * 10, *[10.4] * 10, *[10.0] * 10, *[9.6] * 10)).is_empty()


def test_a_slip_in_one_line_of_many_and_one_alone_are_no_promotion():
    among_others = pl.concat([sold(*[10.0] * 20), sold(*[10.0] * 15, 1.0), sold(*[10.0] * 20)])
    assert price_cuts(among_others).is_empty()
    assert price_cuts(sold(*[10.0] * 15, 1.0, *[10.0] * 4)).is_empty()


def test_a_price_that_stays_low_becomes_the_usual_one():
    found = weeks_cut(price_cuts(sold(*[10.0] * 35, *[8.0] * 70)))
    assert min(found) == 5
    assert max(found) < 12, "for half of the days before the new price holds already"


def test_nothing_is_told_before_a_price_is_known_or_when_it_was_long_ago():
    assert price_cuts(sold(10.0, 10.0, 7.0)).is_empty()
    assert price_cuts(sold(10.0, 10.0, 10.0, 7.0, every=60)).is_empty()


def test_products_do_not_mix():
    found = price_cuts(pl.concat([sold(*[10.0] * 20), sold(*[5.0] * 14, 4.0, sku="b")]))
    assert found["sku"].to_list() == ["b"]


def test_a_shop_that_sold_nothing_has_none():
    assert price_cuts(sold(*[10.0] * 1).clear()).is_empty()
