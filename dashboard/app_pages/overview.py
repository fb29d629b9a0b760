"""Placeholder."""

from dashboard.layout import page_header

page_header("overview")
