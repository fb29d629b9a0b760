import pytest

from oms_core.seeding import TRANSITIONS
from oms_core.workflow.lifecycle import Move, Situation, missing_for, next_moves
from oms_core.workflow.models import Group


def moves_from(group: Group) -> list[Move]:
    return [Move(end.value, end, label, position) for start, end, label, position, _ in TRANSITIONS if start is group]


def situation(group: Group, **facts) -> Situation:
    return Situation(**{"group": group, "has_lines": True, "open_lines": 2, "ready_lines": 2, "short_lines": 0} | facts)


def offered(here: Situation):
    return [(step.to, step.needs) for step in next_moves(here, moves_from(here.group), cancelled_status="cancelled")]


def test_a_new_order_may_be_confirmed_or_cancelled_with_a_reason():
    assert offered(situation(Group.NEW)) == [("confirm", ()), ("cancelled", ("reason",))]


def test_work_does_not_start_with_nothing_reserved():
    here = situation(Group.CONFIRM, ready_lines=0, short_lines=2)
    assert offered(here)[0] == ("pick", ("stock for 2 lines",))


def test_work_may_start_when_something_is_reserved():
    assert offered(situation(Group.CONFIRM, ready_lines=1, short_lines=1))[0] == ("pick", ())


def test_a_hold_bars_the_start_of_work_and_nothing_else():
    here = situation(Group.CONFIRM, holds=("address unclear",))
    assert dict(offered(here)) == {"pick": ("hold: address unclear",), "supply": (), "cancelled": ("reason",)}


def test_an_order_is_not_in_delivery_while_stock_is_missing():
    assert missing_for(Group.DELIVER, situation(Group.SHIP, ready_lines=1, short_lines=1)) == ("stock for 1 line",)
    assert missing_for(Group.DELIVER, situation(Group.SHIP)) == ()


def test_nothing_is_done_while_a_line_is_open():
    assert missing_for(Group.DONE, situation(Group.DELIVER, open_lines=1)) == ("shipment of 1 line",)
    assert missing_for(Group.DONE, situation(Group.DELIVER, open_lines=0)) == ()


@pytest.mark.parametrize("group", [Group.DELIVER, Group.DONE, Group.CANCELLED])
def test_what_was_handed_over_is_not_cancelled_any_more(group):
    assert "cancelled" not in dict(offered(situation(group, open_lines=0)))


def test_an_order_without_lines_may_still_be_cancelled():
    here = situation(Group.NEW, has_lines=False, open_lines=0, ready_lines=0)
    assert ("cancelled", ("reason",)) in offered(here)


def test_a_shipped_order_with_nothing_left_open_has_nothing_to_cancel():
    assert "cancelled" not in dict(offered(situation(Group.SHIP, open_lines=0, ready_lines=0)))
