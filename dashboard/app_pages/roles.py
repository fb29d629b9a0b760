"""Roles: what each role may do, edited by an administrator, previewed, versioned and restored."""

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from dashboard import display, identity, people_actions, people_reads
from dashboard.layout import page_header, section
from dashboard.people_words import PERMISSIONS, ROLES, subject_of
from dashboard.translation import _, ngettext
from dashboard.version_words import author, note_words
from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.workflow.role_permissions import Change, MatrixView
from oms_core.workflow.versions import VersionView

ROW_HEIGHT = 34
SHOWN = tuple(role for role in Role if role is not Role.CLIENT)  # clients are given nothing
IS_ADMIN = Role.ADMIN in identity.person().roles and identity.may(Permission.PEOPLE_EDIT)


def frame_of(matrix: MatrixView) -> pl.DataFrame:
    columns: dict[str, list[object]] = {
        "subject": [subject_of(permission) for permission in Permission],
        "permission": [_(PERMISSIONS[permission]) for permission in Permission],
    }
    granted = {role.value: [permission in matrix.granted[role] for permission in Permission] for role in SHOWN}
    return pl.DataFrame({**columns, **granted})


def edit(matrix: MatrixView) -> dict[Role, frozenset[Permission]]:
    narrow = display.on_phone()  # where pinned columns would leave no room for the roles
    checks = {role.value: st.column_config.CheckboxColumn(_(ROLES[role]), disabled=not IS_ADMIN) for role in SHOWN}
    edited = st.data_editor(
        frame_of(matrix),
        key=f"matrix_{matrix.version}",
        column_config={
            "subject": st.column_config.TextColumn(_("About"), pinned=not narrow, width=130),
            "permission": st.column_config.TextColumn(_("What they may do"), pinned=True, width=190 if narrow else 240),
            **checks,
        },
        disabled=["subject", "permission", *([] if IS_ADMIN else [role.value for role in SHOWN])],
        column_order=["permission", *checks] if narrow else None,
        hide_index=True, num_rows="fixed", row_height=ROW_HEIGHT, height=ROW_HEIGHT * (len(Permission) + 1) + 2,
    )  # fmt: skip
    return {
        role: frozenset(one for one, is_granted in zip(Permission, edited[role.value], strict=True) if is_granted)
        for role in SHOWN
    }


def change_words(changes: Sequence[Change]) -> list[str]:
    lines = []
    for one in changes:
        words = _("{role} may: {permission}") if one.is_granted else _("{role} may no longer: {permission}")
        told = words.format(role=f"**{_(ROLES[one.role])}**", permission=_(PERMISSIONS[one.permission]))
        people = ngettext("{count} person", "{count} people", one.people).format(count=display.number(one.people))
        lines.append(f"- {':material/add:' if one.is_granted else ':material/remove:'} {told} ({people})")
    return lines


def show_preview(matrix: MatrixView, wanted: Mapping[Role, frozenset[Permission]]) -> None:
    changes = people_reads.preview(wanted)
    if not changes:
        return
    with section(_("What would change"), key="matrix_preview"):
        st.markdown("\n".join(change_words(changes)))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            note = st.text_input(_("Why"), key="matrix_note", autocomplete="off") or ""
            st.button(_("Save"), key="matrix_save", type="primary", on_click=people_actions.keep_matrix,
                      args=(wanted, matrix.version, note))  # fmt: skip


def show_versions(versions: Sequence[VersionView], current: int) -> None:
    with section(_("Versions"), hint=_("Each save is kept whole and can be put in force again."), key="versions"):
        if not versions:
            st.caption(_("Nothing was changed yet: roles may what every shop begins with."))
        for one in versions[:20]:
            with st.container(horizontal=True, vertical_alignment="center", key=f"version_{one.version}"):
                note = f" · {note_words(one.note)}" if one.note else ""
                who = f"{author(one.actor)}, {display.moment(one.recorded_at)}"
                st.markdown(f"**{one.version}** · {who}{note}", width="stretch")
                if one.version == current:
                    st.badge(_("In force"), color="green")
                elif IS_ADMIN:
                    st.button(_("Put in force"), key=f"restore_{one.version}", icon=":material/history:",
                              on_click=people_actions.restore_matrix, args=(one.version,))  # fmt: skip


page_header(_("Roles"), hint=_("What each role may do; whoever has several roles may what any of them may."))
if not IS_ADMIN:
    st.caption(_("Only an administrator changes this."))
matrix = people_reads.matrix()
wanted = edit(matrix)
if IS_ADMIN:
    show_preview(matrix, wanted)
if identity.may(Permission.WORKFLOW_VIEW):
    show_versions(people_reads.matrix_versions(), matrix.version)
