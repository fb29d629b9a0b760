"""Passage from status to status: which transition the table has for this order and actor, and what it needs."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from oms_core.access.actors import SYSTEM, Actor
from oms_core.errors import Conflict, Forbidden
from oms_core.orders.models import Order
from oms_core.orders.readiness import LineStanding, evidence_of, moves_from, open_hold_causes, situation
from oms_core.orders.stages import status_of
from oms_core.workflow.lifecycle import Move, missing, permitted
from oms_core.workflow.models import Group, Status
from oms_core.workflow.needs import lacking


def roles_of(actor: Actor) -> frozenset[str] | None:
    """The roles by which an actor makes moves; the shop itself (None) does what people have told it to do."""
    return None if actor.login == SYSTEM else frozenset(actor.roles)


def permitted_move(session: Session, order: Order, to: Status, *, actor: Actor) -> Move:
    """Find the transition of a locked order to a status.

    Raises ``Conflict`` with the code ``not_permitted`` where there is none for an order of its type, ``Forbidden``
    with ``not_your_move`` where there is one, but not for the actor's roles.
    """
    moves = moves_from(session, order.status)
    return _chosen(session, order, moves, [move for move in moves if move.to == to.code], to, actor=actor)


def permitted_into(session: Session, order: Order, group: Group, *, actor: Actor) -> Move:
    """Find the most natural transition of a locked order into a group; raises as ``permitted_move``."""
    moves = moves_from(session, order.status)
    there = [move for move in moves if move.group is group]
    to = session.get_one(Status, min(there, key=lambda move: (move.position, move.to)).to if there else group.value)
    return _chosen(session, order, moves, there, to, actor=actor)


def refuse_unready(session: Session, order: Order, move: Move, lines: Sequence[LineStanding]) -> None:
    """Raise ``Conflict`` (``not_ready``, rows: what is missing) unless the locked order may enter the stage now."""
    group = status_of(session, order.status).group
    evidence = evidence_of(session, order.id) if move.needs else None
    here = situation(group, lines, open_hold_causes(session, order), evidence)
    _refuse(session, order, move, missing(move, here))


def refuse_unmet(session: Session, order: Order, move: Move) -> None:
    """Raise as ``refuse_unready`` for what the transition itself needs: what its stage asks for is done already."""
    if move.needs:
        evidence = replace(evidence_of(session, order.id), is_covered=True)
        _refuse(session, order, move, lacking(move.needs, evidence))


def _refuse(session: Session, order: Order, move: Move, lacks: Sequence[str]) -> None:
    if lacks:
        name = session.get_one(Status, move.to).name
        raise Conflict(
            f"Order {order.number} cannot go to '{name}' yet, it needs {', '.join(lacks)}.",
            code="not_ready",
            rows=[{"needs": need} for need in lacks],
        )


def _chosen(
    session: Session, order: Order, moves: Sequence[Move], there: Sequence[Move], to: Status, *, actor: Actor
) -> Move:
    if mine := permitted(there, roles_of(actor), order.type):
        return mine[0]
    here = status_of(session, order.status)
    row = {"field": "to", "value": to.code, "from": here.code, "to": to.code}
    told = f"'{here.name}' to '{to.name}'"
    if others := permitted(there, None, order.type):
        roles = sorted({role for move in others for role in move.roles})
        raise Forbidden(
            f"'{actor.login}' may not move orders from {told}: that is for {', '.join(roles)}.",
            code="not_your_move",
            rows=[{**row, "roles": roles}],
        )
    open_to = [move.to for move in permitted(moves, roles_of(actor), order.type)]
    raise Conflict(
        f"Order {order.number} cannot go from {told}.", code="not_permitted", rows=[{**row, "permitted": open_to}]
    )
