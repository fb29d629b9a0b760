"""Computing metrics over the published marts, and opening each number to its rows."""

from pipelines.kpi.board import Tile, board
from pipelines.kpi.comparing import AgainstTarget, against_target, compare
from pipelines.kpi.measuring import compute, drill, measure, measure_all
from pipelines.kpi.question import CUTS, Asked, Question, cuts_of

__all__ = [
    "CUTS", "AgainstTarget", "Asked", "Question", "Tile", "against_target", "board", "compare", "compute", "cuts_of",
    "drill", "measure", "measure_all",
]  # fmt: skip
