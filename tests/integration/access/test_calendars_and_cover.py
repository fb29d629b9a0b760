"""Working hours as edited, and the orders of those who are away: none is left without an owner who is there."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from building import a_product, an_order
from sqlalchemy import text
from trying import NOW, add

from oms_core import door
from oms_core.access.absences import add_absence
from oms_core.access.actors import SYSTEM, find_actor
from oms_core.access.models import Role
from oms_core.access.users import deactivate_user
from oms_core.bulk import release_open_orders, release_uncovered
from oms_core.errors import Invalid
from oms_core.orders.absence_cover import list_open_orders, list_uncovered, release_order
from oms_core.orders.assignment import assign_order
from oms_core.orders.cancellation import cancel_order
from oms_core.workflow.alerts import list_alerts
from oms_core.workflow.calendars import load_calendar
from oms_core.workflow.validation import save_rule
from oms_core.workflow.working_hours import CalendarView, DayThatDiffers, list_calendars, save_calendar

LATE = CalendarView(
    "late", "Late", "Europe/Warsaw", {0: [(time(11), time(15)), (time(16), time(19))], 5: [(time(9), time(12))]},
    [DayThatDiffers(date(2026, 12, 24), time(9), time(12), "Eve"), DayThatDiffers(date(2026, 12, 25))],
)  # fmt: skip


def audited(sessions):
    with sessions() as session:
        return session.scalar(text("SELECT count(*) FROM audit_log WHERE table_name LIKE 'calendar%'"))


def test_a_calendar_is_kept_as_it_was_given_and_counts_so(sessions, admin):
    door.run(sessions, admin, save_calendar, calendar=LATE)
    kept = next(one for one in door.read(sessions, admin, list_calendars) if one.code == "late")
    assert (kept.hours, list(kept.exceptions), kept.people) == (LATE.hours, list(LATE.exceptions), 0)
    with sessions() as session:
        number = session.scalar(text("SELECT id FROM work_calendars WHERE code = 'late'"))
        assert load_calendar(session, number).exceptions[date(2026, 12, 25)] == []


def test_saving_the_same_again_changes_nothing_and_less_takes_away(sessions, admin):
    door.run(sessions, admin, save_calendar, calendar=LATE)
    before = audited(sessions)
    door.run(sessions, admin, save_calendar, calendar=LATE)
    assert audited(sessions) == before
    less = CalendarView(
        "late", "Late", "Europe/Warsaw", {0: [(time(11), time(16))]}, [DayThatDiffers(date(2026, 12, 24))]
    )
    door.run(sessions, admin, save_calendar, calendar=less)
    kept = next(one for one in door.read(sessions, admin, list_calendars) if one.code == "late")
    assert (kept.hours, list(kept.exceptions)) == (less.hours, list(less.exceptions))


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"code": "Late!"}, "code"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"hours": {0: [(time(9), time(12)), (time(11), time(13))]}}, "hours[0]"),
        ({"hours": {0: [(time(12), time(9))]}}, "hours[0]"),
        ({"hours": {7: [(time(9), time(12))]}}, "hours"),
        ({"exceptions": [DayThatDiffers(date(2026, 1, 1)), DayThatDiffers(date(2026, 1, 1))]}, "exceptions"),
        ({"exceptions": [DayThatDiffers(date(2026, 1, 1), time(9))]}, "exceptions"),
    ],
)
def test_hours_that_make_no_sense_are_refused_with_their_field(sessions, admin, facts, field):
    calendar = CalendarView(**({"code": "late", "name": "Late", "time_zone": "UTC"} | facts))
    with pytest.raises(Invalid) as refused:
        door.run(sessions, admin, save_calendar, calendar=calendar)
    assert [row["field"] for row in refused.value.rows] == [field]


@pytest.fixture
def desk(sessions, admin):
    """Anna answers for three open orders and a cancelled one; Boris and Clara are there, Clara away today."""
    for login in ("anna", "boris", "clara"):
        add(sessions, admin, login, Role.MANAGER, password=None)
    with sessions.begin() as session:
        a_product(session, "TEA")
        numbers = [an_order(session, {"TEA": 1}).number for _ in range(4)]
    for number in numbers:
        door.run(sessions, admin, assign_order, number=number, manager="anna")
    door.run(sessions, admin, cancel_order, number=numbers[3], reason="duplicate")
    door.run(sessions, admin, add_absence, login="clara", first_day=NOW.date(), last_day=NOW.date())
    return numbers[:3]


def uncovered(sessions, admin):
    return {one.login: one.open_orders for one in door.read(sessions, admin, list_uncovered, now=NOW)}


@pytest.mark.parametrize("to", [None, "boris"])
@pytest.mark.parametrize("leaves", [True, False])
def test_nothing_open_hangs_on_somebody_away_or_gone_once_it_is_given_away(sessions, admin, desk, to, leaves):
    assert uncovered(sessions, admin) == {}
    if leaves:
        door.run(sessions, admin, deactivate_user, login="anna")
    else:
        door.run(sessions, admin, add_absence, login="anna", first_day=NOW.date(), last_day=NOW.date())
    assert uncovered(sessions, admin) == {"anna": 3}
    assert [one.number for one in door.read(sessions, admin, list_open_orders, login="anna")] == desk
    released = release_open_orders(sessions, admin, at=NOW, login="anna", to=to)
    assert [(one.number, one.ok) for one in released] == [(number, True) for number in desk]
    assert uncovered(sessions, admin) == {}
    with sessions() as session:
        owners = session.execute(text("SELECT DISTINCT u.login FROM orders o LEFT JOIN users u ON u.id = o.manager_id"
                                      " WHERE o.closed_at IS NULL")).scalars()  # fmt: skip
        assert list(owners) == [to]


@pytest.mark.parametrize("to", ["clara", "anna", "nobody"])
def test_orders_are_not_given_to_who_is_away_unknown_or_the_same(sessions, admin, desk, to):
    with pytest.raises(Invalid) as refused:
        release_open_orders(sessions, admin, at=NOW, login="anna", to=to)
    assert refused.value.code == "colleague_away"
    assert [one.number for one in door.read(sessions, admin, list_open_orders, login="anna")] == desk


def test_one_order_that_a_rule_keeps_does_not_keep_the_others(sessions, admin, desk):
    rule = {
        "code": "kept", "name": "Kept", "message": "This one stays.", "field": "manager", "severity": "refuse",
        "expression": f"order.number != '{desk[1]}'", "changes": ["assign"], "is_active": True,
    }  # fmt: skip
    door.run(sessions, admin, save_rule, document=rule)
    released = release_open_orders(sessions, admin, at=NOW, login="anna", to="boris")
    assert [(one.number, one.code) for one in released] == [(desk[0], ""), (desk[1], "rule_broken"), (desk[2], "")]
    assert [one.number for one in door.read(sessions, admin, list_open_orders, login="anna")] == [desk[1]]


def test_an_order_given_to_another_meanwhile_is_left_there(sessions, admin, desk):
    door.run(sessions, admin, assign_order, number=desk[0], manager="clara")
    door.run(sessions, admin, release_order, number=desk[0], login="anna", to="boris")
    assert [one.number for one in door.read(sessions, admin, list_open_orders, login="clara")] == [desk[0]]


def test_a_day_begins_by_the_calendar_of_who_is_away(sessions, admin, desk):
    """At noon in UTC it is the next day in Kiritimati: an absence of tomorrow has begun there."""
    kiritimati = CalendarView("far", "Far", "Pacific/Kiritimati")
    door.run(sessions, admin, save_calendar, calendar=kiritimati)
    tomorrow = date(2026, 3, 3)
    door.run(sessions, admin, add_absence, login="anna", first_day=tomorrow, last_day=tomorrow)
    assert uncovered(sessions, admin) == {}
    with sessions.begin() as session:
        session.execute(text("UPDATE users SET calendar_id = (SELECT id FROM work_calendars WHERE code = 'far')"))
    assert uncovered(sessions, admin) == {"anna": 3}


def owners(sessions):
    with sessions() as session:
        query = (
            "SELECT o.number, u.login FROM orders o LEFT JOIN users u ON u.id = o.manager_id WHERE o.closed_at IS NULL"
        )
        return dict(session.execute(text(query)).all())


def events(sessions):
    with sessions() as session:
        return session.scalar(text("SELECT count(*) FROM order_events"))


@pytest.fixture
def system(sessions):
    return door.read(sessions, None, find_actor, login=SYSTEM)


def test_what_somebody_has_open_goes_to_the_pool_when_their_absence_begins_and_not_before(
    sessions, admin, system, desk
):
    first = NOW.date() + timedelta(days=2)
    door.run(sessions, admin, add_absence, login="anna", first_day=first, last_day=first + timedelta(days=3))
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
    assert release_uncovered(sessions, system, at=begins - timedelta(seconds=1)) == 0
    assert owners(sessions) == dict.fromkeys(desk, "anna")
    assert release_uncovered(sessions, system, at=begins) == 3
    assert owners(sessions) == dict.fromkeys(desk)
    before = events(sessions)
    assert [release_uncovered(sessions, system, at=begins + timedelta(hours=hour)) for hour in range(3)] == [0, 0, 0]
    assert events(sessions) == before


def test_who_is_back_keeps_what_they_are_given_and_who_left_keeps_nothing(sessions, admin, system, desk):
    door.run(sessions, admin, add_absence, login="anna", first_day=NOW.date(), last_day=NOW.date())
    assert release_uncovered(sessions, system, at=NOW) == 3
    for number, login in zip(desk, ("anna", "boris", "boris"), strict=True):
        door.run(sessions, admin, assign_order, number=number, manager=login)
    door.run(sessions, admin, deactivate_user, login="boris")
    assert release_uncovered(sessions, system, at=NOW + timedelta(days=1)) == 2
    assert owners(sessions) == {desk[0]: "anna", desk[1]: None, desk[2]: None}


def test_an_order_that_a_rule_keeps_from_the_pool_raises_one_alert_until_it_is_settled(sessions, admin, system, desk):
    rule = {
        "code": "kept", "name": "Kept", "message": "This one stays.", "field": "manager", "severity": "refuse",
        "expression": f"order.number != '{desk[1]}'", "changes": ["assign"], "is_active": True,
    }  # fmt: skip
    door.run(sessions, admin, save_rule, document=rule)
    door.run(sessions, admin, add_absence, login="anna", first_day=NOW.date(), last_day=NOW.date())
    assert [release_uncovered(sessions, system, at=NOW) for _minute in range(3)] == [2, 0, 0]
    (alert,) = door.read(sessions, admin, list_alerts)
    assert (alert.kind, alert.reference, alert.details["code"]) == ("order_uncovered", desk[1], "rule_broken")
    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM rule_hits")) == 1
    door.run(sessions, admin, cancel_order, number=desk[1], reason="duplicate")
    assert release_uncovered(sessions, system, at=NOW) == 0
    assert door.read(sessions, admin, list_alerts) == []
