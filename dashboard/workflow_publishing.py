"""From the draft to what is in force: what it would do, why not yet, publishing; and the way back to old versions."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import display, workflow_actions, workflow_draft, workflow_reads
from dashboard.layout import empty_state, section
from dashboard.translation import _, ngettext
from dashboard.version_words import author, note_words
from dashboard.workflow_adding import status_words
from dashboard.workflow_draft import PREVIEWING, Draft
from dashboard.workflow_faults import change_words, fault_words
from oms_core.workflow.versions import VersionView
from oms_core.workflow.workflow_effect import Change, Preview, differences
from oms_core.workflow.workflow_parts import WorkflowDocument

_SHOWN_VERSIONS = 30


def show_draft_bar(draft: Draft, version: int, document: WorkflowDocument) -> None:
    """Say how far the draft is from what is in force, with the way on and the way back."""
    changes = draft.changes()
    if draft.based_on != version:
        _show_stale(draft, version, document)
    with st.container(horizontal=True, vertical_alignment="center", key="draft-bar"):
        if not changes:
            st.caption(
                _("Nothing is changed yet. Edits stay in a draft of yours until you publish them."), width="stretch"
            )
            return
        reordered = sum(_is_reordered(change) for change in changes)
        count = len(changes) - reordered + bool(reordered)  # a new order is one change, however many it moves
        told = ngettext("{count} change, not in force yet", "{count} changes, not in force yet", count)
        st.markdown(f":orange[●] {told.format(count=display.number(count))}", width="stretch")
        st.button(_("Discard"), key="discard_draft", icon=":material/undo:", on_click=workflow_draft.forget)
        st.button(
            _("Preview"),
            key="preview_draft",
            type="primary",
            icon=":material/preview:",
            on_click=_preview,
            args=(True,),
        )


def _show_stale(draft: Draft, version: int, document: WorkflowDocument) -> None:
    told = _("Version {current} was published meanwhile; your draft is based on version {given}.")
    row = st.container(horizontal=True, vertical_alignment="center", key="stale-draft")
    row.warning(told.format(current=version, given=draft.based_on), icon=":material/sync_problem:")
    row.button(
        _("Go on from version {version}").format(version=version), key="rebase_draft",
        help=_("Your draft stays; the preview then shows all that differs from what is in force now."),
        on_click=_rebase, args=(draft, version, document),
    )  # fmt: skip


def _rebase(draft: Draft, version: int, document: WorkflowDocument) -> None:
    draft.based_on, draft.before = version, document


def _preview(is_wanted: bool) -> None:
    st.session_state[PREVIEWING] = is_wanted


def show_preview(draft: Draft) -> None:
    """Say what publishing the draft would do, and publish it with a note."""
    preview, names = workflow_reads.preview(draft.document()), _names(draft)
    changes = [*preview.added, *preview.changed, *preview.removed]
    with section(_("What publishing will do"), key="workflow-preview"):
        _show_changes(changes, names)
        _show_orders(preview, names)
        faults = [*preview.faults, *preview.obstacles]
        for fault in faults:
            subject = " → ".join(names.get(end, end) for end in fault.subject.split(" → "))
            st.error(f"**{display.plain(subject)}** — {fault_words(fault, names)}", icon=":material/error:")
        note = st.text_input(_("Why"), key="workflow_note", max_chars=300, autocomplete="off") or ""
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.button(_("Back to editing"), key="back_to_editing", on_click=_preview, args=(False,))
            st.button(
                _("Publish"), key="publish_workflow", type="primary", icon=":material/publish:",
                disabled=bool(faults) or preview.is_empty, on_click=workflow_actions.publish,
                args=(draft.document(), note, draft.based_on),
            )  # fmt: skip


def _names(draft: Draft) -> Mapping[str, str]:
    """Names of statuses and types: those of the draft, and those it takes out."""
    before = {one.code: one.name for one in draft.before.statuses}
    before |= {one.code: one.name for one in draft.before.order_types}
    return before | {one["code"]: one["name"] for one in draft.pieces["order_types"]} | status_words(draft)


def _show_changes(changes: Sequence[Change], names: Mapping[str, str]) -> None:
    """A line for each change; those of nothing but the order are told as one."""
    real = [change for change in changes if not _is_reordered(change)]
    lines = [f"- {change_words(change, names)}" for change in real]
    if len(real) < len(changes):
        lines.append("- :orange[:material/swap_vert:] " + _("The order changes"))
    st.markdown("\n".join(lines) or _("Nothing would change."))


def _is_reordered(change: Change) -> bool:
    return set(change.before) == set(change.after) == {"position"}


def _show_orders(preview: Preview, names: Mapping[str, str]) -> None:
    if preview.orders_affected:
        told = _("{orders} stand where something changes").format(orders=display.orders(preview.orders_affected))
        where = ", ".join(f"{display.plain(names.get(code, code))} {display.number(count)}"
                          for code, count in preview.orders.items())  # fmt: skip
        st.markdown(f":material/inbox: {told}: {where}")
    else:
        st.markdown(":material/inbox: " + _("No open order is affected."))


def show_versions(document: WorkflowDocument, version: int, *, may_edit: bool) -> None:
    """List the versions, each with what differs from the present, and the way back to it."""
    versions = workflow_reads.versions()
    if not versions:
        empty_state("history", _("Nothing was changed yet"), _("The workflow is the one every shop begins with."))
        return
    for kept in versions[:_SHOWN_VERSIONS]:
        is_current = kept.version == version
        with st.container(border=True, key=f"version_{kept.version}", gap="xsmall"):
            show_version_head(kept, is_current=is_current)
            if is_current:
                continue
            then = WorkflowDocument.of(kept.document)
            names = {one.code: one.name for one in (*document.statuses, *then.statuses)}
            with st.expander(_("What going back would change")):
                _show_changes(differences(document, then), names)
                if may_edit:
                    st.button(
                        _("Put version {version} in force again").format(version=kept.version),
                        key=f"restore_{kept.version}", icon=":material/history:", on_click=workflow_actions.restore,
                        args=(kept.version, version),
                    )  # fmt: skip


def show_version_head(kept: VersionView, *, is_current: bool) -> None:
    """Say a version's number, author, time and note."""
    row = st.container(horizontal=True, vertical_alignment="center")
    note = f"  \n{note_words(kept.note)}" if kept.note else ""
    who = f":gray[{author(kept.actor)} · {display.moment(kept.recorded_at)}]"
    title = _("Version {version}").format(version=kept.version)
    row.markdown(f"**{title}** {who}{note}", width="stretch")
    if is_current:
        row.badge(_("In force"), color="green")
