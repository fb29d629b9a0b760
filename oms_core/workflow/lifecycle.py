"""The lifecycle: which moves an order may make, and what is missing for each. Pure.

A group names the work outstanding: pick = to be picked, ship = packed and awaiting the carrier, deliver = all open
quantity handed over, done = delivered. A hold is an overlay: it bars the start of work, the stage beneath survives.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oms_core.workflow.models import CANCELLABLE_GROUPS, Group
from oms_core.workflow.needs import STOCK, Evidence, lacking

_WORK = (Group.PICK, Group.SHIP)


@dataclass(frozen=True, slots=True)
class Move:
    """A transition out of a status: where to, the verb on the button, who may make it, of which orders, needing what.

    ``order_types`` None: of all.
    """

    to: str
    group: Group
    label: str
    position: int
    roles: tuple[str, ...] = ()
    order_types: tuple[str, ...] | None = None
    needs: tuple[str, ...] = ()
    translations: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a move depends on.

    ``open_lines`` have a quantity neither handed over nor cancelled; ``ready_lines`` of them have something
    reserved (or their supplier ships them), ``short_lines`` of them something that no stock covers;
    ``holds`` are the causes of the open holds, ``evidence`` is what single transitions may need besides.
    """

    group: Group
    has_lines: bool
    open_lines: int
    ready_lines: int
    short_lines: int
    holds: tuple[str, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True)
class Next:
    """A move that may be offered: possible at once when ``needs`` is empty, else it says what is missing."""

    to: str
    label: str
    needs: tuple[str, ...]
    translations: Mapping[str, Any] = field(default_factory=dict)


def permitted(moves: Sequence[Move], roles: Collection[str] | None, order_type: str) -> list[Move]:
    """List the moves that somebody with any of these roles (None: whoever it is) may make on an order of this type.

    The natural one comes first.
    """
    mine = [
        move
        for move in moves
        if (move.order_types is None or order_type in move.order_types)
        and (roles is None or not set(roles).isdisjoint(move.roles))
    ]
    return sorted(mine, key=lambda move: (move.position, move.to))


def next_moves(situation: Situation, moves: Sequence[Move], *, cancelled_status: str | None) -> list[Next]:
    """List the moves, the natural one first; cancelling (None: not on offer) comes last and always needs a reason."""
    ordered = sorted(moves, key=lambda move: (move.position, move.to))
    offered = [Next(move.to, move.label, missing(move, situation), move.translations) for move in ordered]
    if cancelled_status is not None and may_cancel(situation):
        offered.append(Next(cancelled_status, "Cancel", ("reason",)))
    return offered


def missing(move: Move, situation: Situation) -> tuple[str, ...]:
    """Name what an order in this situation lacks to make the move; empty: it may."""
    unmet = lacking(move.needs, situation.evidence)
    told = [_stock_for(situation.short_lines) if need == STOCK else need for need in unmet]
    return tuple(dict.fromkeys([*missing_for(move.group, situation), *told]))


def missing_for(group: Group, situation: Situation) -> tuple[str, ...]:
    """Name what an order in this situation lacks to enter ``group``; where it is already, nothing."""
    missing: list[str] = []
    if group is situation.group:
        return ()
    if group in (*_WORK, Group.DELIVER):
        missing += [f"hold: {cause}" for cause in situation.holds]
        if situation.open_lines == 0:
            missing.append("something open to ship")
    if group in _WORK and situation.open_lines > 0 and situation.ready_lines == 0:
        missing.append(_stock_for(situation.short_lines))
    if group is Group.DELIVER and situation.short_lines:
        missing.append(_stock_for(situation.short_lines))
    if group is Group.DONE and situation.open_lines:
        missing.append(f"shipment of {_lines(situation.open_lines)}")
    return tuple(missing)


def may_cancel(situation: Situation) -> bool:
    """Tell whether something is left that a cancellation could take back."""
    return situation.group in CANCELLABLE_GROUPS and (situation.open_lines > 0 or not situation.has_lines)


def _stock_for(lines: int) -> str:
    return f"stock for {_lines(lines)}"


def _lines(number: int) -> str:
    return f"{number} line" if number == 1 else f"{number} lines"
