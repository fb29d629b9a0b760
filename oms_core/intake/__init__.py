"""Imports as records: batches, their files, and the rows that were refused."""
