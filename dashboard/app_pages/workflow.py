"""Workflow: the state machine with live figures, its editor with a preview, and its versions."""

import streamlit as st

from dashboard import identity, workflow_draft, workflow_overview, workflow_publishing, workflow_reads
from dashboard.filters import in_address
from dashboard.layout import page_header
from dashboard.translation import _
from dashboard.workflow_editor import show_editor
from oms_core.access.permissions import Permission
from oms_core.workflow.workflow_check import check_workflow
from oms_core.workflow.workflow_parts import WorkflowDocument

MAY_EDIT = identity.may(Permission.WORKFLOW_EDIT)


def choose_section() -> str:
    names = {"picture": _("Overview"), "edit": _("Edit"), "versions": _("Versions")}
    if not MAY_EDIT:
        del names["edit"]
    chosen: str | None = st.segmented_control(
        _("Section"), list(names), required=True, format_func=names.__getitem__, label_visibility="collapsed",
        **in_address("section", list(names), "picture"),
    )  # fmt: skip
    return chosen or "picture"


def edit(document: WorkflowDocument, version: int) -> None:
    draft = workflow_draft.open_draft(document, version)
    if st.session_state.get(workflow_draft.PREVIEWING) and draft.changes():
        workflow_publishing.show_preview(draft)
        return
    workflow_publishing.show_draft_bar(draft, version, document)
    show_editor(draft, check_workflow(draft.document().canonical()))


with page_header(_("Workflow"), hint=_("Which statuses orders go through, who moves them, and what that needs.")):
    shown = choose_section()
    channel = workflow_overview.choose_channel() if shown == "picture" else None
document, version = workflow_reads.workflow(), workflow_reads.version()
if shown == "edit":
    edit(document, version)
elif shown == "versions":
    workflow_publishing.show_versions(document, version, may_edit=MAY_EDIT)
elif move := st.query_params.get("move"):
    workflow_overview.show_moved(move, channel)
else:
    workflow_overview.show_overview(document, channel)
