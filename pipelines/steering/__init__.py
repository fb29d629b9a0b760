"""Steering by figures: how far a target is, and what is unusual."""
