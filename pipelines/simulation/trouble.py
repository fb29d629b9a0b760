"""A trouble that is known beforehand, in place of those that chance brings: what a diagnosis is tried on."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.clock import Floats, Ints

_NEVER = 2**31


@dataclass(frozen=True)
class Trouble:
    """From the day ``calm_from`` of the horizon chance breaks nothing; from ``first_day`` on a stage takes longer."""

    calm_from: int = _NEVER
    stage: str = ""
    first_day: int = _NEVER
    factor: float = 1.0

    def stretch(self, stage: str, day: Ints) -> Floats:
        """How many times as long the stage takes for what was ordered on each day."""
        return np.where((day >= self.first_day) & (stage == self.stage), self.factor, 1.0)


NO_TROUBLE = Trouble()
"""Chance alone."""
