"""The slowed stage in orders that really were: Black Friday of 2017 and the weeks around it."""

from datetime import UTC, date, datetime

import pytest

from pipelines.diagnosis import Slowdown, find_slowdowns, read_stays
from pipelines.store import Store

pytestmark = [pytest.mark.real, pytest.mark.full]


def slowed(store: Store, now: datetime) -> list[Slowdown]:
    return find_slowdowns(read_stays(store, channel="olist", now=now), now=now, time_zone="America/Sao_Paulo")


def test_the_carriers_slowed_with_black_friday(olist_store: Store) -> None:
    (found,) = slowed(olist_store, datetime(2017, 12, 20, tzinfo=UTC))
    assert found.stage == "deliver"
    assert date(2017, 11, 16) <= found.since <= date(2017, 11, 27)
    assert found.hours_since > 1.25 * found.usual_hours


@pytest.mark.parametrize("month", [6, 7, 8, 9])
def test_the_quiet_winter_raises_no_alarm(olist_store: Store, month: int) -> None:
    assert slowed(olist_store, datetime(2017, month, 20, tzinfo=UTC)) == []
