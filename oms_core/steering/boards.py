"""Boards: the figures somebody wants to see together, kept under a name, shared, and set as one's start."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Role, User
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.steering.models import Board, BoardStart

MOST_BOARDS, MOST_CARDS, LONGEST_NAME = 20, 12, 60
EVERYBODY = "everybody"
CARD = ("metric", "cut", "lens", "chart")
_WORD = re.compile(r"[a-z_]{0,40}")


@dataclass(frozen=True, slots=True)
class BoardView:
    """A board as one person sees it; ``cards`` hold the words of ``CARD``, ``shared_with`` a role, all or nobody.

    ``is_start``: their figures open on it.
    """

    id: int
    name: str
    cards: Sequence[Mapping[str, str]]
    shared_with: str
    is_own: bool
    owner_name: str
    version: int
    is_start: bool


def keep_board(
    session: Session, *, actor: Actor, now: datetime, name: str, cards: Sequence[Mapping[str, str]],
    shared_with: str = "", board_id: int | None = None, version: int | None = None,
) -> int:  # fmt: skip
    """Keep a board, or change one's own of this id; returns its id.

    Raises ``Invalid`` (``invalid_board``) naming fields, ``NotFound``, and ``Conflict`` for a name that one's own other
    board has (``board_name_taken``), too many boards (``too_many_boards``) or a stale version (``stale_version``).
    """
    called = " ".join(name.split())
    if faults := _faults(called, cards, shared_with):
        raise Invalid("The board cannot be kept so.", code="invalid_board", rows=faults)
    taken = select(Board.id).where(Board.owner_id == actor.id, Board.name == called, Board.id != (board_id or 0))
    if session.scalar(taken) is not None:
        raise Conflict(f"You keep a board '{called}' already.", code="board_name_taken", rows=[{"value": called}])
    if board_id is None:
        own = select(func.count()).select_from(Board).where(Board.owner_id == actor.id)
        if (session.scalar(own) or 0) >= MOST_BOARDS:
            raise Conflict(f"Nobody keeps more than {MOST_BOARDS} boards.", code="too_many_boards")
        board = Board(owner_id=actor.id, created_at=now, version=0)
        session.add(board)
    else:
        board = _own(session, actor, board_id, version)
    board.name, board.shared_with, board.updated_at = called, shared_with, now
    board.cards, board.version = [{word: card.get(word, "") for word in CARD} for card in cards], board.version + 1
    session.flush()
    return board.id


@requires(Permission.ANALYTICS_VIEW)
def remove_board(session: Session, *, actor: Actor, now: datetime, board_id: int, version: int) -> None:  # noqa: ARG001
    """Keep one's own board no longer; whoever began on it begins on the board of their role again."""
    board = _own(session, actor, board_id, version)
    session.execute(delete(BoardStart).where(BoardStart.board_id == board.id))
    session.delete(board)


@requires(Permission.ANALYTICS_VIEW)
def set_start(session: Session, *, actor: Actor, now: datetime, board_id: int | None) -> None:  # noqa: ARG001
    """Begin on a board from now on, or on that of one's role (None); raises ``NotFound`` for one that one sees not."""
    if board_id is None:
        session.execute(delete(BoardStart).where(BoardStart.user_id == actor.id))
        return
    if board_id not in {board.id for board in list_boards(session, actor=actor)}:
        raise _unknown(board_id)
    row = insert(BoardStart).values(user_id=actor.id, board_id=board_id)
    session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_={"board_id": board_id}))


@requires(Permission.ANALYTICS_VIEW)
def list_boards(session: Session, *, actor: Actor) -> list[BoardView]:
    """One's own boards, then what others share with everybody or with one of one's roles, by name."""
    reach = [EVERYBODY, *(role.value for role in actor.roles)]
    found = session.execute(
        select(Board, User.name, BoardStart.board_id.is_not(None))
        .join(User, User.id == Board.owner_id)
        .outerjoin(BoardStart, (BoardStart.board_id == Board.id) & (BoardStart.user_id == actor.id))
        .where(or_(Board.owner_id == actor.id, Board.shared_with.in_(reach) & User.is_active))
        .order_by(Board.owner_id != actor.id, Board.name, Board.id)
    ).all()
    return [
        BoardView(
            board.id,
            board.name,
            board.cards,
            board.shared_with,
            board.owner_id == actor.id,
            name,
            board.version,
            is_start,
        )
        for board, name, is_start in found
    ]


def _faults(name: str, cards: Sequence[Mapping[str, str]], shared_with: str) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = []
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        message = f"must be text of 1 to {LONGEST_NAME} characters"
        faults.append({"field": "name", "value": name[:60], "message": message})
    if not 1 <= len(cards) <= MOST_CARDS:
        faults.append({"field": "cards", "value": "", "message": f"must name 1 to {MOST_CARDS}"})
    if shared_with not in {"", EVERYBODY, *Role}:
        faults.append({"field": "shared_with", "value": shared_with[:60], "message": "is unknown"})
    faults += [
        {"field": f"cards[{place}].{word}", "value": str(card[word])[:60], "message": "is unknown"}
        for place, card in enumerate(cards)
        for word in card
        if word not in CARD or not _WORD.fullmatch(str(card[word]))
    ]
    return faults


def _own(session: Session, actor: Actor, board_id: int, version: int | None) -> Board:
    board = session.get(Board, board_id, with_for_update=True, populate_existing=True)
    if board is None or board.owner_id != actor.id:
        raise _unknown(board_id)
    if version is not None and version != board.version:
        rows = [{"field": "version", "given": version, "current": board.version}]
        raise Conflict("You saved this board elsewhere meanwhile.", code="stale_version", rows=rows)
    return board


def _unknown(board_id: int) -> NotFound:
    return NotFound("There is no such board among yours.", code="unknown_board", rows=[{"id": board_id}])
