"""Which holds are due: a pure function of an order's situation, with the cause and what resolves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from oms_core.workflow.models import Group
from oms_core.workflow.policy_terms import HoldKind, HoldTerms

HELD_GROUPS = (Group.NEW, Group.CONFIRM, Group.SUPPLY)
"""Where holds open by themselves: work has not begun, and a pre-order asks for nothing yet."""
WORK_GROUPS = (Group.PICK, Group.SHIP)
"""Where work has begun: a hold that comes due there is an alert instead."""
_TOLD_SKUS = 5
_HUNDRED = Decimal(100)


class Remedy(StrEnum):
    """What resolves a hold."""

    GOODS = "goods"
    PROMISE = "promise"
    PAYMENT = "payment"
    CORRECTION = "correction"
    APPROVAL = "approval"
    CHANGE = "change"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class MissingGoods:
    """What no stock covers of a product, and when the earliest supply of it is due (None: nobody knows)."""

    sku: str
    quantity: Decimal
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class Warned:
    """A chosen validation rule that warned of the order, and in what words."""

    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Unapproved:
    """A request for approval that stands against the order; ``is_refused``: somebody said no."""

    policy: str
    name: str
    is_refused: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class HoldSituation:
    """All that holds are decided by. ``total`` leaves out what was cancelled, ``paid`` what was given back.

    ``expected_at`` is when the order could be handed over at the earliest, None where nothing can be said. ``risk`` is
    the probability that its first promise is missed, where it is known, and ``risk_cause`` what raises it the most.
    """

    group: Group
    type: str
    channel: str
    customer_kind: str
    currency: str
    total: Decimal
    paid: Decimal
    promised_at: datetime | None
    expected_at: datetime | None
    missing: tuple[MissingGoods, ...] = ()
    warned: tuple[Warned, ...] = ()
    unapproved: tuple[Unapproved, ...] = ()
    risk: Decimal | None = None
    risk_cause: str | None = None


@dataclass(frozen=True, slots=True)
class HoldDue:
    """A hold that the situation asks for; ``details`` are the figures behind the words of ``cause``."""

    kind: HoldKind
    reference: str
    cause: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by among the holds of its order."""
        return self.kind.value, self.reference


def holds_due(order: HoldSituation, policies: Sequence[HoldTerms]) -> list[HoldDue]:
    """List the holds that are due now; none before an order is placed or after it was handed over."""
    if order.group not in HELD_GROUPS + WORK_GROUPS:
        return []
    due = [_approval(request) for request in order.unapproved]
    for policy in policies:
        if not policy.scope.covers(order.channel, order.type):
            continue
        if policy.kind == HoldKind.STOCK and order.missing:
            due.append(_stock(order))
        elif policy.kind == HoldKind.DELAY and _is_too_late(order):
            due.append(_delay(order))
        elif policy.kind == HoldKind.DELAY and _is_too_risky(order, policy.parameters):
            due.append(_risk(order, policy.parameters))
        elif policy.kind == HoldKind.PREPAYMENT and (lacking := _prepayment_lacking(order, policy.parameters)) > 0:
            due.append(_prepayment(order, lacking))
        elif policy.kind == HoldKind.VALIDATION:
            chosen = policy.parameters.get("rules") or ()
            due += [_validation(warned) for warned in order.warned if warned.rule in chosen]
    return due


def remedy_of(kind: str, details: Mapping[str, Any] | None) -> Remedy:
    """Name what resolves a hold; one that opened otherwise than by itself is lifted by hand."""
    if details is None:
        return Remedy.LIFT
    remedies = {
        HoldKind.STOCK: Remedy.GOODS,
        HoldKind.DELAY: Remedy.PROMISE,
        HoldKind.PREPAYMENT: Remedy.PAYMENT,
        HoldKind.VALIDATION: Remedy.CORRECTION,
        HoldKind.APPROVAL: Remedy.CHANGE if details.get("refused") else Remedy.APPROVAL,
    }
    return remedies.get(HoldKind(kind), Remedy.LIFT)


def _stock(order: HoldSituation) -> HoldDue:
    told = ", ".join(f"{_plain(one.quantity)} × {one.sku}" for one in order.missing[:_TOLD_SKUS])
    more = len(order.missing) - _TOLD_SKUS
    details = [
        {
            "sku": one.sku,
            "quantity": _plain(one.quantity),
            "expected_on": one.expected_on.isoformat() if one.expected_on else None,
        }
        for one in order.missing
    ]
    cause = f"Missing: {told}" + (f" and {more} more" if more > 0 else "")
    return HoldDue(HoldKind.STOCK, "", cause, {"missing": details})


def _is_too_late(order: HoldSituation) -> bool:
    return order.promised_at is not None and order.expected_at is not None and order.expected_at > order.promised_at


def _delay(order: HoldSituation) -> HoldDue:
    # The day, not the minute: a cause that changed with every look would be written with every look.
    expected, promised = (moment.date().isoformat() for moment in (order.expected_at, order.promised_at) if moment)
    details = {"expected_on": expected, "promised_on": promised}
    return HoldDue(HoldKind.DELAY, "", f"Ready by {expected} at the earliest, promised by {promised}", details)


def _is_too_risky(order: HoldSituation, parameters: Mapping[str, Any]) -> bool:
    """Whether a late delivery is likelier than the policy allows; without its ``risk_percent`` it does not ask."""
    percent = parameters.get("risk_percent")
    return bool(percent) and order.risk is not None and order.risk * 100 >= Decimal(str(percent))


def _risk(order: HoldSituation, parameters: Mapping[str, Any]) -> HoldDue:
    # The policy's limit, not the risk itself: that changes every hour and would be written every hour.
    percent = _plain(Decimal(str(parameters["risk_percent"])))
    promised = order.promised_at.date().isoformat() if order.promised_at else ""
    details = {"risk_percent": percent, "raised_by": order.risk_cause, "promised_on": promised}
    return HoldDue(HoldKind.DELAY, "", f"Likely, at {percent} % or more, to miss {promised}", details)


def _prepayment_lacking(order: HoldSituation, parameters: Mapping[str, Any]) -> Decimal:
    """How much is missing of the share that must be paid before work begins."""
    kinds, above = parameters.get("customer_kinds"), Decimal(str(parameters.get("above") or 0))
    if (kinds and order.customer_kind not in kinds) or order.total <= above:
        return Decimal(0)
    needed = order.total * Decimal(str(parameters.get("percent", 100))) / _HUNDRED
    return (needed - order.paid).quantize(Decimal("0.01"))


def _prepayment(order: HoldSituation, lacking: Decimal) -> HoldDue:
    details = {"lacking": str(lacking), "currency": order.currency}
    return HoldDue(HoldKind.PREPAYMENT, "", f"{lacking} {order.currency} of the prepayment is missing", details)


def _validation(warned: Warned) -> HoldDue:
    return HoldDue(HoldKind.VALIDATION, warned.rule, warned.message, {"rule": warned.rule})


def _approval(request: Unapproved) -> HoldDue:
    details = {"policy": request.policy, "name": request.name, "refused": request.is_refused, "note": request.note}
    said = f"Not approved: {request.name}" if request.is_refused else f"Waits for approval: {request.name}"
    cause = f"{said} ({request.note})" if request.is_refused and request.note else said
    return HoldDue(HoldKind.APPROVAL, request.policy, cause, details)


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
