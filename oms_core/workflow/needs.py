"""What a transition may need of an order before it is made. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

PAYMENT, PREPAYMENT, ADDRESS, PHONE = "payment", "prepayment", "address", "phone"
MANAGER, TRACKING, STOCK, COMMENT = "manager", "tracking", "stock", "comment"
# In the order in which they are offered; ``prepayment`` is written with its percentage: ``prepayment:30``.
NEEDS = (PAYMENT, PREPAYMENT, ADDRESS, PHONE, MANAGER, TRACKING, STOCK, COMMENT)

_PREPAYMENT = re.compile(r"prepayment:([1-9][0-9]?|100)")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an order has of that which transitions may need; by default nothing.

    ``paid`` is net of refunds, ``can_be_followed``: everything is handed over and each shipment has its number,
    ``is_covered``: all that is open is
    reserved or shipped by its supplier, ``has_comment``: somebody commented since the order entered its status.
    """

    total: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    has_address: bool = False
    has_phone: bool = False
    has_manager: bool = False
    can_be_followed: bool = False
    is_covered: bool = False
    has_comment: bool = False


def is_need(code: str) -> bool:
    """Tell whether a transition may name this as what it needs."""
    return bool(_PREPAYMENT.fullmatch(code)) or (code in NEEDS and code != PREPAYMENT)


def lacking(needs: Iterable[str], evidence: Evidence) -> tuple[str, ...]:
    """List the needs that the order does not meet, in the order given; one that nobody knows is never met."""
    return tuple(need for need in needs if not _is_met(need, evidence))


def _is_met(need: str, evidence: Evidence) -> bool:
    if found := _PREPAYMENT.fullmatch(need):
        return evidence.paid * 100 >= evidence.total * int(found[1])
    return {
        PAYMENT: evidence.paid >= evidence.total,
        ADDRESS: evidence.has_address,
        PHONE: evidence.has_phone,
        MANAGER: evidence.has_manager,
        TRACKING: evidence.can_be_followed,
        STOCK: evidence.is_covered,
        COMMENT: evidence.has_comment,
    }.get(need, False)
