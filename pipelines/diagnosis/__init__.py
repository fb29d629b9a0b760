"""Diagnosis: what changed in the shop's own figures, found without being asked."""

from pipelines.diagnosis.contributions import explain_change
from pipelines.diagnosis.slowdowns import Slowdown, find_slowdowns
from pipelines.diagnosis.stays import read_stays

__all__ = ["Slowdown", "explain_change", "find_slowdowns", "read_stays"]
