"""Levelling: who works on orders in which hours, what they have open, and handing over all or nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from shops import fill
from sqlalchemy import text

from oms_core import door, integrity
from oms_core.access.absences import add_absence
from oms_core.access.actors import find_actor
from oms_core.errors import Conflict, Forbidden
from oms_core.orders.assignment import assign_order
from oms_core.orders.levelling import ForeseenLoad, Handover, level_work
from oms_core.orders.levelling_results import list_levellings
from oms_core.orders.progress import move_order
from oms_core.orders.workforce import list_open_work, list_workers

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEXT_YEAR = datetime(2100, 1, 1, tzinfo=UTC)
OWNERS = "SELECT o.number, u.login FROM orders o LEFT JOIN users u ON u.id = o.manager_id ORDER BY o.id"


@pytest.fixture
def shop(fresh_sessions):
    fill(fresh_sessions, orders=20)
    return fresh_sessions


def owners(sessions):
    with sessions() as session:
        return dict(session.execute(text(OWNERS)).all())


def test_the_workforce_is_who_answers_for_orders_with_their_hours_absences_and_kinds_of_work(shop, admin):
    day = date(2026, 11, 25)
    door.run(shop, admin, add_absence, login="boris", first_day=day, last_day=day)
    workers = {one.login: one for one in door.read(shop, admin, list_workers, now=NOON)}
    assert set(workers) == {"anna", "boris", "lena"}, "the lead has open orders, all others answer for none"
    assert workers["boris"].absences == ((day, day),)
    assert workers["anna"].calendar.hours
    assert "new:sale" in workers["anna"].may_move


def test_open_work_is_every_open_order_with_its_owner_the_soonest_promised_first(shop, admin):
    work = door.read(shop, admin, list_open_work)
    with shop() as session:
        assert len(work) == session.scalar(text("SELECT count(*) FROM orders WHERE closed_at IS NULL"))
        held = session.scalar(text("SELECT count(*) FROM order_holds WHERE closed_at IS NULL"))
    assert sum(one.is_held for one in work) == held > 0
    assert [one.due_at for one in work] == sorted(one.due_at for one in work)
    assert {one.number: one.owner for one in work}.items() <= owners(shop).items()


def test_what_was_proposed_is_handed_over_at_once_and_told_why(shop, admin):
    theirs = [one.number for one in door.read(shop, admin, list_open_work) if one.owner == "anna"]
    assert len(theirs) > 1
    given = [Handover(number, "anna", "boris") for number in theirs]
    assert door.run(shop, admin, level_work, handovers=given, until=NEXT_YEAR) == len(theirs)
    assert {owners(shop)[number] for number in theirs} == {"boris"}
    with shop() as session:
        told = session.scalars(text("SELECT payload FROM order_events WHERE payload ->> 'why' = 'levelled'")).all()
        assert told == [{"from": "anna", "to": "boris", "why": "levelled"}] * len(theirs)
        assert {found.code: found.rows for found in integrity.check(session) if found.rows} == {}


def test_where_one_was_given_away_meanwhile_none_is_and_which_is_told(shop, admin):
    theirs = [one.number for one in door.read(shop, admin, list_open_work) if one.owner == "anna"]
    door.run(shop, admin, level_work, handovers=[Handover(theirs[-1], "anna", "lena")], until=NEXT_YEAR)
    before = owners(shop)
    stale = [Handover(number, "anna", "boris") for number in theirs]
    with pytest.raises(Conflict) as refused:
        door.run(shop, admin, level_work, handovers=stale, until=NEXT_YEAR)
    assert refused.value.code == "work_changed"
    assert [row["number"] for row in refused.value.rows] == [theirs[-1]]
    assert owners(shop) == before


def test_only_who_sees_figures_sees_the_workforce_and_only_who_gives_orders_away_levels_it(shop):
    anna, eva = (door.read(shop, None, find_actor, login=login) for login in ("anna", "eva"))
    with pytest.raises(Forbidden):
        door.read(shop, anna, list_workers, now=NOON)
    assert door.read(shop, eva, list_workers, now=NOON)
    with pytest.raises(Forbidden):
        door.run(shop, eva, level_work, handovers=[], until=NEXT_YEAR)


def test_what_came_of_it_is_measured_until_its_hours_are_over_and_never_changes_then(shop, admin):
    boris = door.read(shop, None, find_actor, login="boris")
    theirs = [one for one in door.read(shop, admin, list_open_work) if one.owner == "anna"]
    worked = next(one for one in theirs if one.status == "new" and not one.is_held)
    moved = [worked, *(one for one in theirs if one is not worked)][:3]
    decided = datetime.now(UTC)
    door.run(
        shop, admin, level_work, at=decided, until=decided + timedelta(hours=8),
        handovers=[Handover(one.number, "anna", "boris", 30.0) for one in moved],
        foreseen=[ForeseenLoad("anna", 60, 120, 30), ForeseenLoad("boris", 120, 30, 120)],
    )  # fmt: skip
    door.run(shop, boris, move_order, at=decided + timedelta(hours=1), number=worked.number, to="confirm")
    door.run(shop, admin, assign_order, at=decided + timedelta(hours=2), number=moved[1].number, manager="anna")
    (result,) = door.read(shop, admin, list_levellings)
    assert (result.highest_before, result.highest_after) == (2.0, 1.0)
    came = {move.number: (move.touched, move.finished, move.moved_back) for move in result.moves}
    assert came == {
        worked.number: (True, True, False), moved[1].number: (False, False, True), moved[2].number: (False,) * 3,
    }  # fmt: skip
    assert (result.minutes, result.finished_minutes) == (90, 30)
    assert result.kept == len(theirs) - len(moved)
    door.run(shop, admin, assign_order, at=decided + timedelta(hours=9), number=moved[2].number, manager="anna")
    assert door.read(shop, admin, list_levellings) == [result], "what happens after its hours does not count"


def test_a_proposal_whose_hours_are_over_is_not_carried_out(shop, admin):
    number, owner = next((number, owner) for number, owner in owners(shop).items() if owner)
    with pytest.raises(Conflict):
        door.run(shop, admin, level_work, handovers=[Handover(number, owner, "lena")], until=NOON - timedelta(days=999))
