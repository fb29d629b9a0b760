"""Raw demand rows become a clean history."""

from datetime import date, timedelta

import polars as pl
from polars.testing import assert_frame_equal

from forecasting.history import SCHEMA, build_history


def raw(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame(
        rows,
        schema={"unique_id": pl.String, "ds": pl.Date, "demand": pl.Float64, "stocked_out": pl.Boolean},
        orient="row",
    )


def test_days_without_rows_are_zero_from_the_first_demand_to_the_last_day():
    demand = raw(("A", date(2024, 1, 1), 0, False), ("A", date(2024, 1, 2), 3, False), ("B", date(2024, 1, 4), 1, True))

    made = build_history(demand, until=date(2024, 1, 5), freq="1d")

    expected = pl.DataFrame(
        [
            ("A", date(2024, 1, 2), 3.0, 0.0),
            ("A", date(2024, 1, 3), 0.0, 0.0),
            ("A", date(2024, 1, 4), 0.0, 0.0),
            ("A", date(2024, 1, 5), 0.0, 0.0),
            ("B", date(2024, 1, 4), 1.0, 1.0),
            ("B", date(2024, 1, 5), 0.0, 0.0),
        ],
        schema=SCHEMA,
        orient="row",
    )
    assert_frame_equal(made, expected)


def test_weeks_run_from_monday_and_partial_ones_at_both_ends_are_dropped():
    wednesday = date(2024, 1, 3)
    days = [wednesday + timedelta(days=number) for number in range(16)]  # to Thursday 18 January
    demand = raw(*[("A", day, 1, day == date(2024, 1, 9)) for day in days])

    made = build_history(demand, until=days[-1], freq="1w")

    assert made.rows() == [("A", date(2024, 1, 8), 7.0, 1 / 7)]


def test_rows_after_the_last_day_change_nothing():
    rows = [("A", date(2024, 1, 1) + timedelta(days=number), number % 3, False) for number in range(28)]
    later = [("A", date(2024, 2, 5), 99, True), ("Z", date(2024, 2, 5), 99, True)]

    until = date(2024, 1, 28)

    assert_frame_equal(build_history(raw(*rows), until=until), build_history(raw(*rows, *later), until=until))


def test_negative_demand_counts_as_none_and_an_unknown_one_stays_unknown():
    demand = raw(
        ("A", date(2024, 1, 1), 5, False),
        ("A", date(2024, 1, 2), -4, False),
        ("A", date(2024, 1, 3), None, False),
    )

    made = build_history(demand, until=date(2024, 1, 4), freq="1d")

    assert made["demand"].to_list() == [5.0, 0.0, None, 0.0]


def test_covariates_are_averaged_and_carried_over_periods_without_rows():
    demand = raw(("A", date(2024, 1, 1), 5, False), ("A", date(2024, 1, 3), 1, False)).with_columns(
        price=pl.Series([2.0, 3.0])
    )

    made = build_history(demand, until=date(2024, 1, 4), freq="1d", covariates=["price"])

    assert made["price"].to_list() == [2.0, 2.0, 3.0, 3.0]


def test_months_and_an_empty_feed_are_no_special_case():
    demand = raw(("A", date(2024, 1, 1), 5, False), ("A", date(2024, 3, 31), 1, False))

    assert build_history(demand, until=date(2024, 3, 31), freq="1mo")["demand"].to_list() == [5.0, 0.0, 1.0]
    assert build_history(demand.clear(), until=date(2024, 3, 31)).is_empty()
