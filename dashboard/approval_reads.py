"""What the page of approvals reads; nothing of it is kept: it must show what was just decided."""

from datetime import UTC, datetime

from dashboard.identity import acting
from dashboard.reads import ask
from oms_core.access.absences import DelegationView, list_delegations
from oms_core.orders.approval_inbox import Inbox, list_approvals
from oms_core.workflow.approval_policies import ApprovalPolicyView, list_approval_policies
from oms_core.workflow.hold_policies import HoldPolicyView, list_hold_policies
from oms_core.workflow.versions import VersionView, list_versions


def inbox() -> Inbox:
    """Requests by who must act."""
    return ask(list_approvals, now=datetime.now(UTC))


def limits() -> list[ApprovalPolicyView]:
    """Approval policies as they are now."""
    return ask(list_approval_policies)


def hold_policies() -> list[HoldPolicyView]:
    """Hold policies as they are now."""
    return ask(list_hold_policies)


def versions(kind: str, code: str) -> list[VersionView]:
    """The saved versions of a policy, the newest first."""
    return ask(list_versions, kind=kind, code=code)


def stand_ins(login: str | None = None) -> list[DelegationView]:
    """Who stands in for a person, the person signed in where none is named."""
    return ask(list_delegations, login=login or acting().login)
