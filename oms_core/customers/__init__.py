"""Customers: who they are, how to reach them, what they bought; finding them, keeping them, merging doubles."""
