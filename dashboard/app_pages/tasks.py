"""Tasks: what is mine and my team's to do, what is late, by when; done with one tap."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import display, filters, reads, task_form, task_reads
from dashboard.export_lists import tasks_listing
from dashboard.exporting import offer_export
from dashboard.identity import may
from dashboard.layout import empty_state, page_header, section
from dashboard.task_calendar import show_calendar
from dashboard.task_rows import show_task
from dashboard.task_words import BUCKETS, DUE, WHOSE, bucket_of, kind_name
from dashboard.translation import _, n_
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.tasks.agenda import KINDS
from oms_core.tasks.worklist import TaskView, Whose

SHOWN = {"list": n_("List"), "calendar": n_("Calendar"), "done": n_("Finished")}
AFTER = "after"
EVERY = "5s"  # so soon after its time has come a task is shown as due
gives_work = may(Permission.ORDER_ASSIGN)


def choose_whose() -> str:
    counts = task_reads.counts()
    told = {Whose.MINE: counts.mine, Whose.NOBODY: counts.nobody}
    offered = [one for one in Whose if gives_work or one in {Whose.MINE, Whose.NOBODY}]
    names = {one.value: f"{_(WHOSE[one])} {told[one]}" if told.get(one) else _(WHOSE[one]) for one in offered}
    chosen = st.segmented_control(
        _("Whose"), list(names), required=True, format_func=names.__getitem__, label_visibility="collapsed",
        **filters.in_address("whose", list(names), Whose.MINE.value),
    )  # fmt: skip
    return chosen or Whose.MINE.value


def choose_shown() -> str:
    names = {code: _(said) for code, said in SHOWN.items()}
    chosen = st.segmented_control(
        _("Show as"), list(names), required=True, format_func=names.__getitem__, label_visibility="collapsed",
        **filters.in_address("shown", list(names), "list"),
    )  # fmt: skip
    return chosen or "list"


def choose_due() -> str | None:
    counts = task_reads.counts()
    told = {"overdue": counts.overdue, "today": counts.today} if asked["whose"] == Whose.MINE else {}
    names = {code: f"{_(said)} {told[code]}" if told.get(code) else _(said) for code, said in DUE.items()}
    chosen: str | None = st.pills(
        _("Due"), list(names), format_func=names.__getitem__, label_visibility="collapsed",
        **filters.in_address("due", list(names), None),
    )  # fmt: skip
    return chosen


def choose_one(key: str, label: str, names: dict[str, str]) -> str | None:
    offered = {"": label, **names}
    code = st.selectbox(
        label, list(offered), format_func=offered.__getitem__, label_visibility="collapsed", width=200,
        **filters.in_address(key, list(offered), ""),
    )  # fmt: skip
    return code or None


def show_rows(tasks: list[TaskView], *, is_done: bool) -> None:
    now = datetime.now(UTC)
    if is_done:
        with section(_("Finished"), key="tasks_done"):
            for task in tasks:
                show_task(task, zone)
        return
    for bucket, said in BUCKETS.items():
        those = [task for task in tasks if bucket_of(task, zone, now) == bucket]
        if those:
            with section(_(said), key=f"tasks_{bucket}"):
                for task in those:
                    show_task(task, zone, names_assignee=asked["whose"] != Whose.MINE)


def told_of(asked: dict[str, str | None]) -> list[tuple[str, str]]:
    """What was chosen, in words."""
    due, kind = asked.get("due"), asked.get("kind")
    return [
        (_("Whose"), _(WHOSE[Whose(asked["whose"] or Whose.MINE)])), (_("Due"), _(DUE[due]) if due else ""),
        (_("Kind"), kind_name(kind) if kind else ""), (_("Who"), asked.get("assignee") or ""),
    ]  # fmt: skip


def turn(cursor: str | None) -> None:
    if cursor is None:
        st.query_params.pop(AFTER, None)
    else:
        st.query_params[AFTER] = cursor


@st.fragment(run_every=EVERY)
def watch_clock(comes: datetime | None) -> None:
    """Show the page anew once the time of the next task has come; asks nothing, so that a session may fall idle."""
    if comes is not None and comes <= datetime.now(UTC):
        st.rerun()


def show_list(*, is_done: bool) -> None:
    cursor = st.query_params.get(AFTER)
    page = task_reads.page(is_done=is_done, cursor=cursor, **asked)
    if not page.rows:
        empty_state("task_alt", _("Nothing to do here"), _("Tasks come from rules, from orders, and by hand."))
    elif not display.on_phone():
        with actions:
            offer_export(tasks_listing(asked, is_done=is_done, told=told_of(asked)))
    show_rows(list(page.rows), is_done=is_done)
    now = datetime.now(UTC)
    watch_clock(min((row.due_at for row in page.rows if row.due_at and row.due_at > now and not is_done), default=None))
    if cursor or page.next_cursor:
        row = st.container(horizontal=True, key="tasks-pages")
        row.button(_("First page"), key="tasks_first", disabled=not cursor, on_click=turn, args=(None,))
        row.button(
            _("Next page"), key="tasks_next", disabled=page.next_cursor is None, on_click=turn, args=(page.next_cursor,)
        )


zone = task_reads.zone()
actions = page_header(_("Tasks"))
with actions:
    shown = choose_shown()
    if st.button(_("New task"), key="new_task", icon=":material/add_task:", type="primary"):
        task_form.open_new()
asked: dict[str, str | None] = {}
with st.container(horizontal=True, vertical_alignment="center", gap="small", key="task-filters"):
    asked["whose"] = choose_whose()
    if shown == "list":
        asked["due"] = choose_due()
    asked["kind"] = choose_one("kind", _("Every kind"), {kind: kind_name(kind) for kind in KINDS})
    if gives_work and asked["whose"] in {Whose.TEAM, Whose.ALL}:
        names = {one.login: person_name(one.name) for one in reads.people()}
        asked["assignee"] = choose_one("person", _("Every person"), names)
if shown == "calendar":
    show_calendar(zone, **asked)
else:
    show_list(is_done=shown == "done")
