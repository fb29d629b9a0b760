"""The list of orders: a grid on a desk, cards on a phone, and the pages of it."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display, reads
from dashboard.queue_words import attention, found_words, promise_words
from dashboard.reads import PAGE_SIZE, Question
from dashboard.translation import _
from dashboard.words import PAID, person_name, said
from dashboard.workflow_words import status_name, status_names
from oms_core.orders.card_views import OrderCard
from oms_core.orders.views import OrderRow, Page
from oms_core.workflow.models import DEFAULT_TYPE

ROW_HEIGHT = 34
GRID_HEIGHT = 646
OPENED_KEY = "opened_order"
_HERE = "●"
_PAGES_KEY = "_orders_pages"


def show_grid(rows: Sequence[OrderRow], *, at: str | None = None) -> list[OrderRow]:
    """Show the rows to be selected and opened, with the keyboard's cursor ``at`` one; returns the selected ones.

    Selections come back as positions. The key holds the very orders shown, so that a list that changed in the
    meantime starts without a selection instead of acting on whatever slid into the place.
    """
    state: Any = st.dataframe(
        _frame(rows, at),
        key=f"orders_{hash(tuple(row.number for row in rows))}",
        column_config=_columns(rows),
        column_order=_shown(rows, at),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=min(GRID_HEIGHT, ROW_HEIGHT * (len(rows) + 1) + 2),
        on_select="rerun",
        selection_mode="multi-row",
        alt=_("Orders with customer, status, total and promise"),
    )
    return [rows[position] for position in state.selection.rows if position < len(rows)]


def show_cards(rows: Sequence[OrderRow]) -> None:
    """Show the rows as cards, for a phone."""
    for row in rows:
        card = st.container(border=True, key=f"card_{row.number}", gap="xsmall")
        head = card.container(horizontal=True, vertical_alignment="center")
        head.page_link(
            "app_pages/order.py",
            label=f"**{row.number}** · {display.plain(row.customer)}",
            query_params={"number": row.number},
            width="stretch",
        )
        head.markdown(f"**{display.money(row.total, row.currency)}**", width="content")
        foot = card.container(horizontal=True, vertical_alignment="center", gap="xsmall")
        foot.badge(status_name(row.status, row.status_name), color=display.GROUP_COLORS[row.status_group])
        for word, color in attention(row):
            foot.badge(word, color=color)
        facts = [display.age(row.placed_at), person_name(row.manager_name or "") or _("nobody")]
        if row.found:
            facts.append(_("found by {what}").format(what=found_words(row)))
        foot.caption(" · ".join(facts), width="content")


def unusual_type(order: OrderCard | OrderRow) -> list[str]:
    """The order's type in a word; nothing for the one that most orders are of."""
    return [_(order.type_name or order.type)] if order.type != DEFAULT_TYPE else []


def read_page(question: Question, *, manager: str) -> tuple[Page, int]:
    """The page of the queue that is looked at, and the position of its first row."""
    cursors = _cursors(question)
    return reads.order_page(question, cursors[-1], manager=manager), (len(cursors) - 1) * PAGE_SIZE + 1


def show_pager(question: Question, page: Page) -> None:
    """Offer the pages before and after, where there are any."""
    cursors = _cursors(question)
    if len(cursors) == 1 and page.next_cursor is None:
        return
    with st.container(horizontal=True, horizontal_alignment="right", key="pager"):
        st.button(
            _("Previous"), key="page_back", icon=":material/chevron_left:", disabled=len(cursors) == 1,
            on_click=_turn_back, args=(cursors,),
        )  # fmt: skip
        st.button(
            _("Next"), key="page_on", icon=":material/chevron_right:", icon_position="right",
            disabled=page.next_cursor is None, on_click=cursors.append, args=(page.next_cursor,),
        )  # fmt: skip


def _turn_back(cursors: list[str | None]) -> None:
    cursors.pop()


def _cursors(question: Question) -> list[str | None]:
    """Cursors of the pages turned so far for this question; another question starts over."""
    asked, cursors = st.session_state.get(_PAGES_KEY, (None, []))
    if asked != question:
        cursors = [None]
        st.session_state[_PAGES_KEY] = (question, cursors)
    found: list[str | None] = cursors
    return found


def _shown(rows: Sequence[OrderRow], at: str | None) -> list[str]:
    """The columns that tell something: not the channel where all are of one, nor a search where there is none."""
    silent = {
        "at": at is None,
        "found": not any(row.found for row in rows),
        "line_count": any(row.found for row in rows),
        "channel": len({row.channel for row in rows}) <= 1,
    }
    return [name for name in _columns(rows) if not silent.get(name)]


def _frame(rows: Sequence[OrderRow], at: str | None) -> pl.DataFrame:
    names = status_names()
    return pl.DataFrame(
        {
            "at": [_HERE if row.number == at else "" for row in rows],
            "number": [row.number for row in rows],
            "placed_at": [display.moment(row.placed_at) for row in rows],
            "customer": [row.customer for row in rows],
            "status": [[names.get(row.status, row.status_name)] for row in rows],
            "attention": [[word for word, _color in attention(row)] for row in rows],
            "line_count": [row.line_count for row in rows],
            "total": [display.money(row.total, row.currency) for row in rows],
            "paid": [_(PAID[row.paid_state]) for row in rows],
            "promised_at": [promise_words(row) for row in rows],
            "manager": [person_name(row.manager_name or display.NOTHING) for row in rows],
            "channel": [" · ".join([_(row.channel_name), *unusual_type(row)]) for row in rows],
            "found": [found_words(row) for row in rows],
        },
        schema_overrides={"attention": pl.List(pl.String)},
    )


def _columns(rows: Sequence[OrderRow]) -> dict[str, Any]:
    column = st.column_config
    statuses = {
        said(status.name, status.translations): display.GROUP_COLORS[status.group] for status in reads.statuses()
    }
    marks = {word: color for row in rows for word, color in attention(row)}
    return {
        "at": column.TextColumn("", width=28, pinned=True),
        "number": column.ButtonColumn(_("Order"), type="tertiary", alignment="left", key=OPENED_KEY, pinned=True),
        "placed_at": column.TextColumn(_("Placed")),
        "customer": column.TextColumn(_("Customer"), width=190),
        "status": column.MultiselectColumn(_("Status"), options=list(statuses), color=list(statuses.values())),
        "attention": column.MultiselectColumn(
            _("Attention"), width=236, options=list(marks), color=list(marks.values())
        ),
        "found": column.TextColumn(_("Found by")),
        "line_count": column.NumberColumn(_("Lines"), width=60),
        "total": column.TextColumn(_("Total"), alignment="right"),
        "paid": column.TextColumn(_("Payment")),
        "promised_at": column.TextColumn(_("Promised")),
        "manager": column.TextColumn(_("Owner")),
        "channel": column.TextColumn(_("Channel")),
    }
