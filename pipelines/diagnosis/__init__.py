"""Diagnosis: what changed in the shop's own figures, found without being asked."""

from pipelines.diagnosis.slowdowns import Slowdown, find_slowdowns

__all__ = ["Slowdown", "find_slowdowns"]
