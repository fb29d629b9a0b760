"""A delivery method as it is offered to one order. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery method's terms for one order; ``promised_at`` is when it would arrive, if it is chosen now."""

    id: int
    code: str
    charge: Decimal
    carrier: str
    handover_at: datetime
    promised_at: datetime
    is_active: bool = True
