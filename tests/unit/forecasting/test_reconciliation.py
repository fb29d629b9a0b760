"""Levels that add up: by hand, and where sums of careful means are biased."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forecasting.reconciliation import Trust, learn_trust, reconcile

CUTOFF, WEEKS = date(2026, 1, 4), [date(2026, 1, 5) + timedelta(weeks=week) for week in range(6)]


def frame(rows: list[tuple[str, str, float]]) -> pl.DataFrame:
    """Of one week: unique_id, group, mean."""
    table = pl.DataFrame(rows, schema=["unique_id", "group", "mean"], orient="row")
    return table.with_columns(cutoff=pl.lit(CUTOFF), ds=pl.lit(WEEKS[0]))


LEAVES = frame([("a", "tea", 6.0), ("b", "tea", 2.0), ("c", "cups", 4.0), ("d", "cups", 0.0)])
GROUPS = frame([("", "tea", 12.0), ("", "cups", 4.0)])
WHOLE = frame([("", "", 28.0)]).drop("group")


def test_by_hand():
    # tea (12 + 8) / 2 = 10, cups 4; the whole (28 + 14) / 2 = 21 is 1.5 times their sum: tea 15, cups 6.
    told = reconcile(LEAVES, GROUPS, WHOLE, Trust(0.5, 0.5))

    assert told["mean"].to_list() == [11.25, 3.75, 6.0, 0.0]
    assert told["unique_id"].to_list() == LEAVES["unique_id"].to_list()


@pytest.mark.parametrize(
    ("trust", "total"), [(Trust(0.0, 0.0), 12.0), (Trust(0.0, 1.0), 28.0), (Trust(1.0, 0.0), 16.0)]
)
def test_whom_one_trusts_decides_the_total(trust: Trust, total: float):
    assert reconcile(LEAVES, GROUPS, WHOLE, trust)["mean"].sum() == pytest.approx(total)


def test_what_nobody_expects_stays_nothing_and_a_group_alone_is_its_leaves():
    nothing = LEAVES.with_columns(mean=pl.lit(0.0))
    assert reconcile(nothing, GROUPS, WHOLE, Trust(0.5, 0.5))["mean"].to_list() == [0.0] * 4

    told = reconcile(LEAVES, GROUPS.filter(group="tea"), WHOLE.clear(), Trust(1.0, 1.0))
    assert told["mean"].to_list() == [9.0, 3.0, 4.0, 0.0]


def test_trust_follows_what_was_told_before():
    generator = np.random.default_rng(3)
    truth = generator.poisson(3.0, (40, len(WEEKS))).astype(float)
    leaves = pl.DataFrame(
        {
            "unique_id": np.repeat([f"p{one}" for one in range(40)], len(WEEKS)),
            "group": np.repeat(["tea", "cups"], 20 * len(WEEKS)),
            "cutoff": [CUTOFF] * truth.size, "ds": WEEKS * 40, "mean": np.full(truth.size, 2.2),
        }
    )  # fmt: skip
    groups = pl.DataFrame(
        {
            "group": np.repeat(["tea", "cups"], len(WEEKS)), "cutoff": [CUTOFF] * 12, "ds": WEEKS * 2,
            "mean": [60.0] * 12, "demand": np.concatenate([truth[:20].sum(axis=0), truth[20:].sum(axis=0)]),
        }
    )  # fmt: skip
    whole = groups.group_by("cutoff", "ds", maintain_order=True).agg(pl.col("mean", "demand").sum())

    trust = learn_trust(leaves, groups, whole)
    told = reconcile(leaves, groups, whole, trust)

    assert trust.groups > 0.7  # the sum of careful means is a quarter too low
    assert abs(told["mean"].sum() / truth.sum() - 1) < 0.5 * abs(leaves["mean"].sum() / truth.sum() - 1)


def test_nothing_after_the_cutoff_changes_with_the_order_of_rows():
    shuffled = LEAVES.sample(fraction=1.0, shuffle=True, seed=1)
    assert_frame_equal(
        reconcile(shuffled, GROUPS, WHOLE, Trust(0.5, 0.5)).sort("unique_id"),
        reconcile(LEAVES, GROUPS, WHOLE, Trust(0.5, 0.5)).sort("unique_id"),
    )
