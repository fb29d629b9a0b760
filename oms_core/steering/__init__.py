"""Steering: what figures should come to, what raises an alert, and the boards that people keep."""
