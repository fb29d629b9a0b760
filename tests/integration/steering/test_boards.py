"""Boards are one's own: kept, shared, begun with; nobody changes another's, and no more are kept than one reads."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role
from oms_core.errors import Conflict, Invalid, NotFound
from oms_core.steering.boards import MOST_BOARDS, MOST_CARDS, list_boards, remove_board, set_start
from pipelines.metrics import METRICS
from pipelines.steering.boards import DEFAULTS, USUAL, cards_of, cuts_of, keep_known_board, lenses_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CARDS = cards_of(["net_revenue", "on_time_rate"])


def keep(session, actor, name="Mine", cards=CARDS, **facts) -> int:
    return keep_known_board(session, actor=actor, now=NOW, name=name, cards=cards, **facts)


@pytest.fixture
def lena(session) -> Actor:
    session.execute(text("INSERT INTO users (login, name) VALUES ('lena', 'Lena')"))
    session.execute(text("INSERT INTO user_roles SELECT id, 'lead' FROM users WHERE login = 'lena'"))
    return find_actor(session, "lena")


def test_a_board_reopens_as_it_was_kept_and_changes_with_its_version(session, actor):
    board = keep(session, actor)
    [seen] = list_boards(session, actor=actor)
    assert (seen.cards, seen.name, seen.version, seen.is_own) == (CARDS, "Mine", 1, True)
    keep(session, actor, "Ours", cards_of(["orders_received"]), board_id=board, version=1)
    [changed] = list_boards(session, actor=actor)
    assert (changed.name, changed.version, len(changed.cards)) == ("Ours", 2, 1)
    with pytest.raises(Conflict) as refused:
        keep(session, actor, "Mine", board_id=board, version=1)
    assert refused.value.code == "stale_version"
    assert list_boards(session, actor=actor) == [changed]


@pytest.mark.parametrize(
    "card",
    [
        {"metric": "luck"}, {"chart": "pie"}, {"cut": "weather", "chart": "bars"}, {"lens": "now"},
        {"cut": "region", "chart": "line"}, {"cut": "day"}, {"cut": "day", "chart": "bars"},
    ],
)  # fmt: skip
def test_a_card_that_makes_no_sense_is_refused(card, session, actor):
    with pytest.raises(Invalid) as refused:
        keep(session, actor, cards=[CARDS[0], CARDS[1] | card])
    assert refused.value.code == "invalid_board"
    assert refused.value.rows[0]["field"].startswith("cards[1]")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"), ({"cards": []}, "cards"), ({"shared_with": "the world"}, "shared_with"),
        ({"cards": [CARDS[0] | {"cut": "region", "chart": "bars"}] * (MOST_CARDS + 1)}, "cards"),
        ({"cards": [CARDS[0], CARDS[0]]}, "cards"),
    ],
)  # fmt: skip
def test_a_board_without_a_name_or_with_too_many_cards_is_refused(facts, field, session, actor):
    with pytest.raises(Invalid) as refused:
        keep(session, actor, **facts)
    assert [row["field"] for row in refused.value.rows] == [field]


def test_names_are_ones_own_and_so_is_their_number(session, actor, lena):
    for place in range(MOST_BOARDS):
        keep(session, actor, f"Board {place}")
    with pytest.raises(Conflict) as full:
        keep(session, actor, "One more")
    assert full.value.code == "too_many_boards"
    keep(session, lena, "Board 1")
    with pytest.raises(Conflict) as taken:
        keep(session, lena, "Board 1")
    assert taken.value.code == "board_name_taken"


def test_a_board_is_seen_by_the_role_it_is_shared_with_and_changed_by_its_owner_only(session, actor, lena):
    board = keep(session, actor, shared_with="buyer")
    assert list_boards(session, actor=lena) == []
    keep(session, actor, shared_with="lead", board_id=board, version=1)
    [seen] = list_boards(session, actor=lena)
    assert (seen.is_own, seen.owner_name) == (False, "Administrator")
    with pytest.raises(NotFound):
        keep(session, lena, "Hers", board_id=board, version=2)
    with pytest.raises(NotFound):
        remove_board(session, actor=lena, now=NOW, board_id=board, version=2)


def start_of(session, actor):
    return next((board.id for board in list_boards(session, actor=actor) if board.is_start), None)


def test_one_begins_on_a_board_as_long_as_one_sees_it(session, actor, lena):
    board = keep(session, actor, shared_with="everybody")
    set_start(session, actor=lena, now=NOW, board_id=board)
    assert start_of(session, lena) == board
    keep(session, actor, board_id=board, version=1)
    assert start_of(session, lena) is None
    with pytest.raises(NotFound):
        set_start(session, actor=lena, now=NOW, board_id=board)
    set_start(session, actor=actor, now=NOW, board_id=board)
    set_start(session, actor=actor, now=NOW, board_id=None)
    assert start_of(session, actor) is None
    set_start(session, actor=actor, now=NOW, board_id=board)
    remove_board(session, actor=actor, now=NOW, board_id=board, version=2)
    assert list_boards(session, actor=actor) == []


def test_every_role_begins_with_figures_that_there_are():
    for codes in (USUAL, *DEFAULTS.values()):
        assert len(set(codes)) == len(codes) == 8
        assert set(codes) <= set(METRICS)
    assert set(DEFAULTS) <= set(Role)


def test_a_number_has_no_cut_a_line_runs_over_time_and_what_stands_now_has_no_course():
    assert cuts_of("number") == [""]
    assert cuts_of("line") == ["day", "week", "month"]
    assert "region" in cuts_of("bars")
    assert lenses_of("net_revenue", "line")[0] == "flow"
    assert "now" not in lenses_of("orders_received", "line")
    assert lenses_of("open_late", "number")[0] == "now"
