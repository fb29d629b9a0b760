"""What the parts of a cut contributed to a change: nothing is left over, and mix is told from rate."""

from collections.abc import Mapping

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.diagnosis import explain_change
from pipelines.metrics import Shape

Sums = dict[str, tuple[float, float]]


def measured(parts: Mapping[str, tuple[float, float]]) -> pl.DataFrame:
    schema = {"region": pl.String, "numerator": pl.Float64, "denominator": pl.Float64}
    return pl.DataFrame([(part, *sums) for part, sums in parts.items()], schema=schema, orient="row")


def ratio(parts: Mapping[str, tuple[float, float]]) -> float:
    return sum(numerator for numerator, _ in parts.values()) / sum(denominator for _, denominator in parts.values())


PARTS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 500), st.integers(1, 500)), min_size=1, max_size=8
)


@given(PARTS, PARTS)
def test_of_a_ratio_nothing_is_left_over(now: Sums, before: Sums) -> None:
    explained = explain_change(measured(now), measured(before), cut="region", shape=Shape.RATIO)
    assert explained["contribution"].sum() == pytest.approx(ratio(now) - ratio(before), abs=1e-9)
    assert set(explained["part"]) == {*now, *before}


@given(PARTS, PARTS)
def test_of_a_sum_nothing_is_left_over(now: Sums, before: Sums) -> None:
    explained = explain_change(measured(now), measured(before), cut="region", shape=Shape.SUM)
    change = sum(sums[0] for sums in now.values()) - sum(sums[0] for sums in before.values())
    assert explained["contribution"].sum() == pytest.approx(change)
    assert explained["unexpected"].sum() == pytest.approx(0, abs=1e-6)


def test_a_shift_of_mix_is_not_taken_for_worse_rates() -> None:
    before = {"north": (10, 100), "south": (40, 100)}
    now = {"north": (5, 50), "south": (60, 150)}  # the same rates, more of the south
    explained = explain_change(measured(now), measured(before), cut="region", shape=Shape.RATIO)
    assert explained["rate_effect"].abs().sum() == pytest.approx(0)
    assert explained["mix_effect"].sum() == pytest.approx(65 / 200 - 50 / 200)


def test_the_part_whose_rate_fell_comes_first() -> None:
    before = {"north": (90, 100), "south": (90, 100), "west": (90, 100)}
    now = {"north": (90, 100), "south": (60, 100), "west": (90, 100)}
    first = explain_change(measured(now), measured(before), cut="region", shape=Shape.RATIO).row(0, named=True)
    assert first["part"] == "south"
    assert first["contribution"] == first["rate_effect"] == pytest.approx(-0.1)


def test_a_part_without_a_name_and_one_that_is_new_are_parts() -> None:
    now, before = measured({"": (5, 0), "new": (7, 0)}), measured({"": (2, 0)})
    now, before = (frame.with_columns(region=pl.col("region").replace("", None)) for frame in (now, before))
    explained = explain_change(now, before, cut="region", shape=Shape.SUM)
    assert dict(explained.select("part", "contribution").iter_rows()) == {None: 3.0, "new": 7.0}


def test_a_median_has_no_parts() -> None:
    with pytest.raises(ValueError, match="no sum of its parts"):
        explain_change(measured({}), measured({}), cut="region", shape=Shape.DURATION)
