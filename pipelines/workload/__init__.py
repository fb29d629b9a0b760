"""Workload: how long work takes, who has how much of it against their hours, and how it could be levelled."""
