"""Customers, their contacts and addresses."""
