"""A comment is an event of the order, in its writer's name; an empty one is refused."""

import pytest
from building import NOON, a_stocked_product, an_order
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.errors import Invalid
from oms_core.orders.card import read_order
from oms_core.orders.comments import LONGEST, comment_order


def test_a_comment_is_told_in_the_journal_and_counts_a_version(session: Session, actor: Actor) -> None:
    a_stocked_product(session, "A-1", 5)
    number = an_order(session, {"A-1": 2}).number
    before = read_order(session, number, actor=actor)
    state = comment_order(session, actor=actor, now=NOON, number=number, text="  Call on Monday. ")
    card = read_order(session, number, actor=actor)
    assert (card.events[-1].kind, card.events[-1].payload) == ("order.commented", {"text": "Call on Monday."})
    assert card.events[-1].actor == actor.login
    assert state.version == card.version == before.version + 1


@pytest.mark.parametrize("text", ["", "   ", "x" * (LONGEST + 1)])
def test_an_empty_or_overlong_comment_is_refused(session: Session, actor: Actor, text: str) -> None:
    with pytest.raises(Invalid, match="comment"):
        comment_order(session, actor=actor, now=NOON, number="any", text=text)
