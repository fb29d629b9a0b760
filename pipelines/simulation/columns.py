"""Columns of the simulated frames as the database takes them."""

import polars as pl

from pipelines.simulation.clock import Ints

MONEY = pl.Decimal(14, 2)


def instant(column: str) -> pl.Expr:
    """Seconds since 1970 as an instant."""
    return pl.from_epoch(pl.col(column), time_unit="s").alias(column)


def money(column: str) -> pl.Expr:
    """Cents as money."""
    return (pl.col(column).cast(pl.Decimal(16, 2)) / 100).cast(MONEY).alias(column)


def shares(cents: Ints, quantity: Ints, of: Ints, before: Ints) -> Ints:
    """Vector twin of ``oms_core.orders.shares.share_of``: half up, and all parts of a line sum to it."""
    return _half_up(cents * (before + quantity), of) - _half_up(cents * before, of)


def _half_up(numerator: Ints, denominator: Ints) -> Ints:
    return (2 * numerator + denominator) // (2 * denominator)


def half_up(numerator: Ints, denominator: int) -> Ints:
    """Divide non-negative integers, halves rounded up."""
    return (2 * numerator + denominator) // (2 * denominator)
