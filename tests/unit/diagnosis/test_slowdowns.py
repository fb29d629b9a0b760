"""A stage that has slowed is named with the day it began; quiet weeks, one bad day and the future are not."""

import random
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from pipelines.diagnosis import Slowdown, find_slowdowns
from pipelines.simulation.clock import make_horizon
from pipelines.simulation.outcome import settle
from pipelines.simulation.story import live
from pipelines.simulation.trouble import Trouble

DAYS, CALM_DAYS, SLOW_DAYS, LAST_DAY = 200, 35, 14, date(2026, 6, 20)
STAGES = ("new", "confirm", "pick", "ship", "deliver")
NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)


def simulated(seed: int, stage: str = "", factor: float = 1.0) -> list[Slowdown]:
    trouble = Trouble(DAYS - CALM_DAYS, stage, DAYS - SLOW_DAYS, factor)
    story = live(make_horizon(LAST_DAY, DAYS, "Europe/Warsaw"), orders_per_day=60, seed=seed, trouble=trouble)
    following = pl.col("moment", "status").shift(-1).over("order").name.prefix("next_")
    visits = settle(story).visits.with_columns(following).filter(~pl.col("status").is_in(["done", "cancelled"]))
    stays = visits.select(
        pl.from_epoch("moment", time_unit="s").dt.replace_time_zone("UTC").alias("entered_at"),
        pl.from_epoch("next_moment", time_unit="s").dt.replace_time_zone("UTC").alias("left_at"),
        status_group="status",
        was_cut_short=(pl.col("next_status") == "cancelled").fill_null(value=False),
    )
    end = datetime.fromtimestamp(story.horizon.end, UTC)
    return find_slowdowns(stays, now=end, time_zone="Europe/Warsaw")


def stays_of(hours_on: dict[int, float], *, days: int = 130, usual: float = 5.0) -> pl.DataFrame:
    """Twenty stays a day of ``usual`` hours more or less, longer on some days (counted back from now)."""
    chance = random.Random(7)
    rows = []
    for day in range(days):
        for _ in range(20):
            entered = NOW - timedelta(days=day, hours=chance.uniform(1, 11))
            left = entered + timedelta(hours=hours_on.get(day, usual) * chance.lognormvariate(0, 0.4))
            rows.append(("pick", entered, left if left <= NOW else None, False))
    instant = pl.Datetime("us", "UTC")
    names = {"status_group": pl.String(), "entered_at": instant, "left_at": instant, "was_cut_short": pl.Boolean()}
    return pl.DataFrame(rows, schema=names, orient="row")


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(3, 21))])
def test_the_stage_that_slowed_is_named(seed: int) -> None:
    stage = STAGES[seed % 5]
    costliest, *_others = simulated(seed, stage, 2.0)
    assert costliest.stage == stage
    began = LAST_DAY - timedelta(days=SLOW_DAYS)
    assert abs((costliest.since - began).days) <= 10
    assert costliest.hours_since > 1.3 * costliest.usual_hours
    assert costliest.slow_share > costliest.usual_share + 0.1


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(3, 21))])
def test_quiet_weeks_raise_no_alarm(seed: int) -> None:
    assert simulated(seed) == []


def test_the_day_it_began_is_found_and_the_hours_lost_are_counted() -> None:
    (found,) = find_slowdowns(stays_of(dict.fromkeys(range(12), 12.0)), now=NOW)
    assert found.since == NOW.date() - timedelta(days=11)
    assert found.usual_hours == pytest.approx(5, rel=0.1)
    assert found.hours_since == pytest.approx(12, rel=0.15)
    assert found.hours_lost == pytest.approx(found.stays * (12 - 5) * 1.08, rel=0.15)  # the mean of such a draw


def test_orders_that_do_not_leave_at_all_are_a_slowdown() -> None:
    (found,) = find_slowdowns(stays_of(dict.fromkeys(range(9), 10_000.0)), now=NOW)
    assert found.slow_share == 1.0
    assert found.hours_since > 24


def test_one_bad_day_is_no_slowdown() -> None:
    assert find_slowdowns(stays_of({3: 60.0, 4: 60.0}), now=NOW) == []


def test_a_stage_that_was_always_slow_has_not_slowed() -> None:
    assert find_slowdowns(stays_of({}, usual=90.0), now=NOW) == []


def test_a_short_history_says_nothing() -> None:
    assert find_slowdowns(stays_of(dict.fromkeys(range(10), 20.0), days=37).head(0), now=NOW) == []
    assert find_slowdowns(stays_of(dict.fromkeys(range(10), 20.0), days=38), now=NOW) == []


def test_what_comes_later_changes_nothing() -> None:
    stays, then = stays_of(dict.fromkeys(range(12), 12.0)), NOW - timedelta(days=2)
    known = stays.filter(pl.col("entered_at") <= then).with_columns(
        left_at=pl.when(pl.col("left_at") <= then).then("left_at")
    )
    assert find_slowdowns(stays, now=then) == find_slowdowns(known, now=then) != []
