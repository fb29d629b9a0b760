"""What is done about holds, approvals and their policies; most are a button's callback."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from dashboard import display
from dashboard.actions import attempt
from dashboard.opened_forms import close_form
from dashboard.translation import _
from oms_core.access.absences import add_delegation, remove_delegation
from oms_core.billing.refund_approvals import request_refund_approval
from oms_core.billing.refunds import refund_order
from oms_core.orders.approval_models import ApprovalState
from oms_core.orders.approvals import Decided, ask_again, decide_approval
from oms_core.orders.expiry import reserve_anew
from oms_core.orders.promises import promise_anew
from oms_core.workflow.approval_policies import rollback_approval_policy, save_approval_policy
from oms_core.workflow.hold_policies import rollback_hold_policy, save_hold_policy

_END_OF_DAY = time(23, 59)


def decide(request_id: int, *, approve: bool, note: str) -> bool:
    """Agree or refuse; False when that was refused."""
    return attempt(decide_approval, _decided, request_id=request_id, approve=approve, note=note) is not None


def ask_once_more(request_id: int, note: str) -> bool:
    """Ask anew for what was refused; False when refused."""
    told = lambda number: _("Order {number}: approval was asked for again").format(number=number)  # noqa: E731
    return attempt(ask_again, told, request_id=request_id, note=note) is not None


def refund(number: str, gross: Decimal, version: int) -> bool:
    """Give money back for an order; False when refused."""
    told = _("Order {number}: refund recorded").format(number=number)
    return attempt(refund_order, told, number=number, gross=gross, version=version) is not None


def ask_for_refund(number: str, gross: Decimal, note: str) -> bool:
    """Ask for the approval of a refund; False when refused."""
    told = _("Order {number}: approval of the refund was asked for").format(number=number)
    return attempt(request_refund_approval, told, number=number, gross=gross, note=note) is not None


def reserve(number: str, version: int) -> None:
    """Reserve what is free of an order's open lines."""
    told = _("Order {number}: goods reserved").format(number=number)
    attempt(reserve_anew, told, number=number, version=version)


def promise(number: str, day: date, note: str, version: int) -> bool:
    """Promise an order by the end of a day where the person is; False when refused."""
    moment = datetime.combine(day, _END_OF_DAY, display.viewer_zone()).astimezone(UTC)
    told = _("Order {number}: promised by {day}").format(number=number, day=display.day(day))
    return attempt(promise_anew, told, number=number, promised_at=moment, note=note, version=version) is not None


def save_limit(document: Mapping[str, Any], based_on: int) -> bool:
    """Save an approval policy; False when refused."""
    return attempt(save_approval_policy, _("Saved"), document=document, based_on=based_on) is not None


def save_hold_terms(document: Mapping[str, Any], based_on: int) -> bool:
    """Save a hold policy; False when refused."""
    return attempt(save_hold_policy, _("Saved"), document=document, based_on=based_on) is not None


def restore_limit(code: str, version: int, based_on: int) -> None:
    """Save an earlier version of an approval policy again, unless somebody saved after the version shown."""
    told = _("As in version {version} again").format(version=version)
    if attempt(rollback_approval_policy, told, code=code, version=version, based_on=based_on) is not None:
        close_form(f"limit_{code}")


def restore_hold_terms(kind: str, version: int, based_on: int) -> None:
    """Save an earlier version of a hold policy again, unless somebody saved after the version shown."""
    told = _("As in version {version} again").format(version=version)
    if attempt(rollback_hold_policy, told, kind=kind, version=version, based_on=based_on) is not None:
        close_form(f"hold_{kind}")


def let_stand_in(login: str, delegate: str, first: date, last: date) -> bool:
    """Let somebody decide in another's place on these days; False when refused."""
    facts = {"login": login, "delegate": delegate, "first_day": first, "last_day": last}
    return attempt(add_delegation, _("Entered"), **facts) is not None


def end_standing_in(delegation_id: int) -> None:
    """Take a delegation back."""
    attempt(remove_delegation, _("Taken back"), delegation_id=delegation_id)


def _decided(decided: Decided) -> str:
    words = {
        ApprovalState.APPROVED: _("Order {number}: approved"),
        ApprovalState.REFUSED: _("Order {number}: not approved"),
        ApprovalState.OPEN: _("Order {number}: approved here, the next level is asked"),
    }
    return words[decided.state].format(number=decided.number)
