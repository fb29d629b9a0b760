"""A replay foretells what comes: the simulated shop is lived through again with its desk quicker or slower in truth."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.replay import Changes, Outcome, Record, StageChange, replay_orders
from pipelines.simulation.clock import make_horizon
from pipelines.simulation.outcome import settle
from pipelines.simulation.story import live
from pipelines.simulation.trouble import Trouble

DAYS, LAST_DAY, ZONE = 120, date(2026, 6, 20), "Europe/Warsaw"
FIRST_ASKED = LAST_DAY - timedelta(days=80)


def lived(seed: int, work: float = 1.0) -> Record:
    """The record of a shop whose desk needs ``work`` times as long for an order."""
    trouble = Trouble(stage="new", first_day=0, factor=work)
    story = live(make_horizon(LAST_DAY, DAYS, ZONE), orders_per_day=40, seed=seed, trouble=trouble)
    following = pl.col("moment", "status").shift(-1).over("order").name.prefix("next_")
    visits = settle(story).visits.with_columns(following)
    place = np.arange(len(story.wanted.placed_at))
    held = story.handling.manager_at(place, np.minimum(story.course.confirmed_at, story.horizon.end))
    facts = pl.DataFrame({
        "order_id": place, "manager": held.astype(str), "warehouse": story.wanted.warehouse.astype(str),
        "carrier": story.pace.carrier.astype(str),
    })  # fmt: skip
    stays = visits.filter(~pl.col("status").is_in(["done", "cancelled"])).select(
        order_id="order", visit=pl.int_range(pl.len()).over("order"), status_group="status",
        entered_at=pl.from_epoch("moment", time_unit="s").dt.replace_time_zone("UTC"),
        left_at=pl.from_epoch("next_moment", time_unit="s").dt.replace_time_zone("UTC"),
    )  # fmt: skip
    return Record(
        _orders(visits, stays).join(facts.select("order_id", "warehouse"), on="order_id"),
        stays.join(facts, on="order_id", maintain_order="left").sort("order_id", "visit"),
        pl.DataFrame(schema={"order_id": pl.Int64, "warehouse": pl.String, "is_direct": pl.Boolean}),
        pl.DataFrame(), ZONE, LAST_DAY,
    )  # fmt: skip


def _orders(visits: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    ends = visits.group_by(order_id="order").agg(
        is_cancelled=(pl.col("status") == "cancelled").any(),
        is_delivered=(pl.col("status") == "done").any(),
        delivered_at=pl.col("moment").filter(pl.col("status") == "done").first(),
    )
    placed = stays.group_by("order_id").agg(placed_at=pl.col("entered_at").min())
    delivered = pl.from_epoch("delivered_at", time_unit="s").dt.replace_time_zone("UTC")
    return ends.join(placed, on="order_id").sort("order_id").with_columns(
        delivered, closed_at=delivered, placed_day=pl.col("placed_at").dt.date(), is_counted=True,
        is_delivered_in_full=pl.col("is_delivered"), number=pl.col("order_id").cast(pl.String), region=pl.lit("PL"),
        first_promised_day=pl.lit(None, dtype=pl.Date), derived_cause=pl.lit(None, dtype=pl.String),
    ).with_columns(in_period=pl.col("placed_day") >= FIRST_ASKED)  # fmt: skip


def told(outcome: Outcome, stage: str, figure: str) -> tuple[float, float]:
    row = outcome.figures.row(by_predicate=(pl.col("stage") == stage) & (pl.col("figure") == figure), named=True)
    return row["before"], row["after"]


SLOW = pytest.mark.full


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=SLOW) for seed in range(2, 11))])
@pytest.mark.parametrize("hands", [pytest.param(80, marks=SLOW), 125, pytest.param(150, marks=SLOW)])
def test_other_hands_at_the_desk_do_about_what_was_foretold(seed: int, hands: int) -> None:
    foretold = replay_orders(lived(seed), Changes(stages={"new": StageChange(hands)}))
    came = replay_orders(lived(seed, 100 / hands), Changes())
    for stage, most in (("new", 0.5), ("", 0.7)):
        before, after = told(foretold, stage, "median")
        truth, _ = told(came, stage, "median")
        assert abs(after - truth) <= most * abs(truth - before)
