"""The workflow as it is: its picture with live figures, the table of its moves, and the orders behind a move."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from dashboard import display, reads, workflow_reads
from dashboard.filters import in_address
from dashboard.layout import empty_state, section
from dashboard.navigation import go
from dashboard.translation import _
from dashboard.words import person_name, said
from dashboard.workflow_picture import MoveFigures, StatusFigures, show_picture, told_of_move, told_of_status
from dashboard.workflow_words import status_name
from oms_core.orders.flow_figures import Flow, MovedRow
from oms_core.workflow.models import Group
from oms_core.workflow.workflow_parts import WorkflowDocument

ORDERS, WORKFLOW, ORDER = "app_pages/orders.py", "app_pages/workflow.py", "app_pages/order.py"
_OPENED, _CURSORS = "opened_move", "_moved_cursors"


def choose_channel() -> str | None:
    """Choose whose orders the figures are of; None: of all channels."""
    names = {"": _("All channels")} | {channel.code: _(channel.name) for channel in reads.channels()}
    chosen = st.selectbox(
        _("Channel"), list(names), format_func=names.__getitem__, label_visibility="collapsed", width=190,
        **in_address("channel", list(names), ""),
    )  # fmt: skip
    return chosen or None


def show_overview(document: WorkflowDocument, channel: str | None) -> None:
    """Show the picture and what leads to the orders: on a phone lists in its place."""
    flow = workflow_reads.flow(channel)
    statuses, moves = status_figures(document, flow), move_figures(document, flow)
    if display.on_phone():
        _show_list(statuses, moves, channel)
        return
    with section(
        _("State machine"),
        hint=_("Open orders, ▲ over their time limit; on the arrows moves in 90 days and the median time before."),
        key="state-machine",
    ):
        drawn = {(move.from_status, move.to_status) for move in document.transitions}
        shown = [status for status in statuses if not status.is_retired or status.open_orders]
        opened = show_picture(shown, [move for move in moves if (move.start, move.end) in drawn])
    if opened:
        open_orders(opened, channel)
    _show_moves(statuses, moves, channel)


def open_orders(code: str, channel: str | None) -> None:
    """Open the orders in a status (``pick``), or those that made a move (``pick>ship``)."""
    address = {"channel": channel} if channel else {}
    if ">" in code:
        go(WORKFLOW, move=code, **address)
    go(ORDERS, view="all", status=code, **address)


def status_figures(document: WorkflowDocument, flow: Flow) -> list[StatusFigures]:
    """The statuses with their open orders, in the order of the workflow."""
    counted = {node.status: node for node in flow.nodes}
    return [
        StatusFigures(
            status.code, said(status.name, status.translations), Group(status.group),
            counted[status.code].open_orders if status.code in counted else 0,
            counted[status.code].overdue if status.code in counted else 0, status.is_retired,
        )
        for status in document.statuses
    ]  # fmt: skip


def move_figures(document: WorkflowDocument, flow: Flow) -> list[MoveFigures]:
    """The transitions with how often they were made; then what else orders did."""
    taken = {(edge.from_status, edge.to_status): edge for edge in flow.edges}
    places = {status.code: place for place, status in enumerate(document.statuses)}
    moves = []
    for move in sorted(document.transitions, key=lambda move: (places[move.from_status], move.position)):
        edge = taken.pop((move.from_status, move.to_status), None)
        label = said(move.label, move.translations, "label")
        seconds = edge.median_wall_seconds if edge else None
        moves.append(MoveFigures(move.from_status, move.to_status, label, edge.moves if edge else 0, seconds))
    others = [MoveFigures(*ends, "", edge.moves, edge.median_wall_seconds) for ends, edge in taken.items()]
    return [*moves, *sorted(others, key=lambda move: -move.moves)]


def show_moved(code: str, channel: str | None) -> None:
    """List the orders behind a move, the newest first, with the way to each."""
    start, _arrow, end = code.partition(">")
    names = {name: status_name(name, name) for name in (start, end)}
    if st.button(_("State machine"), key="back_to_picture", icon=":material/arrow_back:", type="tertiary"):
        go(WORKFLOW, **_kept(channel))
    cursors: list[str | None] = st.session_state.setdefault(f"{_CURSORS}_{code}_{channel}", [None])
    page = workflow_reads.moved(start, end, channel, cursors[-1])
    title = _("{start} → {end}, the last 90 days").format(start=names[start], end=names[end])
    with section(display.plain(title), key="moved"):
        if not page.rows:
            empty_state("search_off", _("No order went this way"))
        elif display.on_phone():
            for row in page.rows:
                told = f"**{row.number}** · {display.moment(row.moved_at)} · {display.duration(row.wall_seconds)}"
                st.page_link(ORDER, label=told, query_params={"number": row.number})
        else:
            _show_moved_grid(page.rows)
    with st.container(horizontal=True, horizontal_alignment="right", key="pager"):
        if len(cursors) > 1:
            st.button(
                _("Previous"), key="moved_back", icon=":material/chevron_left:", on_click=_turn_back, args=(cursors,)
            )
        if page.next_cursor:
            st.button(
                _("Next"), key="moved_on", icon=":material/chevron_right:", icon_position="right",
                on_click=cursors.append, args=(page.next_cursor,),
            )  # fmt: skip


def _turn_back(cursors: list[str | None]) -> None:
    cursors.pop()


def _kept(channel: str | None) -> dict[str, str]:
    return {"channel": channel} if channel else {}


def _show_moves(statuses: Sequence[StatusFigures], moves: Sequence[MoveFigures], channel: str | None) -> None:
    """The same as a table, for keyboards and screen readers: the button of a row opens its orders."""
    opened = st.session_state.get(_OPENED)
    shown = [move for move in moves if move.label or move.moves]
    if opened:
        open_orders(shown[opened["row"]].code, channel)
    names = {status.code: status.name for status in statuses}
    column = st.column_config
    with section(_("Moves"), hint=_("A move without a name is none that people may make today."), key="moves"):
        st.dataframe(
            pl.DataFrame(
                {
                    "start": [names.get(move.start, move.start) for move in shown],
                    "end": [names.get(move.end, move.end) for move in shown],
                    "label": [move.label or display.NOTHING for move in shown],
                    "orders": [display.number(move.moves) for move in shown],
                    "median": [display.duration(move.median_seconds) for move in shown],
                }
            ),
            key="moves_table",
            hide_index=True,
            row_height=34,
            height="content",
            column_config={
                "orders": column.ButtonColumn(_("Orders in 90 days"), type="tertiary", alignment="right", key=_OPENED),
                "start": column.TextColumn(_("From status")),
                "end": column.TextColumn(_("To status")),
                "label": column.TextColumn(_("Move")),
                "median": column.TextColumn(_("Median time before it"), alignment="right"),
            },
            alt=_("The moves between statuses with how often they were made"),
        )


def _show_list(statuses: Sequence[StatusFigures], moves: Sequence[MoveFigures], channel: str | None) -> None:
    """Statuses and moves as links, for a phone."""
    names = {status.code: status.name for status in statuses}
    with section(_("Statuses"), key="status-list"):
        for status in statuses:
            address = {"view": "all", "status": status.code, **_kept(channel)}
            st.page_link(ORDERS, label=display.plain(told_of_status(status)), query_params=address, width="stretch")
    with section(_("Moves"), key="moves"):
        for move in moves:
            ends, *rest = told_of_move(move, names).split(" · ")
            with st.container(gap=None, key=f"move_{move.code}"):
                if st.button(display.plain(ends), key=f"open_{move.code}", type="tertiary"):
                    open_orders(move.code, channel)
                st.caption(display.plain(" · ".join(rest)))


def _show_moved_grid(rows: Sequence[MovedRow]) -> None:
    column, opened = st.column_config, st.session_state.get("opened_moved")
    if opened:
        go(ORDER, number=opened["label"])
    st.dataframe(
        pl.DataFrame(
            {
                "number": [row.number for row in rows],
                "moved_at": [display.moment(row.moved_at) for row in rows],
                "time": [display.duration(row.wall_seconds) for row in rows],
                "actor": [person_name(row.actor or display.NOTHING) for row in rows],
                "status": [status_name(row.status, row.status) for row in rows],
                "channel": [_(row.channel_name) for row in rows],
            }
        ),
        key="moved_table",
        hide_index=True,
        row_height=34,
        height="content",
        column_config={
            "number": column.ButtonColumn(_("Order"), type="tertiary", alignment="left", key="opened_moved"),
            "moved_at": column.TextColumn(_("Moved")),
            "time": column.TextColumn(_("Time before it"), alignment="right"),
            "actor": column.TextColumn(_("By")),
            "status": column.TextColumn(_("Is now")),
            "channel": column.TextColumn(_("Channel")),
        },
        alt=_("Orders that made this move"),
    )
