"""Lines of a new order as people paste them: one `sku;quantity` or `sku;quantity;price` per line. Pure."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from oms_core.orders.placement_request import LineRequest

_SEPARATOR = re.compile(r"[;\t]")
_FIELDS = (1, 2, 3)


@dataclass(frozen=True)
class PastedLine:
    """A line that could not be read: where it stands and what it says."""

    row: int
    text: str


def read_lines(pasted: str) -> tuple[list[LineRequest], list[PastedLine]]:
    """Read pasted text into lines; what cannot be read comes back with its row, and nothing is guessed.

    A quantity left out is one. Decimal commas are understood, empty lines are skipped.
    """
    lines, unreadable = [], []
    for row, text in enumerate(pasted.splitlines(), start=1):
        if not text.strip():
            continue
        line = _line(text)
        if line is None:
            unreadable.append(PastedLine(row, text.strip()))
        else:
            lines.append(line)
    return lines, unreadable


def _line(text: str) -> LineRequest | None:
    fields = [field.strip() for field in _SEPARATOR.split(text.strip().rstrip(";"))]
    if len(fields) not in _FIELDS or not fields[0]:
        return None
    try:
        quantity = _decimal(fields[1]) if len(fields) > 1 else Decimal(1)
        unit_price = _decimal(fields[2]) if len(fields) == _FIELDS[-1] else None
    except InvalidOperation:
        return None
    if quantity <= 0 or (unit_price is not None and unit_price < 0):
        return None
    return LineRequest(sku=fields[0], quantity=quantity, unit_price=unit_price)


def _decimal(text: str) -> Decimal:
    value = Decimal(text.replace(",", "."))
    if not value.is_finite():
        raise InvalidOperation
    return value
