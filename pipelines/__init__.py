"""Moves data: imports, the simulated shop, marts, metrics, jobs and the command line."""
