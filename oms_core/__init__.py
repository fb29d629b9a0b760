"""The order service: the truth, kept in Postgres."""
