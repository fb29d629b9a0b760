"""Permissions: what a role may do; each use case and each read names the one it needs."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from oms_core.access.models import Role

F = TypeVar("F", bound=Callable[..., Any])


class Permission(StrEnum):
    """One thing that a role may do, as ``subject.verb``."""

    ORDER_VIEW = "order.view"
    ORDER_PLACE = "order.place"
    ORDER_MOVE = "order.move"
    ORDER_SHIP = "order.ship"
    ORDER_CANCEL = "order.cancel"
    ORDER_RETURN = "order.return"
    ORDER_ASSIGN = "order.assign"
    ORDER_COMMENT = "order.comment"
    ORDER_CHANGE = "order.change"
    ORDER_HOLD = "order.hold"
    ORDER_APPROVE = "order.approve"
    PAYMENT_RECEIVE = "payment.receive"
    PAYMENT_REFUND = "payment.refund"
    INVOICE_ISSUE = "invoice.issue"
    TASK_WORK = "task.work"
    CUSTOMER_VIEW = "customer.view"
    CUSTOMER_EDIT = "customer.edit"
    IMPORT_RUN = "import.run"
    INBOX_WORK = "inbox.work"
    FEEDS_EDIT = "feeds.edit"
    PERSONAL_DATA_VIEW = "personal_data.view"
    COST_VIEW = "cost.view"
    PRODUCT_VIEW = "product.view"
    PRODUCT_EDIT = "product.edit"
    STOCK_VIEW = "stock.view"
    STOCK_RECEIVE = "stock.receive"
    STOCK_ADJUST = "stock.adjust"
    PURCHASE_VIEW = "purchase.view"
    PURCHASE_ORDER = "purchase.order"
    PURCHASE_RECEIVE = "purchase.receive"
    ANALYTICS_VIEW = "analytics.view"
    ANALYTICS_EDIT = "analytics.edit"
    WORKFLOW_VIEW = "workflow.view"
    WORKFLOW_EDIT = "workflow.edit"
    RULES_EDIT = "rules.edit"
    PEOPLE_VIEW = "people.view"
    PEOPLE_EDIT = "people.edit"
    AUDIT_VIEW = "audit.view"
    INTEGRITY_VIEW = "integrity.view"
    SYSTEM_RUN = "system.run"


_P = Permission
_DESK = {
    _P.ORDER_VIEW, _P.ORDER_PLACE, _P.ORDER_MOVE, _P.ORDER_SHIP, _P.ORDER_CANCEL, _P.ORDER_RETURN, _P.ORDER_ASSIGN,
    _P.ORDER_COMMENT, _P.ORDER_CHANGE, _P.ORDER_HOLD, _P.PAYMENT_RECEIVE, _P.INVOICE_ISSUE, _P.TASK_WORK, _P.INBOX_WORK,
    _P.CUSTOMER_VIEW, _P.CUSTOMER_EDIT, _P.PERSONAL_DATA_VIEW, _P.PRODUCT_VIEW, _P.STOCK_VIEW, _P.WORKFLOW_VIEW,
    _P.PEOPLE_VIEW,
}  # fmt: skip
# What each role begins with; an administrator changes it on the page of roles.
DEFAULTS: Mapping[Role, frozenset[Permission]] = {
    Role.MANAGER: frozenset(_DESK),
    Role.LEAD: frozenset(
        _DESK
        | {
            _P.ORDER_APPROVE, _P.PAYMENT_REFUND, _P.COST_VIEW, _P.ANALYTICS_VIEW, _P.STOCK_RECEIVE, _P.PURCHASE_VIEW,
            _P.INTEGRITY_VIEW, _P.AUDIT_VIEW, _P.IMPORT_RUN, _P.ANALYTICS_EDIT,
        }
    ),
    Role.BUYER: frozenset({
        _P.ORDER_VIEW, _P.PRODUCT_VIEW, _P.PRODUCT_EDIT, _P.STOCK_VIEW, _P.STOCK_RECEIVE, _P.PURCHASE_VIEW,
        _P.PURCHASE_ORDER, _P.PURCHASE_RECEIVE, _P.ANALYTICS_VIEW, _P.COST_VIEW, _P.WORKFLOW_VIEW, _P.TASK_WORK,
        _P.ORDER_COMMENT,
    }),
    Role.WAREHOUSE: frozenset({
        _P.ORDER_VIEW, _P.ORDER_MOVE, _P.ORDER_SHIP, _P.ORDER_RETURN, _P.ORDER_COMMENT, _P.PRODUCT_VIEW, _P.STOCK_VIEW,
        _P.STOCK_RECEIVE, _P.STOCK_ADJUST, _P.PURCHASE_RECEIVE, _P.WORKFLOW_VIEW, _P.PERSONAL_DATA_VIEW, _P.TASK_WORK,
    }),
    Role.COURIER: frozenset({
        _P.ORDER_VIEW, _P.ORDER_MOVE, _P.ORDER_SHIP, _P.ORDER_COMMENT, _P.WORKFLOW_VIEW, _P.PERSONAL_DATA_VIEW,
        _P.TASK_WORK,
    }),
    Role.EXECUTIVE: frozenset({
        _P.ORDER_VIEW, _P.PRODUCT_VIEW, _P.STOCK_VIEW, _P.PURCHASE_VIEW, _P.ANALYTICS_VIEW, _P.COST_VIEW,
        _P.WORKFLOW_VIEW, _P.PEOPLE_VIEW, _P.INTEGRITY_VIEW, _P.ORDER_APPROVE, _P.CUSTOMER_VIEW,
        _P.ANALYTICS_EDIT,
    }),
    Role.ADMIN: frozenset(Permission),
    Role.CLIENT: frozenset(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a use case or read needs: a permission (None: nothing but a known actor), and whether it asks who acts."""

    permission: Permission | None
    takes_actor: bool


# Every use case and read that names its permission, by module and name: what the tests walk through.
REQUIREMENTS: dict[str, Requirement] = {}


def requires(permission: Permission | None) -> Callable[[F], F]:
    """Name the permission that the decorated use case or read needs; the door refuses everybody else."""

    def name(function: F) -> F:
        requirement = Requirement(permission, "actor" in inspect.signature(function).parameters)
        function.__requirement__ = requirement  # type: ignore[attr-defined]
        REQUIREMENTS[f"{function.__module__}.{function.__qualname__}"] = requirement
        return function

    return name


def requirement_of(function: Callable[..., Any]) -> Requirement:
    """Return what a use case or read needs; raises ``TypeError`` for one that names nothing: a fault of ours."""
    inner = function.func if isinstance(function, partial) else function
    found = getattr(inner, "__requirement__", None)
    if found is None:
        raise TypeError(f"{inner.__module__}.{inner.__qualname__} names no permission; decorate it with @requires.")
    return found  # type: ignore[no-any-return]
