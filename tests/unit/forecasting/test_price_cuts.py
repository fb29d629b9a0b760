"""Promotions told from prices: what is a cut, and what is a rise, a slip or a new usual price."""

from datetime import date, timedelta

import polars as pl
import pytest

from forecasting.price_cuts import planned_cuts, price_cuts

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


def listed(*steps: tuple[int, float], price_list: int = 1, sku: str = "a") -> pl.DataFrame:
    """Prices from a day counted from MONDAY on."""
    rows = [(price_list, sku, MONDAY + timedelta(days=day), price) for day, price in steps]
    schema = {"price_list": pl.Int64, "sku": pl.String, "day": pl.Date, "price": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def weeks_planned(prices: pl.DataFrame, until: int = 140) -> dict[int, float]:
    found = planned_cuts(prices, until=MONDAY + timedelta(days=until))
    return {(ds - MONDAY).days // 7: cut for ds, cut in found.select("ds", "price_cut").iter_rows()}


def test_a_planned_promotion_counts_with_its_share_of_each_week():
    found = weeks_planned(listed((0, 10.0), (74, 8.0), (81, 10.0)))
    assert found == {10: pytest.approx(0.2 * 3 / 7), 11: pytest.approx(0.2 * 4 / 7)}


def test_the_deepest_of_several_lists_and_the_last_price_of_a_day_count():
    shallow, deep = listed((0, 10.0), (70, 9.0), (77, 10.0)), listed((0, 20.0), (70, 14.0), (77, 20.0), price_list=2)
    corrected = pl.concat([listed((0, 10.0), (70, 1.0)), listed((70, 9.0), (77, 10.0))])

    assert weeks_planned(pl.concat([shallow, deep])) == {10: pytest.approx(0.3)}
    assert weeks_planned(corrected) == {10: pytest.approx(0.1)}


def test_a_second_cut_is_measured_from_the_usual_price_not_from_the_first():
    found = weeks_planned(listed((0, 10.0), (70, 8.0), (77, 7.0), (84, 10.0)))
    assert found == {10: pytest.approx(0.2), 11: pytest.approx(0.3)}


def test_a_planned_price_that_stays_low_becomes_usual_and_what_lies_beyond_is_not_told():
    assert max(weeks_planned(listed((0, 10.0), (70, 8.0)))) == 16, "ten weeks and half of 91 days"
    assert max(weeks_planned(listed((0, 10.0), (70, 8.0)), until=83)) == 11
    assert weeks_planned(listed((0, 10.0), (150, 8.0))) == {}


def test_neither_a_rise_nor_a_new_product_nor_a_price_of_nothing_is_a_promotion():
    assert weeks_planned(listed((0, 10.0), (70, 11.0), (100, 10.6))) == {}
    assert weeks_planned(listed((70, 8.0))) == {}
    assert weeks_planned(listed((0, 10.0), (70, 0.0), (77, 10.0))) == {}
    assert weeks_planned(listed()) == {}


def test_what_is_planned_later_changes_no_week_before():
    prices = listed((0, 10.0), (70, 8.0), (77, 10.0), (105, 7.0), (112, 10.0))
    early = weeks_planned(prices, until=97)
    assert (
        early
        == weeks_planned(prices.filter(pl.col("day") < MONDAY + timedelta(days=98)), until=97)
        == {10: pytest.approx(0.2)}
    )
