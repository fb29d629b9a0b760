"""Boards: one's own and those that others share; kept, changed, shared, and set as one's start."""

import streamlit as st

from dashboard import board_actions, board_choice, display
from dashboard.board_editor import forget_draft, show_editor
from dashboard.board_words import shares
from dashboard.identity import require
from dashboard.layout import page_header, section
from dashboard.navigation import go
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.steering.boards import BoardView
from pipelines.steering.boards import cards_of

PAGE, OVERVIEW, NEW = "app_pages/board.py", "app_pages/overview.py", "new"


def show_boards(found: list[BoardView]) -> None:
    """Show the boards; each opens on Overview, one's own are changed here."""
    with section(_("Boards"), hint=_("A board shows chosen figures together; Overview shows it."), key="boards"):
        if not found:
            st.caption(_("You keep no board yet: Overview shows that of your role."))
        for board in found:
            _show_board(board)
        if any(board.is_start for board in found):
            st.button(_("Begin with the board of my role"), key="board_no_start", icon=":material/home:",
                      on_click=board_actions.begin_on, args=(None,))  # fmt: skip


def _show_board(board: BoardView) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", key=f"board_row_{board.id}")
    about = [shares()[board.shared_with]] if board.is_own else [_("shared by {who}").format(
        who=display.plain(person_name(board.owner_name)))]  # fmt: skip
    if board.is_start:
        start = _("your start")
        about.append(f":material/home: {start}")
    row.markdown(f"**{display.plain(board.name)}**  \n:gray[{' · '.join(about)}]", width="stretch")
    if row.button(_("Show"), key=f"board_show_{board.id}", icon=":material/visibility:"):
        go(OVERVIEW, board=str(board.id))
    if not board.is_start:
        row.button(_("Begin with it"), key=f"board_start_{board.id}", icon=":material/home:",
                   on_click=board_actions.begin_on, args=(board.id,))  # fmt: skip
    if board.is_own:
        if row.button(_("Edit"), key=f"board_edit_{board.id}", icon=":material/edit:"):
            forget_draft()
            go(PAGE, edit=str(board.id))
        row.button(_("Remove"), key=f"board_remove_{board.id}", icon=":material/delete:",
                   on_click=board_actions.remove, args=(board,))  # fmt: skip


require(Permission.ANALYTICS_VIEW)
actions = page_header(_("Boards"), hint=_("Pick figures, cuts and charts; keep them, share them, begin with them."))
if actions.button(_("New board"), key="board_new", type="primary", icon=":material/add:"):
    forget_draft()
    go(PAGE, edit=NEW)
boards = board_choice.boards()
show_boards(boards)
edited = st.query_params.get("edit")
mine = next((board for board in boards if board.is_own and str(board.id) == edited), None)
if mine is not None or edited == NEW:
    title = _("New board") if mine is None else _("Change the board")
    with section(title, key="board-editor"):
        show_editor(mine, cards_of(board_choice.codes_of_role()))
