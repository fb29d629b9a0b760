"""What the pages of the workflow and of the reasons read."""

from datetime import UTC, datetime

import streamlit as st

from dashboard.identity import require
from dashboard.reads import ask
from oms_core.access.permissions import Permission
from oms_core.orders.flow_figures import Flow, MovedPage, list_flow, list_moved
from oms_core.orders.reason_figures import count_reasons
from oms_core.workflow.reasons import KIND as REASONS
from oms_core.workflow.reasons import Reason, list_reasons, reason_version
from oms_core.workflow.versions import VersionView, list_versions
from oms_core.workflow.workflow_document import (
    CODE,
    KIND,
    Preview,
    WorkflowDocument,
    preview_workflow,
    read_workflow,
    workflow_version,
)

PAGE_SIZE = 50
_COUNTED_FOR = 60  # seconds: 90 days of moves are too many to count at every click


def workflow() -> WorkflowDocument:
    """The workflow in force."""
    return ask(read_workflow)


def version() -> int:
    """The number of the version in force; 0 where nobody changed it yet."""
    return ask(workflow_version)


def versions() -> list[VersionView]:
    """The versions of the workflow, the newest first."""
    return ask(list_versions, kind=KIND, code=CODE)


def preview(document: WorkflowDocument) -> Preview:
    """What putting the document in force would do."""
    return ask(preview_workflow, document=document)


def flow(channel: str | None) -> Flow:
    """Where open orders stand, and which ways orders took lately; a moment old."""
    require(Permission.WORKFLOW_VIEW)
    return _flow(channel)


@st.cache_data(ttl=_COUNTED_FOR, show_spinner=False, max_entries=50)
def _flow(channel: str | None) -> Flow:
    return ask(list_flow, now=datetime.now(UTC), channel=channel)


def forget_flow() -> None:
    """Count anew at the next look: other statuses are in force."""
    _flow.clear()


def moved(start: str, end: str, channel: str | None, cursor: str | None) -> MovedPage:
    """The orders that lately went from one status to another."""
    return ask(
        list_moved, now=datetime.now(UTC), from_status=start, to_status=end, channel=channel, cursor=cursor,
        limit=PAGE_SIZE,
    )  # fmt: skip


def reasons() -> list[Reason]:
    """Every reason to cancel, those out of use too."""
    return ask(list_reasons)


def reason_uses() -> dict[str, int]:
    """How often each reason was given in the last 90 days."""
    return ask(count_reasons, now=datetime.now(UTC))


def reason_in_force(code: str) -> int:
    """The number of a reason's version in force; 0 where nobody changed it yet."""
    return ask(reason_version, code=code)


def reason_versions(code: str) -> list[VersionView]:
    """The versions of a reason, the newest first."""
    return ask(list_versions, kind=REASONS, code=code)
