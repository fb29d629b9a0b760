"""Adding a piece to the draft of the workflow: a small panel behind a button for each kind."""

import streamlit as st

from dashboard.translation import _
from dashboard.words import group_name, said
from dashboard.workflow_draft import Draft, add_order_type, add_status, add_transition, field_key
from dashboard.workflow_fields import tell_fault
from oms_core.access.models import Role
from oms_core.workflow.models import Group

CHOSEN = "_workflow_chosen"
_NEW_ROLES = (Role.MANAGER, Role.LEAD, Role.ADMIN)


def status_words(draft: Draft) -> dict[str, str]:
    """Names of the draft's statuses by code."""
    return {str(one["code"]): said(one["name"], one["translations"]) for one in draft.pieces["statuses"]}


def _adder(draft: Draft, part: str, name: str) -> str:
    """Key of a field for a new piece: another one after each piece, so that the panel closes and is empty again."""
    return field_key(part, str(len(draft.pieces[part])), name)


def _add_status_form(draft: Draft) -> None:
    with st.popover(_("Add a status"), icon=":material/add:", width="stretch", key=_adder(draft, "statuses", "panel")):
        groups = {group.value: group_name(group) for group in Group}
        name = st.text_input(_("Name"), key=_adder(draft, "statuses", "new_status"), max_chars=100, autocomplete="off")
        group = st.selectbox(
            _("Group"), list(groups), format_func=groups.__getitem__, key=_adder(draft, "statuses", "new_group")
        )
        if st.button(
            _("Add"), key=_adder(draft, "statuses", "add_status"), disabled=not (name or "").strip(), width="stretch"
        ):
            st.session_state[f"{CHOSEN}_next_statuses"] = add_status(draft, str(name).strip(), group)
            st.rerun()


def _add_transition_form(draft: Draft) -> None:
    names = status_words(draft)
    with st.popover(_("Add a move"), icon=":material/add:", width="stretch", key=_adder(draft, "transitions", "panel")):
        start = st.selectbox(
            _("From status"), list(names), format_func=names.__getitem__, key=_adder(draft, "transitions", "new_from")
        )
        end = st.selectbox(
            _("To status"),
            list(names),
            index=None,
            format_func=names.__getitem__,
            key=_adder(draft, "transitions", "new_to"),
        )
        label = st.text_input(
            _("Label of the button"), key=_adder(draft, "transitions", "new_label"), max_chars=60, autocomplete="off"
        )
        is_there = any((one["from_status"], one["to_status"]) == (start, end) for one in draft.pieces["transitions"])
        if is_there:
            tell_fault(st.container(), _("This move is there already."))
        is_ready = end is not None and not is_there and bool((label or "").strip())
        if st.button(
            _("Add"), key=_adder(draft, "transitions", "add_transition"), disabled=not is_ready, width="stretch"
        ):
            add_transition(draft, str(start), str(end), str(label).strip(), [role.value for role in _NEW_ROLES])
            st.session_state[f"{CHOSEN}_next_transitions"] = f"{start} → {end}"
            st.rerun()


def _add_order_type_form(draft: Draft) -> None:
    with st.popover(
        _("Add an order type"), icon=":material/add:", width="stretch", key=_adder(draft, "order_types", "panel")
    ):
        name = st.text_input(_("Name"), key=_adder(draft, "order_types", "new_type"), max_chars=100, autocomplete="off")
        if st.button(
            _("Add"), key=_adder(draft, "order_types", "add_type"), disabled=not (name or "").strip(), width="stretch"
        ):
            st.session_state[f"{CHOSEN}_next_order_types"] = add_order_type(draft, str(name).strip())
            st.rerun()


ADDERS = {"statuses": _add_status_form, "transitions": _add_transition_form, "order_types": _add_order_type_form}
