"""The life of past orders: local times to instants, and visits from stamps, each against a slow twin."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from oms_core.workflow.business_time import Calendar
from oms_core.workflow.models import Group
from pipelines.imports.checking import local_to_utc
from pipelines.imports.timeline import STAMPS, are_out_of_order, status_changes, status_visits, trace

ZONES = ("America/Sao_Paulo", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
START = datetime(2017, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 200).map(lambda hours: START + timedelta(hours=hours))
ORDERS = st.tuples(
    st.sampled_from([group for group in Group if group != Group.PREORDER]),
    MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS,
)  # fmt: skip
OPEN_PATH = ("new", "confirm", "supply", "pick", "ship", "deliver")


@given(st.integers(0, 2 * 365 * 24 * 4), st.sampled_from(ZONES))
def test_local_times_become_the_instants_that_the_standard_library_gives(quarters: int, zone: str) -> None:
    """A time that occurs twice is the earlier; one that is skipped is read by the clock before the change."""
    local = datetime(2017, 1, 1) + timedelta(minutes=15 * quarters)  # noqa: DTZ001 - the point is that it has no zone
    fast = pl.DataFrame({"at": [local]}).select(local_to_utc(pl.col("at"), zone)).item()
    assert fast == local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def frame_of(orders: list[tuple]) -> pl.DataFrame:
    stamps = {name: pl.Datetime("us", "UTC") for name in STAMPS}
    rows = [(index, group.value, *at) for index, (group, *at) in enumerate(orders)]
    return pl.DataFrame(rows, schema={"id": pl.Int64, "status": pl.String, **stamps}, orient="row")


def slow_path(group: Group, placed, confirmed, handed, delivered) -> list[tuple[str, datetime]]:
    """Statuses with the moment of entering, the terminal one included."""
    last = max(stamp for stamp in (placed, confirmed, handed, delivered) if stamp)
    path = [("new", placed)]
    if group == Group.NEW:
        return path if last else []
    until_confirmed = max(placed, confirmed or placed)
    if confirmed or group == Group.CONFIRM:
        path.append(("confirm", until_confirmed))
    if group == Group.DELIVER or (group == Group.DONE and handed):
        path.append(("deliver", max(until_confirmed, handed or placed)))
    if group not in {Group.CONFIRM, Group.DELIVER}:
        path.append((group.value, last))
    return path


@given(st.lists(ORDERS, min_size=1, max_size=8))
def test_visits_and_events_follow_the_slow_path(orders: list[tuple]) -> None:
    traced = trace(frame_of(orders))
    visits = status_visits(traced, Calendar("UTC", {}))
    changes = status_changes(traced).sort("order_id", "rank")
    for index, order in enumerate(orders):
        path = slow_path(*order)
        open_path = [(status, at) for status, at in path if status in OPEN_PATH]
        mine = visits.filter(order_id=index)
        assert list(zip(mine["status"], mine["entered_at"], strict=True)) == open_path
        assert mine["visit"].to_list() == list(range(1, len(open_path) + 1))
        lefts = [at for _, at in path[1:]] + ([] if len(path) > len(open_path) else [None])
        assert mine["left_at"].to_list() == lefts
        told = changes.filter(order_id=index)
        statuses = [status for status, _ in path]
        assert told["to_status"].to_list() == statuses
        assert told["from_status"].to_list() == [None, *statuses[:-1]]


@given(st.lists(ORDERS, min_size=1, max_size=8))
def test_visits_never_take_less_than_no_time_and_their_sum_is_the_whole(orders: list[tuple]) -> None:
    traced = trace(frame_of(orders))
    visits = status_visits(traced, Calendar("UTC", {}))
    assert visits.filter(pl.col("wall_seconds") < 0).is_empty()
    closed = traced.filter(pl.col("closed_at").is_not_null())
    whole = dict(closed.select("id", (pl.col("closed_at") - pl.col("placed_at")).dt.total_seconds()).iter_rows())
    parts = visits.filter(pl.col("order_id").is_in(list(whole))).group_by("order_id").agg(pl.col("wall_seconds").sum())
    assert dict(parts.iter_rows()) == whole


@given(ORDERS)
def test_stamps_are_out_of_order_when_a_later_step_has_an_earlier_stamp(order: tuple) -> None:
    known = [stamp for stamp in order[1:] if stamp]
    assert frame_of([order]).select(are_out_of_order()).item() == (known != sorted(known))
