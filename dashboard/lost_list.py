"""What may be lost: counters, where they stand and with whom, and the list with a cure in every row."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display, lost_actions, order_actions, reads
from dashboard.identity import may
from dashboard.layout import section
from dashboard.lost_words import DANGERS, ICONS, MEANINGS, cure_words, owner_words, since_words, stage_words
from dashboard.translation import _
from dashboard.words import GROUPS, person_name
from dashboard.workflow_words import status_name
from oms_core.access.permissions import Permission
from oms_core.orders.lost import LostCount, LostRow

OPENED_KEY = "lost_opened"
ROW_HEIGHT, GRID_HEIGHT = 34, 646


def show_tiles(counts: Sequence[LostCount]) -> None:
    """Show how many there are of each kind."""
    sums = Counter[str]()
    for count in counts:
        sums[count.kind] += count.orders
    grid = st.container(key="lost-tiles").grid(4, min_column_width=150)
    for kind, name in DANGERS.items():
        grid.metric(
            _(name),
            display.number(sums[kind]),
            border=True,
            help=_(MEANINGS[kind]),
            height="stretch",
            icon=f":material/{ICONS[kind]}:",
        )


def show_matrix(counts: Sequence[LostCount]) -> None:
    """Show in which stage and with whom they are."""
    sums, owners = Counter[tuple[str, str]](), Counter[str]()
    for count in counts:
        owner = person_name(count.owner_name) if count.owner_name else _("nobody")
        sums[owner, count.stage or ""] += count.orders
        owners[owner] += count.orders
    stages = [stage for stage in (*GROUPS, "") if any(stage == at for _owner, at in sums)]
    with section(_("By owner and stage"), key="lost-matrix"):
        st.dataframe(
            [
                {"owner": owner, **{stage or "none": sums[owner, stage] for stage in stages}, "all": total}
                for owner, total in owners.most_common()
            ],
            hide_index=True,
            row_height=ROW_HEIGHT,
            column_config={
                "owner": st.column_config.TextColumn(_("Owner"), pinned=True),
                **{stage or "none": st.column_config.NumberColumn(stage_words(stage or None)) for stage in stages},
                "all": st.column_config.NumberColumn(_("All")),
            },
            alt=_("What may be lost by owner and stage"),
        )


def show_grid(rows: Sequence[LostRow]) -> list[LostRow]:
    """Show the rows, each with its cure as a button; returns the selected ones."""
    state: Any = st.dataframe(
        pl.DataFrame(
            {
                "number": [row.number for row in rows],
                "kind": [_(DANGERS[row.kind]) for row in rows],
                "since": [since_words(row) for row in rows],
                "cure": [cure_words(row) if lost_actions.may_cure(row) else "" for row in rows],
                "what": [row.task or _status(row) for row in rows],
                "owner": [owner_words(row) for row in rows],
                "customer": [row.customer or "" for row in rows],
                "call": [f"tel:{row.phone}" if row.phone else "" for row in rows],
                "total": [
                    display.money(row.total, row.currency or "") if row.total is not None else "" for row in rows
                ],
            },
            schema_overrides={"number": pl.String, "cure": pl.String, "call": pl.String},
        ),
        key=f"lost_{hash(tuple((row.kind, row.number, row.task_id, row.version) for row in rows))}",
        column_config=_columns(rows),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=min(GRID_HEIGHT, ROW_HEIGHT * (len(rows) + 1) + 2),
        on_select="rerun",
        selection_mode="multi-row",
        alt=_("Orders that may be lost, with what cures each"),
    )
    return [rows[position] for position in state.selection.rows if position < len(rows)]


def show_cards(rows: Sequence[LostRow]) -> None:
    """Show the rows as cards, for a phone."""
    for place, row in enumerate(rows):
        card = st.container(border=True, key=f"lost_card_{place}", gap="xsmall")
        label = f"**{row.number or display.plain(row.task)}** · {display.plain(row.customer)}"
        if row.number:
            card.page_link("app_pages/order.py", label=label, query_params={"number": row.number})
        else:
            card.markdown(label)
        told = [_(DANGERS[row.kind]), display.plain(row.task) if row.task else _status(row), owner_words(row)]
        card.caption(f"{' · '.join(part for part in told if part)} · {since_words(row)}")
        foot = card.container(horizontal=True, gap="small")
        if lost_actions.may_cure(row):
            foot.button(
                cure_words(row), key=f"lost_cure_{row.kind}_{row.task_id or row.number or place}",
                on_click=lost_actions.cure, args=(row,),
            )  # fmt: skip
        if row.phone:
            foot.link_button(_("Call"), f"tel:{row.phone}", icon=":material/call:")


def show_bulk(selected: Sequence[LostRow]) -> None:
    """Give the selected orders to somebody who is here, or to whoever takes them."""
    numbers = sorted({row.number for row in selected if row.number})
    if not numbers or not may(Permission.ORDER_ASSIGN):
        return
    st.markdown(display.orders(len(numbers)), width="content")
    people = {person.login: person_name(person.name) for person in reads.managers()}
    login = st.menu_button(
        _("Give to"), list(people), format_func=people.__getitem__, key="lost_give", icon=":material/person_add:"
    )
    if login:
        order_actions.assign_each(numbers, login)
        st.rerun()
    st.button(
        _("Release"), key="lost_release", icon=":material/person_off:", on_click=order_actions.assign_each,
        args=(numbers, None),
    )  # fmt: skip


def _status(row: LostRow) -> str:
    return status_name(row.status, row.status_name or row.status) if row.status else ""


def _columns(rows: Sequence[LostRow]) -> dict[str, Any]:
    column = st.column_config
    return {
        "number": column.ButtonColumn(_("Order"), type="tertiary", alignment="left", key=OPENED_KEY, width=90),
        "kind": column.TextColumn(_("Danger"), width=160),
        "since": column.TextColumn(_("For"), width=80),
        "cure": column.ButtonColumn(
            _("Cure"), key=lost_actions.CURE_KEY, on_click=lost_actions.cure_clicked, args=(rows,), width=190
        ),
        "what": column.TextColumn(_("Status or task")),
        "owner": column.TextColumn(_("Owner")),
        "customer": column.TextColumn(_("Customer")),
        "call": column.LinkColumn(_("Call"), display_text=":material/call:", width=60),
        "total": column.TextColumn(_("Total"), alignment="right"),
    }
