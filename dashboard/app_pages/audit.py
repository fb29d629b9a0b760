"""The audit: who changed which row, what it was before and what it became; nobody can change it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from dashboard import display, people_reads, reads
from dashboard.audit_words import column_name, row_words, table_name, value_words
from dashboard.filters import in_address
from dashboard.layout import empty_state, page_header, section
from dashboard.people_words import ACTIONS
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.audit_trail import AuditRow

ROW_HEIGHT, PAGE_SIZE = 34, 50
PERIODS = (1, 7, 30, 365, 0)
PAGES_KEY = "_audit_pages"


def change_words(row: AuditRow, people: Mapping[int, str]) -> str:
    before, after = row.before or {}, row.after or {}
    if row.action == "update":
        parts = [
            f"{column_name(name)}: {value_words(name, before.get(name), people)} → "
            f"{value_words(name, after[name], people)}"
            for name in after
        ]
    else:
        known: Mapping[str, Any] = after or before
        parts = [
            f"{column_name(name)}: {value_words(name, value, people)}"
            for name, value in known.items()
            if name != "id" and value not in (None, "", [], {})
        ]
    return "; ".join(parts)


def choose() -> dict[str, Any]:
    tables = {"": _("Every table"), **{name: table_name(name) for name in people_reads.audited_tables()}}
    people = {"": _("Anybody"), **{person.login: person_name(person.name) for person in reads.people()},
              "system": _("System")}  # fmt: skip
    periods = {days: _("{count} days").format(count=days) for days in PERIODS} | {
        1: _("Today"), 365: _("1 year"), 0: _("Ever")
    }  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", key="audit-filters"):
        table = st.selectbox(_("Table"), list(tables), format_func=tables.__getitem__, label_visibility="collapsed",
                             width=200, **in_address("table", list(tables), ""))  # fmt: skip
        by = st.selectbox(_("Changed by"), list(people), format_func=people.__getitem__, label_visibility="collapsed",
                          width=200, **in_address("by", list(people), ""))  # fmt: skip
        row = st.text_input(_("Row"), key="row", bind="query-params", placeholder=_("Key of the row"),
                            label_visibility="collapsed", width=200, autocomplete="off")  # fmt: skip
        days = st.segmented_control(_("Period"), PERIODS, required=True, format_func=periods.__getitem__,
                                    label_visibility="collapsed", **in_address("days", PERIODS, 30))  # fmt: skip
    today = datetime.now(display.viewer_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    since = (today - timedelta(days=(days or 1) - 1)).astimezone(UTC) if days else None
    return {"table": table or None, "by": by or None, "row": row or None, "since": since}


def show_rows(rows: Sequence[AuditRow], people: Mapping[int, str]) -> AuditRow | None:
    names = {"system": _("System")} | {person.login: person_name(person.name) for person in reads.people()}
    state: Any = st.dataframe(
        [
            {
                "when": display.moment(row.recorded_at),
                "who": names.get(row.actor or "", row.actor or _("past the door")),
                "action": _(ACTIONS[row.action]), "table": table_name(row.table),
                "row": row_words(row.table, row.row_key, people), "change": change_words(row, people),
            }
            for row in rows
        ],
        key=f"audit_{rows[0].id}_{len(rows)}",
        column_config={
            "when": _("When"), "who": _("Who"), "action": _("Action"), "table": _("Table"), "row": _("Row"),
            "change": st.column_config.TextColumn(_("Change"), width="large"),
        },
        hide_index=True, row_height=ROW_HEIGHT, height=min(646, ROW_HEIGHT * (len(rows) + 1) + 2),
        on_select="rerun", selection_mode="single-row", alt=_("Changes with who made them and when"),
    )  # fmt: skip
    places: list[int] = state.selection.rows
    return rows[places[0]] if places and places[0] < len(rows) else None


def show_change(row: AuditRow, people: Mapping[int, str]) -> None:
    title = f"{table_name(row.table)}: {row_words(row.table, row.row_key, people)} · {display.moment(row.recorded_at)}"
    with section(display.plain(title), key="audit_change"):
        names = sorted({*(row.before or {}), *(row.after or {})})
        st.dataframe(
            [
                {
                    "column": column_name(name),
                    "before": value_words(name, (row.before or {}).get(name), people),
                    "after": value_words(name, (row.after or {}).get(name), people),
                }
                for name in names
            ],
            column_config={"column": _("Column"), "before": _("Before"), "after": _("After")},
            hide_index=True, row_height=ROW_HEIGHT, alt=_("The row before and after"),
        )  # fmt: skip


def cursors_of(asked: Mapping[str, Any]) -> list[int | None]:
    """Cursors of the pages turned so far for these filters; others start over."""
    known, cursors = st.session_state.get(PAGES_KEY, (None, []))
    if known != asked:
        cursors = [None]
        st.session_state[PAGES_KEY] = (asked, cursors)
    found: list[int | None] = cursors
    return found


def turn_back(cursors: list[int | None]) -> None:
    cursors.pop()


page_header(_("Audit"), hint=_("Every change of what people keep. Nobody can edit or delete it; secrets are left out."))
asked = choose()
cursors = cursors_of(asked)
page = people_reads.audit(**asked, before=cursors[-1], limit=PAGE_SIZE)
if not page.rows:
    empty_state("history_toggle_off", _("Nothing was changed"), _("Try a longer period or another table."))
else:
    people = people_reads.names_by_id()
    if chosen := show_rows(page.rows, people):
        show_change(chosen, people)
    with st.container(horizontal=True, horizontal_alignment="right", key="pager"):
        st.button(_("Previous"), key="page_back", icon=":material/chevron_left:", disabled=len(cursors) == 1,
                  on_click=turn_back, args=(cursors,))  # fmt: skip
        st.button(_("Next"), key="page_on", icon=":material/chevron_right:", icon_position="right",
                  disabled=page.next_before is None, on_click=cursors.append, args=(page.next_before,))  # fmt: skip
