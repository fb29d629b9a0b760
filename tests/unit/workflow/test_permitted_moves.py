"""Which moves somebody may make, against a twin that goes through the table row by row."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.access.models import Role
from oms_core.workflow.lifecycle import Move, Situation, missing, next_moves, permitted
from oms_core.workflow.models import Group
from oms_core.workflow.needs import NEEDS, Evidence, is_need, lacking

TYPES = ("sale", "wholesale", "replacement")
ROLES = [role.value for role in Role]
MOVES = st.lists(
    st.builds(
        Move,
        to=st.sampled_from([group.value for group in Group]),
        group=st.just(Group.CONFIRM),
        label=st.just("Go"),
        position=st.integers(0, 3),
        roles=st.lists(st.sampled_from(ROLES), unique=True).map(tuple),
        order_types=st.none() | st.lists(st.sampled_from(TYPES), unique=True).map(tuple),
    ),
    unique_by=lambda move: move.to,
)


def slowly(moves: list[Move], roles: list[str], order_type: str) -> set[str]:
    found = set()
    for move in moves:
        for role in roles:
            for allowed in move.roles:
                if role == allowed:
                    for kind in move.order_types if move.order_types is not None else TYPES:
                        if kind == order_type:
                            found.add(move.to)
    return found


@given(moves=MOVES, roles=st.lists(st.sampled_from(ROLES), unique=True), order_type=st.sampled_from(TYPES))
def test_a_move_is_permitted_exactly_where_a_row_gives_it_to_one_of_the_roles(
    moves: list[Move], roles: list[str], order_type: str
) -> None:
    found = permitted(moves, roles, order_type)
    assert {move.to for move in found} == slowly(moves, roles, order_type)
    assert [(move.position, move.to) for move in found] == sorted((move.position, move.to) for move in found)


@given(moves=MOVES, order_type=st.sampled_from(TYPES))
def test_whoever_it_is_may_do_what_anybody_may(moves: list[Move], order_type: str) -> None:
    anybody = {move.to for role in ROLES for move in permitted(moves, [role], order_type)}
    ownerless = {move.to for move in moves if not move.roles and order_type in (move.order_types or TYPES)}
    assert {move.to for move in permitted(moves, None, order_type)} == anybody | (
        ownerless - {move.to for move in moves if move.order_types == ()}
    )


EVERYTHING = Evidence(
    total=Decimal(100), paid=Decimal(100), has_address=True, has_phone=True, has_manager=True, can_be_followed=True,
    is_covered=True, has_comment=True,
)  # fmt: skip


@pytest.mark.parametrize("need", [need for need in NEEDS if need != "prepayment"] + ["prepayment:1", "prepayment:100"])
def test_each_need_is_met_by_an_order_that_has_everything_and_by_none_that_has_nothing(need: str) -> None:
    assert is_need(need)
    assert lacking([need], EVERYTHING) == ()
    assert lacking([need], Evidence(total=Decimal(100))) == (need,)


@pytest.mark.parametrize("need", ["luck", "", "prepayment", "prepayment:0", "prepayment:101", "prepayment:x"])
def test_what_nobody_knows_is_no_need_and_never_met(need: str) -> None:
    assert not is_need(need)
    assert lacking([need], EVERYTHING) == (need,)


@pytest.mark.parametrize(("paid", "lacks"), [("29.99", ("prepayment:30",)), ("30.00", ()), ("99", ())])
def test_a_prepayment_is_a_share_of_the_total_to_the_cent(paid: str, lacks: tuple[str, ...]) -> None:
    assert lacking(["prepayment:30"], Evidence(total=Decimal(100), paid=Decimal(paid))) == lacks


def test_what_a_move_lacks_is_said_once_with_the_stage_s_own_first() -> None:
    here = Situation(
        group=Group.SHIP, has_lines=True, open_lines=2, ready_lines=0, short_lines=2, evidence=Evidence(Decimal(9))
    )
    move = Move("deliver", Group.DELIVER, "Ship", 1, needs=("payment", "stock"))
    assert missing(move, here) == ("stock for 2 lines", "payment")


def test_within_a_stage_only_the_move_s_own_needs_count() -> None:
    here = Situation(group=Group.SHIP, has_lines=True, open_lines=2, ready_lines=0, short_lines=2)
    assert missing(Move("labelled", Group.SHIP, "Label", 1), here) == ()


def test_nobody_cancels_who_may_not() -> None:
    here = Situation(group=Group.NEW, has_lines=True, open_lines=1, ready_lines=1, short_lines=0)
    assert next_moves(here, [], cancelled_status=None) == []
