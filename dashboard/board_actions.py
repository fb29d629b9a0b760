"""What is done to boards from their page."""

from collections.abc import Mapping, Sequence

from dashboard.actions import attempt
from dashboard.translation import _
from oms_core.steering.boards import BoardView, remove_board, set_start
from pipelines.steering.boards import keep_known_board


def keep(
    name: str, cards: Sequence[Mapping[str, str]], shared_with: str, known: tuple[int, int] | None = None
) -> int | None:
    """Keep a board; ``known`` are its id and the version that was edited. None when refused."""
    facts = {} if known is None else {"board_id": known[0], "version": known[1]}
    return attempt(keep_known_board, _("The board is kept"), name=name, cards=cards, shared_with=shared_with, **facts)


def remove(board: BoardView) -> None:
    """Keep a board no longer."""
    attempt(remove_board, _("The board is removed"), board_id=board.id, version=board.version)


def begin_on(board_id: int | None) -> None:
    """Begin on a board, or on that of one's role."""
    told = (
        _("Overview begins with the board of your role") if board_id is None else _("Overview begins with this board")
    )
    attempt(set_start, told, board_id=board_id)
