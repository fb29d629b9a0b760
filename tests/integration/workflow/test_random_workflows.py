"""Whatever workflow an administrator saves, orders move exactly as its table says."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, assume, given, reject, settings
from hypothesis import strategies as st
from movers import STATUSES, TYPES, MoversShop, verdict
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS, Permission
from oms_core.errors import Conflict, OmsError
from oms_core.orders.card import read_order
from oms_core.orders.progress import move_order
from oms_core.workflow.models import CLOSED_GROUPS, Group
from oms_core.workflow.workflow_document import (
    TransitionPart,
    WorkflowDocument,
    check_workflow,
    read_workflow,
    save_workflow,
)

pytestmark = pytest.mark.full

MOVERS = [role for role in Role if Permission.ORDER_MOVE in DEFAULTS[role]]


@pytest.fixture(scope="module")
def shop(lasting_database: Callable[[], Engine]) -> MoversShop:
    return MoversShop(lasting_database())


@st.composite
def workflows(draw: st.DrawFn, document: WorkflowDocument) -> WorkflowDocument:
    """The shop's statuses with more ways between them, each for any roles and types."""
    groups = {status.code: Group(status.group) for status in document.statuses}
    pairs = [
        (start, end) for start, a in groups.items() for end, b in groups.items()
        if start != end and a not in CLOSED_GROUPS and b not in {Group.CANCELLED, Group.PREORDER}
        and (a is not Group.DELIVER or b in {Group.DELIVER, Group.DONE}) and (b is not Group.DONE or a is Group.DELIVER)
    ]  # fmt: skip
    more = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12))
    known = {(move.from_status, move.to_status) for move in document.transitions}
    roles = st.lists(st.sampled_from([role.value for role in Role]), unique=True, min_size=1, max_size=4).map(tuple)
    types = st.none() | st.lists(st.sampled_from(TYPES), unique=True, min_size=1).map(tuple)
    ways = [
        TransitionPart(from_status=start, to_status=end, label="Go", position=draw(st.integers(1, 4)), roles=())
        for start, end in more
        if (start, end) not in known
    ]
    moves = [replace(move, roles=draw(roles), order_types=draw(types)) for move in (*document.transitions, *ways)]
    return replace(document, transitions=tuple(moves))


# Without shrinking: each step of it saves a workflow and walks sixty orders, for minutes.
@settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
@given(data=st.data())
def test_orders_move_as_the_table_of_any_workflow_says(shop: MoversShop, data: st.DataObject) -> None:
    numbers = {(status, kind): shop.order(status, kind) for status in STATUSES for kind in TYPES}
    kind, roles = data.draw(st.sampled_from(TYPES)), data.draw(st.sets(st.sampled_from(MOVERS), min_size=2, max_size=2))
    with shop.engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            wanted = data.draw(workflows(read_workflow(session)))
            assume(not check_workflow(wanted))
            _publish(session, shop, wanted)
            for start in STATUSES:
                for role in roles:
                    _walk(session, shop, wanted, role=role, order=(start, kind, numbers[start, kind]))
        outer.rollback()


def _publish(session: Session, shop: MoversShop, wanted: WorkflowDocument) -> None:
    """Save the workflow, unless orders that are there would be stranded by it."""
    try:
        save_workflow(session, actor=shop.admin, now=shop.began, document=wanted)
    except Conflict as refusal:
        assert refusal.code == "workflow_in_use"  # noqa: PT017 - any other refusal is a failure
        reject()


def _walk(
    session: Session, shop: MoversShop, wanted: WorkflowDocument, *, role: Role, order: tuple[str, str, str]
) -> None:
    """Try every move of one order by one person, each from where the order stood; compare with its card."""
    actor, (start, kind, number) = shop.actors[role], order
    offered = {step.to: step.needs for step in read_order(session, number, actor=actor).next}
    offered.pop("cancelled", None)
    allowed = set()
    for status in wanted.statuses:
        expected = verdict(wanted, role, start, status.code, kind)
        with session.begin_nested() as attempt:
            try:
                move_order(session, actor=actor, now=shop.began, number=number, to=status.code)
                found = "allowed"
            except OmsError as refusal:
                found = refusal.code
            attempt.rollback()
        session.expire_all()
        if expected == "allowed":
            allowed.add(status.code)
            expected = "not_ready" if offered.get(status.code) else "allowed"
        assert (role, start, status.code, found) == (role, start, status.code, expected)
    assert set(offered) == allowed
