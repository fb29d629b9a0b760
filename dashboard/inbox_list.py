"""The list of the inbox: a grid with a selection on a desk, cards on a phone; each row opens and has its one cure."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import display, inbox_actions, inbox_dialog
from dashboard.identity import may
from dashboard.inbox_words import cause_words, icon_of, what_words
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.intake.inbound_models import MessageForm
from oms_core.intake.inbound_views import MessageView, Standing

OPENED_KEY, AGAIN_KEY = "inbox_opened", "inbox_again"
ROW_HEIGHT, GRID_HEIGHT = 34, 520
OPEN = {Standing.WAITING, Standing.HANDED, Standing.REJECTED}


def may_take(view: MessageView) -> bool:
    """Tell whether it is an order that may be taken in again, by who is there."""
    return view.standing in OPEN and view.form is MessageForm.ORDER and may(Permission.ORDER_PLACE)


def open_clicked(rows: Sequence[MessageView]) -> None:
    """Open the message whose name was clicked."""
    clicked: Any = st.session_state.get(OPENED_KEY)
    if clicked and clicked["row"] < len(rows):
        inbox_dialog.open_message(rows[clicked["row"]].id)


def show_grid(rows: Sequence[MessageView], standing: Standing) -> list[MessageView]:
    """Show the rows; returns the selected ones."""
    frame = pl.DataFrame({
        "opened": [what_words(row)[:80] for row in rows],
        "since": [display.age(row.received_at) for row in rows],
        "channel": [row.channel for row in rows],
        "sender": [row.sender for row in rows],
        "cause": [_unmarked(cause_words(row)) for row in rows],
        "again": [_("Take again") if may_take(row) else "" for row in rows],
        "reference": [row.external_id for row in rows],
        "order": [row.number or row.before or "" for row in rows],
        "who": [person_name(row.assignee or row.actor or "") for row in rows],
    })  # fmt: skip
    is_open = standing in OPEN
    shown = ["opened", "since", "channel", "sender"]
    shown += ["cause", "again"] if standing is not Standing.ORDER else []
    state: Any = st.dataframe(
        frame, key=f"inbox_{standing}_{hash(tuple(row.id for row in rows))}", hide_index=True, row_height=ROW_HEIGHT,
        height=min(GRID_HEIGHT, ROW_HEIGHT * (len(rows) + 1) + 2), on_select="rerun" if is_open else "ignore",
        selection_mode="multi-row", column_config=_columns(rows), column_order=[*shown, "reference", "order", "who"],
        alt=_("Messages that came in"),
    )  # fmt: skip
    return [rows[at] for at in state["selection"]["rows"] if at < len(rows)] if is_open else []


def show_cards(rows: Sequence[MessageView]) -> None:
    """Show the rows as cards, each with what may be done."""
    for row in rows:
        card = st.container(border=True, key=f"inbox_card_{row.id}", gap="xsmall")
        card.markdown(f"{icon_of(row)} **{display.plain(what_words(row)[:120])}**")
        facts = [display.age(row.received_at), display.plain(row.channel), display.plain(row.sender)]
        card.caption(" · ".join(fact for fact in facts if fact))
        if cause := cause_words(row):
            card.markdown(cause)
        with card.container(horizontal=True):
            if may_take(row):
                st.button(
                    _("Take again"), key=f"inbox_again_{row.id}", icon=":material/refresh:",
                    on_click=inbox_actions.again, args=([row.id],),
                )  # fmt: skip
            if st.button(_("Open the message"), key=f"inbox_open_{row.id}", icon=":material/open_in_full:"):
                inbox_dialog.open_message(row.id)


def show_bulk(selected: Sequence[MessageView]) -> None:
    """Offer what may be done to all selected messages."""
    taken = [row.id for row in selected if may_take(row)]
    if taken:
        st.button(
            _("Take again"), key="inbox_again_all", icon=":material/refresh:", on_click=inbox_actions.again,
            args=(taken,),
        )  # fmt: skip
    if selected and st.button(_("Reject…"), key="inbox_reject_all", icon=":material/block:"):
        inbox_dialog.open_rejection([row.id for row in selected])
    if len(selected) == 1 and st.button(_("Open the message"), key="inbox_open", icon=":material/open_in_full:"):
        inbox_dialog.open_message(selected[0].id)


def _again_clicked(rows: Sequence[MessageView]) -> None:
    clicked: Any = st.session_state.get(AGAIN_KEY)
    if clicked and clicked["row"] < len(rows) and may_take(rows[clicked["row"]]):
        inbox_actions.again([rows[clicked["row"]].id])


def _columns(rows: Sequence[MessageView]) -> dict[str, Any]:
    column = st.column_config
    return {
        "opened": column.ButtonColumn(_("Message"), type="tertiary", alignment="left", key=OPENED_KEY, pinned=True),
        "since": column.TextColumn(_("For"), width=70),
        "channel": column.TextColumn(_("Channel"), width=90),
        "sender": column.TextColumn(_("Sender"), width=160),
        "cause": column.TextColumn(_("Cause"), width=360),
        "again": column.ButtonColumn(
            _("Cure"), key=AGAIN_KEY, on_click=_again_clicked, args=(rows,), width=120
        ),
        "reference": column.TextColumn(_("Number at the channel")),
        "order": column.TextColumn(_("Order")),
        "who": column.TextColumn(_("Who")),
    }  # fmt: skip


def _unmarked(told: str) -> str:
    """Words without Markdown: a cell of the grid shows them as they are."""
    return told.replace("**", "").replace("\\", "")
