"""What is measured against the limits of approval, and what follows from it for a request. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from oms_core.orders.approval_models import ApprovalState
from oms_core.workflow.policy_terms import ApprovalTerms, Subject, is_beyond

_HUNDRED, _CENT = Decimal(100), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """A line as limits see it: ``worth`` at the list price where that is higher, ``charged`` before tax is told apart.

    ``cost`` is None where nobody knows it. Lines cancelled whole are left out.
    """

    position: int
    sku: str
    worth: Decimal
    charged: Decimal
    net: Decimal
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Measure:
    """A value measured of an order, and the positions of the lines beyond the limit."""

    value: Decimal
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The newest request of an order under a policy."""

    id: int
    state: ApprovalState
    measured: Decimal
    note: str = ""


class Consequence(StrEnum):
    """What a measure means for the request."""

    ASK = "ask"
    UPDATE = "update"
    WITHDRAW = "withdraw"
    NOTHING = "nothing"


def measure(terms: ApprovalTerms, lines: Sequence[MeasuredLine], order_value: Decimal) -> Measure | None:
    """Measure what the policy is about; None where the order has nothing to measure.

    A discount is that of the line with the most: the order's own is never above it.
    """
    if terms.subject is Subject.ORDER_VALUE:
        return Measure(order_value)
    if terms.subject is Subject.DISCOUNT:
        return _worst_discount(terms, lines)
    return _margin(terms, lines) if terms.subject is Subject.MARGIN else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the request, and whether the order is held for want of an approval after that."""

    action: Consequence
    stands: bool


def judge(terms: ApprovalTerms | None, measured: Measure | None, asked: Asked | None) -> Verdict:
    """Decide what a measure means: what was approved stays so until the value grows worse than that.

    What was refused stays refused while the value is the same; another one is asked for anew.
    """
    state = ApprovalState.WITHDRAWN if asked is None else asked.state
    if terms is None or measured is None or not terms.needs_approval(measured.value):
        return Verdict(Consequence.WITHDRAW if state is ApprovalState.OPEN else Consequence.NOTHING, stands=False)
    if asked is None or state is ApprovalState.WITHDRAWN:
        return Verdict(Consequence.ASK, stands=True)
    is_same = asked.measured == measured.value
    if state is ApprovalState.APPROVED:
        is_worse = is_beyond(terms.subject, measured.value, asked.measured)
        return Verdict(Consequence.ASK if is_worse else Consequence.NOTHING, stands=is_worse)
    other = Consequence.UPDATE if state is ApprovalState.OPEN else Consequence.ASK
    return Verdict(Consequence.NOTHING if is_same else other, stands=True)


def _worst_discount(terms: ApprovalTerms, lines: Sequence[MeasuredLine]) -> Measure | None:
    percents = {line.position: _discount(line) for line in lines if line.worth > 0}
    if not percents:
        return None
    beyond = tuple(position for position, percent in percents.items() if percent > terms.limit)
    return Measure(max(percents.values()), beyond)


def _discount(line: MeasuredLine) -> Decimal:
    return max(Decimal(0), ((line.worth - line.charged) * _HUNDRED / line.worth).quantize(_CENT))


def _margin(terms: ApprovalTerms, lines: Sequence[MeasuredLine]) -> Measure | None:
    """Percent of what is charged for the lines whose cost is known; a gift is worth what it costs."""
    costs = [(line, line.cost) for line in lines if line.cost is not None]
    if not costs:
        return None
    beyond = tuple(line.position for line, cost in costs if _share(line.net, cost) < terms.limit)
    return Measure(
        _share(sum((line.net for line, _ in costs), Decimal(0)), sum((c for _, c in costs), Decimal(0))), beyond
    )


def _share(net: Decimal, cost: Decimal) -> Decimal:
    return ((net - cost) * _HUNDRED / net).quantize(_CENT) if net > 0 else -_HUNDRED if cost > 0 else Decimal(0)
