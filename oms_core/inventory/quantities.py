"""Quantities: what can be counted, weighed or measured. Pure."""

from decimal import Decimal


def is_quantity(value: Decimal) -> bool:
    """Tell whether so much can be ordered or moved: above zero, in whole thousandths, within the columns."""
    return value.is_finite() and 0 < value < 10**9 and round(value, 3) == value
