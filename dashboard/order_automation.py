"""What rules and people stuck on an order: tags, urgency, suggestions, tasks and drafted messages."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import automation_actions, automation_reads, display, identity, reads
from dashboard.automation_list import show_suggestions
from dashboard.automation_words import CHOICES, PRIORITIES, choice_name, suggestions_words
from dashboard.layout import section
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.orders.card_views import OrderCard
from oms_core.orders.labels import LONGEST_TAG
from oms_core.tasks.agenda import KINDS, LONGEST_TITLE
from oms_core.tasks.messages import MessageView
from oms_core.tasks.worklist import TaskView


def show_labels(card: OrderCard) -> None:
    """Show tags and urgency beside each other; who may change orders changes them in one popover."""
    labels = automation_reads.labels(card.number)
    may_edit = identity.may(Permission.ORDER_CHANGE)
    if not (labels.tags or labels.priority or may_edit):
        return
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="order-labels")
    if labels.priority:
        word, color = PRIORITIES[labels.priority]
        row.badge(_(word), color=color, icon=":material/flag:")
    for tag in labels.tags:
        row.badge(display.plain(tag), color="blue", icon=":material/sell:")
    if may_edit:
        with row.popover(_("Labels"), icon=":material/sell:", type="tertiary"):
            _edit_labels(card.number, labels.priority, labels.tags)


def show_offers(card: OrderCard) -> None:
    """Show what rules suggest for this order, done or dismissed in one click."""
    offers = automation_reads.suggestions(card.number)
    if offers:
        with section(suggestions_words(len(offers)), key="order-suggestions"):
            show_suggestions(offers, may_act=identity.may(Permission.TASK_WORK), names_orders=False)


def show_agenda(card: OrderCard) -> None:
    """Show what is to be done about the order and what was drafted to its customer."""
    if not identity.may(Permission.TASK_WORK):
        return
    with section(_("Tasks"), key="order-tasks"):
        for task in automation_reads.tasks(card.number):
            _show_task(task)
        with st.popover(_("New task"), icon=":material/add_task:"):
            _ask_task(card.number)
    drafts = automation_reads.drafts(card.number)
    if drafts:
        with section(_("Drafts"), key="order-drafts"):
            for draft in drafts:
                _show_draft(draft)


def _edit_labels(number: str, priority: int, tags: tuple[str, ...]) -> None:
    names = {code: _(word) for code, (word, _color) in PRIORITIES.items()}
    chosen = st.segmented_control(
        _("Priority"), list(names), default=priority, required=True, key=f"priority_{number}_{priority}",
        format_func=names.__getitem__,
    )  # fmt: skip
    if chosen != priority:
        automation_actions.prioritise(number, chosen)
        st.rerun()
    for tag in tags:
        st.button(
            display.plain(tag), key=f"untag_{tag}", icon=":material/close:", help=_("Remove a tag"),
            on_click=automation_actions.untag, args=(number, tag),
        )  # fmt: skip
    known = [tag for tag in automation_reads.tags() if tag not in tags]
    key = f"tag_{number}"
    st.selectbox(
        _("Add a tag"), known, index=None, key=key, accept_new_options=True,
        placeholder=_("At most {count} letters").format(count=LONGEST_TAG), on_change=automation_actions.tag,
        args=(number, key),
    )  # fmt: skip


def _show_task(task: TaskView) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", key=f"task_{task.id}")
    facts = [_(CHOICES.get(task.kind, task.kind))]
    if task.due_at:
        due = _("due {moment}").format(moment=display.moment(task.due_at))
        facts.append(f":red[{due}]" if task.is_overdue(datetime.now(UTC)) else due)
    if task.assignee:
        facts.append(display.plain(task.assignee))
    row.markdown(f"{display.plain(task.title)}  \n:gray[{' · '.join(facts)}]", width="stretch")
    row.button(
        _("Done"), key=f"finish_{task.id}", icon=":material/check:", on_click=automation_actions.finish, args=(task.id,)
    )


def _ask_task(number: str) -> None:
    with st.form("new_task", clear_on_submit=True, border=False):
        title = st.text_input(_("What is to be done"), key="task_title", max_chars=LONGEST_TITLE)
        kinds = {kind: choice_name("task", kind) for kind in KINDS}
        kind = st.selectbox(_("Kind of task"), list(kinds), key="task_kind", format_func=kinds.__getitem__)
        people = {"": _("nobody"), **{person.login: person_name(person.name) for person in reads.people()}}
        login = st.selectbox(_("Person"), list(people), key="task_person", format_func=people.__getitem__)
        minutes = st.number_input(
            _("Due in working minutes"), 1, None, None, step=30, key="task_due", placeholder=_("No time limit")
        )
        if st.form_submit_button(_("Add"), icon=":material/add:") and title:
            due = None if minutes is None else int(minutes)
            automation_actions.add_to_agenda(number, title, kind, login or None, due)
            st.rerun()


def _show_draft(draft: MessageView) -> None:
    with st.expander(display.plain(draft.subject), key=f"draft_{draft.id}"):
        st.text(draft.body)
        st.button(
            _("Discard"), key=f"discard_{draft.id}", icon=":material/delete:", on_click=automation_actions.discard,
            args=(draft.id,),
        )  # fmt: skip
