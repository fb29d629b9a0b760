"""The demo shop: a believable shop lived through by a seed, with the truth nobody in it knows."""

from pipelines.simulation.shop import SimulationReport, simulate

__all__ = ["SimulationReport", "simulate"]
