"""Integrity: the invariants of the order service as SQL that returns the rows at fault."""

from oms_core.integrity.checking import INVARIANTS, Finding, check
from oms_core.integrity.invariant import Invariant

__all__ = ["INVARIANTS", "Finding", "Invariant", "check"]
