"""Levelling work from the page: the callback of its one button."""

from collections.abc import Sequence

from dashboard.actions import attempt
from dashboard.translation import ngettext
from oms_core.orders.levelling import Handover, level_work
from pipelines.workload.levelling import Move


def level(moves: Sequence[Move]) -> None:
    """Give all these orders to whom it was proposed, or none where anything changed meanwhile."""
    handovers = [Handover(move.number, move.giver, move.taker) for move in moves]
    attempt(level_work, _told, handovers=handovers)


def _told(count: int) -> str:
    return ngettext("{count} order given to others", "{count} orders given to others", count).format(count=count)
