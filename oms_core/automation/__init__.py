"""Automation: rules that act on orders by themselves, or suggest to."""
