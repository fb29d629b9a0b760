"""Rows of tasks: what is to be done, one tap to say that it is, and what else may become of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import display, reads, task_actions, task_reads
from dashboard.identity import may, person
from dashboard.notices import show_notices
from dashboard.task_words import LATER, MORNING, facts_of, icon_of, put_off_to, title_of
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.tasks.worklist import TaskView

ORDER, CUSTOMER = "app_pages/order.py", "app_pages/customer.py"


def show_task(task: TaskView, zone: ZoneInfo, *, is_at_home: bool = False, names_assignee: bool = True) -> None:
    """Show a task as a row; ``is_at_home``: beside its order, which is not named."""
    now = datetime.now(UTC)
    is_narrow = is_at_home or display.on_phone()
    row = st.container(horizontal=not is_narrow, vertical_alignment="center", gap="small", key=f"task_{task.id}")
    facts = facts_of(task, zone, now, names_assignee=names_assignee)
    lines = [f"{icon_of(task)} {display.plain(title_of(task))}"]
    if facts:
        lines.append(f":gray[{' · '.join(facts)}]")
    if task.note:
        lines.append(f":gray[{display.plain(task.note)}]")
    with row.container(gap=None, width="stretch"):
        st.markdown("  \n".join(lines))
        if not is_at_home:
            _link_subject(task)
    if not task.may_handle:
        return
    if is_narrow:
        row = row.container(horizontal=True, gap="small")
    if task.done_at is not None:
        row.button(_("Open again"), key=f"reopen_{task.id}", icon=":material/undo:", on_click=task_actions.reopen,
                   args=(task.id,))  # fmt: skip
        return
    row.button(_("Mark done"), key=f"finish_{task.id}", icon=":material/check:", on_click=task_actions.finish,
               args=(task.id,))  # fmt: skip
    with row:
        _offer_more(task, zone, now)


def _link_subject(task: TaskView) -> None:
    if task.number is not None:
        label = " · ".join(part for part in (task.number, display.plain(task.customer)) if part)
        st.page_link(ORDER, label=label, icon=":material/receipt_long:", query_params={"number": task.number})
    elif task.customer_id is not None and may(Permission.CUSTOMER_VIEW):
        st.page_link(CUSTOMER, label=display.plain(task.customer) or _("Customer"), icon=":material/person:",
                     query_params={"id": str(task.customer_id)})  # fmt: skip


def _offer_more(task: TaskView, zone: ZoneInfo, now: datetime) -> None:
    acts = {code: _(said) for code, said in LATER.items()}
    if task.assignee != person().login:
        acts["take"] = _("Take it")
    if task.assignee is not None:
        acts["free"] = _("Put it back: anybody takes it")
    if may(Permission.ORDER_ASSIGN):
        acts["hand"] = _("Hand over…")
    code = st.menu_button(_("More"), list(acts), format_func=acts.__getitem__, key=f"more_{task.id}")
    if code == "when":
        st.dialog(_("Put off"), icon=":material/snooze:")(_ask_time)(task, zone)
    elif code == "hand":
        st.dialog(_("Hand over"), icon=":material/person_add:")(_ask_person)(task)
    elif code:
        if code in {"take", "free"}:
            task_actions.hand(task.id, person().login if code == "take" else None)
        else:
            task_actions.put_off(task.id, put_off_to(code, zone, now))
        st.rerun()


def _ask_time(task: TaskView, zone: ZoneInfo) -> None:
    st.markdown(display.plain(title_of(task)))
    until = ask_moment(zone, key=f"until_{task.id}")
    if st.button(_("Put off"), key=f"put_off_{task.id}", type="primary", disabled=until is None, width="stretch"):
        if until is not None and task_actions.put_off(task.id, until):
            st.rerun()
        show_notices()


def _ask_person(task: TaskView) -> None:
    st.markdown(display.plain(title_of(task)))
    names = {one.login: person_name(one.name) for one in reads.people() if one.login != task.assignee}
    to = st.selectbox(_("Person"), list(names), format_func=names.__getitem__, key=f"hand_to_{task.id}", index=None,
                      placeholder=_("Choose a person"))  # fmt: skip
    if st.button(_("Hand over"), key=f"hand_{task.id}", type="primary", disabled=to is None, width="stretch"):
        task_actions.hand(task.id, to)
        st.rerun()


def ask_moment(zone: ZoneInfo, *, key: str, is_optional: bool = False) -> datetime | None:
    """Ask for a day and a time by the reader's own clock; it bears no zone. None: neither is asked for, or a part."""
    tomorrow = datetime.now(UTC).astimezone(zone).date() + timedelta(days=1)
    left, right = st.columns(2)
    day = left.date_input(_("Day"), value=None if is_optional else tomorrow, key=f"{key}_day",
                          help=_("By your own clock: {zone}").format(zone=task_reads.zone().key))  # fmt: skip
    clock = right.time_input(_("Time"), value=MORNING, key=f"{key}_time", step=900)
    return datetime.combine(day, clock) if day and clock else None
