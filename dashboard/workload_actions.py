"""Levelling work from the page: the callback of its one button."""

from dashboard.actions import attempt
from dashboard.translation import ngettext
from oms_core.orders.levelling import Handover, level_work
from pipelines.workload.plan import WorkPlan


def level(plan: WorkPlan) -> None:
    """Give all orders of the proposal to whom it gives them, or none where anything changed meanwhile."""
    handovers = [Handover(move.number, move.giver, move.taker, move.minutes) for move in plan.levelling.moves]
    attempt(level_work, _told, handovers=handovers, until=plan.until, foreseen=plan.foresee())


def _told(count: int) -> str:
    return ngettext("{count} order given to others", "{count} orders given to others", count).format(count=count)
