"""The lifecycle: which moves an order may make, and what is missing for each. Pure.

A group names the work outstanding: pick = to be picked, ship = packed and awaiting the carrier, deliver = all open
quantity handed over, done = delivered. A hold is an overlay: it bars the start of work, the stage beneath survives.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oms_core.workflow.models import CANCELLABLE_GROUPS, Group

_WORK = (Group.PICK, Group.SHIP)


@dataclass(frozen=True, slots=True)
class Move:
    """A permitted transition out of a status: where to, and the verb on the button."""

    to: str
    group: Group
    label: str
    position: int


@dataclass(frozen=True, slots=True)
class Situation:
    """What a move depends on.

    ``open_lines`` have a quantity neither handed over nor cancelled; ``ready_lines`` of them have something
    reserved (or their supplier ships them), ``short_lines`` of them something that no stock covers;
    ``holds`` are the causes of the open holds.
    """

    group: Group
    has_lines: bool
    open_lines: int
    ready_lines: int
    short_lines: int
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Next:
    """A move that may be offered: possible at once when ``needs`` is empty, else it says what is missing."""

    to: str
    label: str
    needs: tuple[str, ...]


def next_moves(situation: Situation, moves: Sequence[Move], *, cancelled_status: str) -> list[Next]:
    """List the moves, the natural one first; cancelling comes last and always needs a reason."""
    ordered = sorted(moves, key=lambda move: (move.position, move.to))
    offered = [Next(move.to, move.label, missing_for(move.group, situation)) for move in ordered]
    if may_cancel(situation):
        offered.append(Next(cancelled_status, "Cancel", ("reason",)))
    return offered


def missing_for(group: Group, situation: Situation) -> tuple[str, ...]:
    """Name what an order in this situation lacks to enter a status of ``group``; empty: it may."""
    missing: list[str] = []
    if group in _WORK:
        missing += [f"hold: {cause}" for cause in situation.holds]
        if situation.open_lines == 0:
            missing.append("something open to ship")
        elif situation.ready_lines == 0:
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
