"""Hourly costs: kept by team and day in one's own name, told in the audit, seen and set by whom it concerns."""

from datetime import date
from decimal import Decimal

import pytest
from shops import fill
from sqlalchemy import text

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.errors import Forbidden, Invalid, NotFound
from oms_core.steering.hourly_costs import list_hourly_costs, set_hourly_cost

MONDAY = date(2026, 11, 23)
AN_HOUR = {"cost": Decimal("24.50"), "currency": "EUR", "first_day": MONDAY}


def test_the_same_day_again_corrects_what_an_hour_costs_and_the_audit_tells_both(fresh_sessions, admin):
    assert door.read(fresh_sessions, admin, list_hourly_costs) == [], "nothing is invented"
    for cost in (Decimal(20), Decimal("24.50")):
        door.run(fresh_sessions, admin, set_hourly_cost, **AN_HOUR | {"cost": cost})
    (kept,) = door.read(fresh_sessions, admin, list_hourly_costs)
    assert (kept.team, kept.first_day, kept.cost, kept.currency) == (None, MONDAY, Decimal("24.50"), "EUR")
    with fresh_sessions() as session:
        told = session.execute(
            text("SELECT action, after FROM audit_log WHERE table_name = 'hourly_costs' ORDER BY id")
        )
        assert [(row.action, row.after["cost"]) for row in told] == [("insert", 20), ("update", 24.5)]


def test_a_cost_that_is_none_is_refused_and_so_is_a_team_that_is_none(fresh_sessions, admin):
    for wrong in ({"cost": Decimal(0)}, {"cost": Decimal("1.005")}, {"currency": "euro"}):
        with pytest.raises(Invalid):
            door.run(fresh_sessions, admin, set_hourly_cost, **AN_HOUR | wrong)
    with pytest.raises(NotFound):
        door.run(fresh_sessions, admin, set_hourly_cost, **AN_HOUR, team="nobodys")
    assert door.read(fresh_sessions, admin, list_hourly_costs) == []


def test_wages_are_seen_by_who_sees_costs_and_set_by_who_keeps_people(fresh_sessions):
    fill(fresh_sessions, orders=1)
    anna, lena = (door.read(fresh_sessions, None, find_actor, login=login) for login in ("anna", "lena"))
    with pytest.raises(Forbidden):
        door.read(fresh_sessions, anna, list_hourly_costs)
    assert door.read(fresh_sessions, lena, list_hourly_costs) == []
    with pytest.raises(Forbidden):
        door.run(fresh_sessions, lena, set_hourly_cost, **AN_HOUR)
