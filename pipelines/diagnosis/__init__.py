"""Diagnosis: what changed in the shop's own figures, found without being asked."""

from pipelines.diagnosis.contributions import explain_change
from pipelines.diagnosis.explaining import CHANGE_CUTS, explain_by_cuts, is_comparable
from pipelines.diagnosis.slowdowns import Slowdown, find_slowdowns
from pipelines.diagnosis.stays import read_stays

__all__ = [
    "CHANGE_CUTS", "Slowdown", "explain_by_cuts", "explain_change", "find_slowdowns", "is_comparable", "read_stays",
]  # fmt: skip
