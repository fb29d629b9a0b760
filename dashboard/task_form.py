"""The form of a new task: what is to be done, by whom and by when."""

import streamlit as st

from dashboard import reads, task_actions, task_reads
from dashboard.identity import person
from dashboard.notices import show_notices
from dashboard.task_rows import ask_moment
from dashboard.task_words import kind_name
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.tasks.agenda import KINDS, LONGEST_NOTE, LONGEST_TITLE


def open_new(number: str = "") -> None:
    """Ask for a new task, of an order or of nothing."""
    st.dialog(_("New task"), icon=":material/add_task:")(_form)(number)


def _form(number: str) -> None:
    title = st.text_input(_("What is to be done"), key="task_title", max_chars=LONGEST_TITLE, autocomplete="off")
    kinds = {kind: kind_name(kind) for kind in KINDS}
    kind = st.selectbox(_("Kind of task"), list(kinds), key="task_kind", format_func=kinds.__getitem__)
    people = {"": _("nobody"), **{one.login: person_name(one.name) for one in reads.people()}}
    place = list(people).index(person().login) if person().login in people else 0
    login = st.selectbox(_("Person"), list(people), index=place, key="task_person", format_func=people.__getitem__)
    due = ask_moment(task_reads.zone(), key="task_due", is_optional=True)
    facts: dict[str, object] = {"number": number or None}
    if number:
        facts["until_left"] = st.checkbox(_("Ends when the order leaves its status"), key="task_until_left")
    else:
        facts["number"] = (st.text_input(_("Order number"), key="task_order", autocomplete="off") or "").strip() or None
    note = st.text_area(_("Note"), key="task_note", max_chars=LONGEST_NOTE, height=72)
    if st.button(_("Add"), key="task_add", type="primary", disabled=not title, width="stretch"):
        if task_actions.add(title=title, kind=kind, assignee=login or None, due_at=due, note=note or "", **facts):
            st.rerun()
        show_notices()
