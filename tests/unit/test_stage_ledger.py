"""The ledger of stays: by the clock and in working hours, each coming back counted, the stay of now so far."""

from datetime import UTC, datetime, time
from types import SimpleNamespace
from typing import Any

from oms_core.orders.card_views import HeldView, StayView
from oms_core.orders.stage_ledger import Spent, ledger_of, spent_by_stage
from oms_core.workflow.business_time import Calendar
from oms_core.workflow.models import Group

HOUR = 3_600
OFFICE = Calendar("Europe/Warsaw", {day: [(time(9), time(17))] for day in range(5)})


def at(day: int, hour: int) -> datetime:
    """In October 2026: the 23rd is a Friday, in the night to Sunday the 25th summer time ends."""
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def an_order(calendar: Calendar, *stays: tuple[str, Group, datetime, datetime | None, int | None, int | None]) -> Any:
    """As much of a card as the ledger reads."""
    views = tuple(StayView(status, status.title(), *facts) for status, *facts in stays)
    return SimpleNamespace(stays=views, held=(), surroundings=SimpleNamespace(calendar=calendar))


def test_a_stay_that_goes_on_counts_so_far_over_a_weekend_and_the_end_of_summer():
    card = an_order(OFFICE, ("new", Group.NEW, at(23, 13), None, None, None))
    [stay] = ledger_of(card, now=at(26, 10))
    assert (stay.wall_seconds, stay.business_seconds) == (69 * HOUR, 4 * HOUR), "15-17 on Friday, 9-11 on Monday"
    assert stay.left_at is None


def test_every_coming_back_is_a_stay_of_its_own_and_counts_in_its_stage():
    card = an_order(
        OFFICE,
        ("new", Group.NEW, at(20, 8), at(20, 9), HOUR, HOUR),
        ("confirm", Group.CONFIRM, at(20, 9), at(20, 10), HOUR, HOUR),
        ("no_answer", Group.CONFIRM, at(20, 10), at(20, 12), 2 * HOUR, 2 * HOUR),
        ("pick", Group.PICK, at(20, 12), at(20, 13), HOUR, HOUR),
        ("confirm", Group.CONFIRM, at(20, 13), at(21, 13), 24 * HOUR, 8 * HOUR),
    )  # fmt: skip
    stays = ledger_of(card, now=at(25, 0))
    assert [(stay.status, stay.visit) for stay in stays if stay.status == "confirm"] == [("confirm", 1), ("confirm", 2)]
    spent = spent_by_stage(stays)
    assert list(spent) == [Group.NEW, Group.CONFIRM, Group.PICK]
    assert spent[Group.CONFIRM] == Spent(2, 27 * HOUR, 11 * HOUR), "two statuses in a row are one visit of the stage"
    assert sum(one.wall_seconds for one in spent.values()) == 29 * HOUR


def test_where_no_working_hours_are_kept_none_are_made_up():
    card = an_order(Calendar("UTC", {}), ("new", Group.NEW, at(20, 8), None, None, None))
    stays = ledger_of(card, now=at(20, 11))
    assert (stays[0].wall_seconds, stays[0].business_seconds) == (3 * HOUR, None)
    assert spent_by_stage(stays) == {Group.NEW: Spent(1, 3 * HOUR, None)}


def test_the_time_on_hold_is_told_apart_stay_by_stay():
    card = an_order(
        OFFICE,
        ("new", Group.NEW, at(20, 8), at(20, 10), 2 * HOUR, 2 * HOUR),
        ("confirm", Group.CONFIRM, at(20, 10), None, None, None),
    )
    card.held = (HeldView(at(20, 9), at(20, 11)), HeldView(at(20, 14), None))
    stays = ledger_of(card, now=at(20, 15))
    assert [stay.held_seconds for stay in stays] == [HOUR, 2 * HOUR], "an open hold lasts until now"
    assert [stay.wall_seconds for stay in stays] == [2 * HOUR, 5 * HOUR]
