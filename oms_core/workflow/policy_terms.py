"""The terms of hold and approval policies, as decisions read them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any


class HoldKind(StrEnum):
    """Why an order waits; holds of the first five may open by themselves, manual ones are people's and rules'."""

    STOCK = "stock"
    DELAY = "delay"
    PREPAYMENT = "prepayment"
    VALIDATION = "validation"
    APPROVAL = "approval"
    MANUAL = "manual"


class Subject(StrEnum):
    """What an approval policy measures: percent of discount or margin, or money."""

    DISCOUNT = "discount"
    MARGIN = "margin"
    ORDER_VALUE = "order_value"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which orders a policy speaks of: None of channels or order types means all of them."""

    channels: frozenset[str] | None = None
    order_types: frozenset[str] | None = None

    def covers(self, channel: str, order_type: str) -> bool:
        """Tell whether the policy speaks of orders of this type in this channel."""
        return (self.channels is None or channel in self.channels) and (
            self.order_types is None or order_type in self.order_types
        )


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """A hold policy in force."""

    kind: str
    scope: Scope
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Level:
    """Who decides at a level, and up to which value alone (None: whatever it is)."""

    role: str
    up_to: Decimal | None


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """An approval policy in force; ``levels`` from the lowest, ``time_limit_minutes`` are business minutes."""

    code: str
    version: int
    name: str
    subject: Subject
    limit: Decimal
    scope: Scope
    levels: tuple[Level, ...]
    time_limit_minutes: int | None

    def needs_approval(self, measured: Decimal) -> bool:
        """Tell whether a value is beyond the limit."""
        return is_beyond(self.subject, measured, self.limit)

    def level_after(self, level: int, measured: Decimal) -> int | None:
        """The level that must also approve a value approved at ``level``; None: it is approved for good."""
        up_to = self.levels[level].up_to
        is_enough = up_to is None or not is_beyond(self.subject, measured, up_to)
        return None if is_enough or level + 1 >= len(self.levels) else level + 1


def is_beyond(subject: Subject, measured: Decimal, limit: Decimal) -> bool:
    """Tell whether a value is past a limit: of a margin below it, of all else above it."""
    return measured < limit if subject is Subject.MARGIN else measured > limit
