"""The vectorised business time equals the slow, obvious one."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from oms_core.workflow.business_time import Calendar
from oms_core.workflow.business_time import business_seconds as slow_business_seconds
from pipelines.business_time import business_seconds

SAO_PAULO = Calendar(
    "America/Sao_Paulo",
    {day: [(time(9), time(12)), (time(13), time(18))] for day in range(5)} | {5: [(time(0), time(23, 59))]},
    {date(2017, 10, 12): [], date(2017, 10, 15): [(time(10), time(11))]},
)
INSTANTS = st.integers(0, 200 * 86_400).map(
    lambda seconds: datetime(2017, 9, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def column(*instants: datetime | None) -> pl.Series:
    return pl.Series("at", list(instants), dtype=pl.Datetime("us", "UTC"))


@given(st.lists(st.tuples(INSTANTS, INSTANTS), min_size=1, max_size=30))
def test_every_row_equals_the_slow_twin(periods: list[tuple[datetime, datetime]]) -> None:
    starts, ends = zip(*periods, strict=True)
    fast = business_seconds(column(*starts), column(*ends), SAO_PAULO).to_list()
    assert fast == [slow_business_seconds(start, end, SAO_PAULO) for start, end in periods]


def test_a_row_without_an_end_has_no_business_time() -> None:
    start = datetime(2018, 1, 1, tzinfo=UTC)
    fast = business_seconds(column(start, None, start), column(None, start, start + timedelta(days=1)), SAO_PAULO)
    assert fast.to_list() == [None, None, slow_business_seconds(start, start + timedelta(days=1), SAO_PAULO)]


def test_a_calendar_that_never_opens_counts_nothing() -> None:
    start = datetime(2018, 1, 1, tzinfo=UTC)
    assert business_seconds(column(start), column(start + timedelta(days=9)), Calendar("UTC", {})).to_list() == [0]
