"""Which board is looked at: that of one's role, one's own, or one that others share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import filters
from dashboard.board_words import board_name
from dashboard.identity import person
from dashboard.reads import ask
from dashboard.translation import _
from oms_core.steering.boards import BoardView, list_boards
from pipelines.steering.boards import DEFAULTS, USUAL, cards_of

ROLES_OWN = "role"
PAGE = "app_pages/board.py"


@dataclass(frozen=True, slots=True)
class Choice:
    """The board looked at; ``board`` is None where it is that of one's role."""

    board: BoardView | None
    cards: Sequence[Mapping[str, str]]


def boards() -> list[BoardView]:
    """The boards that one sees."""
    return ask(list_boards)


def codes_of_role() -> tuple[str, ...]:
    """The metrics with which one's role begins."""
    return next((codes for role, codes in DEFAULTS.items() if role in person().roles), USUAL)


def choose_board() -> Choice:
    """Let a board be chosen (?board=12); one's start is chosen before."""
    found = {str(board.id): board for board in boards()}
    start = next((key for key, board in found.items() if board.is_start), ROLES_OWN)
    names = {ROLES_OWN: _("For my role")}
    names |= {key: board_name(board) for key, board in found.items()}
    if len(names) > 1:
        key = st.selectbox(
            _("Board"), list(names), format_func=names.__getitem__, label_visibility="collapsed", width=220,
            **filters.in_address("board", list(names), start),
        )  # fmt: skip
    else:
        key = ROLES_OWN
    st.page_link(PAGE, label=_("Boards"), icon=":material/dashboard_customize:",
                 query_params={"edit": key} if key in found else {})  # fmt: skip
    board = found.get(str(key))
    return Choice(board, cards_of(codes_of_role()) if board is None else board.cards)
