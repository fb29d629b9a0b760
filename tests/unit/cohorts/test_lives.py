"""Lives that end, go on or are cut short: against scipy, by hand, and never flattered by what is stuck."""

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pipelines.cohorts import bars_of, hours_until, stage_lives, survival_curve, survival_difference

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def lives(ended: list[float], going_on: list[float] = []) -> pl.DataFrame:  # noqa: B006 - never written to
    flags = [True] * len(ended) + [False] * len(going_on)
    return pl.DataFrame({"hours": [float(one) for one in (*ended, *going_on)], "has_ended": flags})


def test_the_curve_is_scipys_with_ties_and_lives_that_go_on() -> None:
    random = np.random.default_rng(7)
    ended, going_on = (random.integers(1, 40, size=count) for count in (150, 60))
    told = stats.ecdf(stats.CensoredData(uncensored=ended, right=going_on)).sf
    curve = survival_curve(lives(list(ended), list(going_on)))[1:]
    at = np.isin(told.quantiles, curve["hours"].to_numpy())
    assert curve["surviving"].to_numpy() == pytest.approx(told.probabilities[at])
    band = told.confidence_interval(0.95)
    assert curve["low"].to_numpy() == pytest.approx(band.low.probabilities[at])
    assert curve["high"].to_numpy() == pytest.approx(band.high.probabilities[at])


def test_the_median_is_unknown_while_more_than_half_go_on() -> None:
    assert hours_until(survival_curve(lives([1, 2], [3, 3, 3])), 0.5) is None
    assert hours_until(survival_curve(lives([1, 2, 3, 4])), 0.5) == 2


def test_a_stay_that_a_cancellation_cut_short_or_that_goes_on_has_not_ended() -> None:
    def stay(order: int, visit: int, group: str, left: datetime | None, now: str) -> dict[str, object]:
        entered = NOON.replace(hour=6 + visit)
        return {"number": str(order), "order_id": order, "visit": visit, "status_group": group, "manager": "anna",
                "entered_at": entered, "left_at": left, "entered_day": entered.date(), "is_counted": True,
                "order_status_group": now}  # fmt: skip

    rows = [
        stay(1, 1, "new", NOON, "pick"), stay(1, 2, "pick", None, "pick"),
        stay(2, 1, "new", NOON, "cancelled"), stay(2, 2, "confirm", NOON, "cancelled"),
        stay(3, 1, "new", NOON, "done"), stay(3, 2, "done", None, "done"),
    ]  # fmt: skip
    period = {"date_from": date(2026, 3, 4), "date_to": date(2026, 3, 5), "as_of": NOON}
    found = stage_lives(pl.LazyFrame(rows), **period).collect()
    assert found.select("order_id", "status_group", "hours", "has_ended").rows() == [
        (1, "new", 5, True), (1, "pick", 4, False), (2, "new", 5, True), (2, "confirm", 4, False), (3, "new", 5, True),
    ]  # fmt: skip


def test_the_bars_count_every_life_that_ended_and_the_last_is_open() -> None:
    found = bars_of(lives([*range(1, 100), 4000], [5] * 50))
    assert found["n"].sum() == 100
    assert found.filter(pl.col("low") == 6)["n"].item() == 6  # from 6 to 11 in bars of six hours
    assert (found["high"][-1], found["n"][-1]) == (None, 1)
    assert bars_of(lives([], [3])).is_empty()


def test_a_real_slowing_is_told_with_an_interval_that_holds_it() -> None:
    random = np.random.default_rng(3)
    found = survival_difference(lives(list(random.exponential(10, 800))), lives(list(random.exponential(15, 800))))
    assert found is not None
    assert found.is_told
    assert found.low < 5 * np.log(2) < found.high


def test_of_equal_halves_about_one_in_twenty_is_told_apart_by_chance() -> None:
    random = np.random.default_rng(11)
    told = [
        survival_difference(*(lives(list(random.exponential(10, 60))) for _side in range(2))) for _time in range(300)
    ]
    assert sum(one.is_told for one in told if one is not None) <= 24  # 15 are expected


def test_a_side_whose_slow_ones_still_go_on_looks_no_better() -> None:
    random = np.random.default_rng(5)
    whole = random.exponential(10, 600)
    seen = random.uniform(0, 20, 600)  # how long each has been looked at
    young = lives(list(whole[whole <= seen]), list(seen[whole > seen]))
    found = survival_difference(lives(list(random.exponential(10, 600))), young)
    assert found is not None
    assert not found.is_told
    naive = float(np.median(whole[whole <= seen]))
    assert found.after > 1.3 * naive  # what the ended ones alone would say


def test_too_few_lives_tell_nothing() -> None:
    assert survival_difference(lives([1] * 9), lives([1] * 90)) is None
    assert survival_difference(lives([1] * 90), lives([1] * 20, [2] * 90)) is None
