"""Overview by role and period, and boards that people keep: saved, shared, begun with, never overwritten unseen."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from shops import OpenShop
from sqlalchemy import create_engine, text
from streamlit.testing.v1 import AppTest

from dashboard.filters import span_of

Browse = Callable[..., AppTest]
KEPT = """
INSERT INTO boards (owner_id, name, cards, shared_with, created_at, updated_at)
SELECT id, 'Mine', CAST(:cards AS jsonb), :shared, now(), now() FROM users WHERE login = 'eva' RETURNING id
"""
CARDS = """[
 {"metric": "orders_received", "cut": "", "lens": "cohort", "chart": "number"},
 {"metric": "gross_profit", "cut": "", "lens": "flow", "chart": "number"},
 {"metric": "ordered_value", "cut": "day", "lens": "cohort", "chart": "line"},
 {"metric": "ordered_value", "cut": "region", "lens": "cohort", "chart": "bars"},
 {"metric": "open_orders", "cut": "status_group", "lens": "now", "chart": "table"}]"""


def run(shop: OpenShop, change: str, **facts: object) -> list:
    engine = create_engine(shop.url)
    with engine.begin() as connection:
        found = connection.execute(text(change), facts)
        rows = found.all() if found.returns_rows else []
    engine.dispose()
    return rows


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


@pytest.fixture
def boardless(full_shop: OpenShop) -> Iterator[OpenShop]:
    yield full_shop
    run(full_shop, "DELETE FROM board_starts; DELETE FROM boards")


def kept(shop: OpenShop, shared: str = "") -> int:
    [row] = run(shop, KEPT, cards=CARDS, shared=shared)
    return int(row.id)


@pytest.mark.parametrize(
    ("told", "span"),
    [
        ("this_week", (date(2026, 2, 16), date(2026, 2, 19))), ("last_week", (date(2026, 2, 9), date(2026, 2, 16))),
        ("this_month", (date(2026, 2, 1), date(2026, 2, 19))), ("last_month", (date(2026, 1, 1), date(2026, 2, 1))),
        ("this_quarter", (date(2026, 1, 1), date(2026, 2, 19))),
        ("last_quarter", (date(2025, 10, 1), date(2026, 1, 1))),
        ("2025-11", (date(2025, 11, 1), date(2025, 12, 1))),
        ("2026-01-05..2026-01-09", (date(2026, 1, 5), date(2026, 1, 10))),
        ("2026-02", (date(2026, 2, 1), date(2026, 2, 19))),  # what is not over ends with the last whole day
        ("2026-03", None), ("30", None), ("sometime", None), ("", None), ("2026-01-09..2026-01-05", None),
    ],
)  # fmt: skip
def test_any_period_of_the_past_is_told_in_the_address(told, span):
    assert span_of(told, date(2026, 2, 18)) == span


@pytest.mark.parametrize("told", ["7", "this_month", "last_quarter", "2024-01-01..2024-01-31", "nonsense"])
def test_overview_opens_on_the_period_of_its_address(told: str, full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "overview", by="eva", lang="en", channel="desk", days=told)
    assert not app.exception, app.exception
    assert not app.error


@pytest.mark.parametrize(
    ("by", "shown", "hidden"),
    [
        ("eva", "contribution", "throughput"), ("lena", "throughput", "contribution"),
        ("bob", "in_stock_rate", "cancel_rate"), ("admin", "ordered_value", "contribution"),
    ],
)  # fmt: skip
def test_each_role_begins_with_figures_of_its_own(
    by: str, shown: str, hidden: str, full_shop: OpenShop, browse: Browse
) -> None:
    app = browse(full_shop, "overview", by=by, lang="en", channel="desk")
    assert not app.exception, app.exception
    assert f"open_{shown}" in keys(app)
    assert f"open_{hidden}" not in keys(app)


def test_a_tile_says_which_days_it_is_held_against(full_shop: OpenShop, browse: Browse) -> None:
    app = browse(full_shop, "overview", by="eva", lang="en", channel="desk", days="7")
    assert not app.exception
    assert "days before" not in str([metric.delta for metric in app.metric])


def test_a_board_is_put_together_kept_and_looked_at(boardless: OpenShop, browse: Browse) -> None:
    app = browse(boardless, "board", by="eva", lang="en", edit="new")
    assert not app.exception, app.exception
    app.get_by_key("board_name_1").set_value("My morning").run()
    app.get_by_key("board_add_1").click().run()
    for number in range(7):
        app.get_by_key(f"board_drop_{number}_1").click().run()
    assert not app.exception, app.exception
    app.get_by_key("board_metric_8_1").set_value("orders_received").run()
    app.get_by_key("board_chart_8_1").set_value("bars").run()
    app.get_by_key("board_cut_8_bars_1").set_value("region").run()
    app.get_by_key("board_up_8_1").click().run()
    app.get_by_key("board_shared_1").set_value("lead").run()
    app.get_by_key("board_keep_1").click().run()
    assert not app.exception, app.exception
    [board] = run(boardless, "SELECT id, name, cards, shared_with, version FROM boards")
    assert (board.name, board.shared_with, board.version) == ("My morning", "lead", 1)
    assert board.cards[0] == {"metric": "orders_received", "cut": "region", "lens": "flow", "chart": "bars"}
    shown = browse(boardless, "overview", by="eva", lang="en", channel="desk", board=str(board.id))
    assert not shown.exception, shown.exception
    assert f"open_{board.cards[1]['metric']}" in keys(shown)


def test_every_kind_of_card_shows_itself_and_reopens_as_it_was_kept(boardless: OpenShop, browse: Browse) -> None:
    board = kept(boardless)
    run(boardless, "INSERT INTO board_starts SELECT owner_id, id FROM boards")
    for address in ({}, {"board": str(board)}):
        app = browse(boardless, "overview", by="eva", lang="en", channel="desk", **address)
        assert not app.exception, app.exception
        assert {"open_orders_received", "open_gross_profit"} <= keys(app)
        assert len(app.get_by_key("card_2").value) > 0
    usual = browse(boardless, "overview", by="eva", lang="en", channel="desk", board="role")
    assert "open_contribution" in keys(usual)


@pytest.mark.parametrize(("shared", "by", "sees"), [("", "lena", False), ("lead", "lena", True), ("lead", "bob", False),
                                                    ("everybody", "bob", True)])  # fmt: skip
def test_a_board_is_seen_by_whom_it_is_shared_with(
    shared: str, by: str, sees: bool, boardless: OpenShop, browse: Browse
) -> None:
    board = kept(boardless, shared)
    app = browse(boardless, "board", by=by, lang="en")
    assert not app.exception, app.exception
    assert (f"board_show_{board}" in keys(app)) == sees
    assert f"board_edit_{board}" not in keys(app)


def test_a_shared_board_shows_no_costs_to_who_may_see_none(boardless: OpenShop, browse: Browse) -> None:
    board = kept(boardless, "everybody")
    run(boardless, "DELETE FROM role_permissions WHERE role = 'buyer' AND permission = 'cost.view'")
    try:
        app = browse(boardless, "overview", by="bob", lang="en", channel="desk", board=str(board))
        assert not app.exception, app.exception
        assert "open_orders_received" in keys(app)
        assert "open_gross_profit" not in keys(app)
        assert any("not for you" in caption.value for caption in app.caption)
    finally:
        run(boardless, "INSERT INTO role_permissions VALUES ('buyer', 'cost.view')")


def test_begin_and_remove(boardless: OpenShop, browse: Browse) -> None:
    board = kept(boardless)
    app = browse(boardless, "board", by="eva", lang="en")
    app.get_by_key(f"board_start_{board}").click().run()
    assert run(boardless, "SELECT board_id FROM board_starts") == [(board,)]
    app.get_by_key(f"board_remove_{board}").click().run()
    assert not app.exception, app.exception
    assert run(boardless, "SELECT count(*) FROM boards") == [(0,)]


def test_saving_over_what_was_saved_elsewhere_is_refused(boardless: OpenShop, browse: Browse) -> None:
    board = kept(boardless)
    app = browse(boardless, "board", by="eva", lang="en", edit=str(board))
    run(boardless, "UPDATE boards SET name = 'From elsewhere', version = 2")
    app.get_by_key("board_name_1").set_value("Over it").run()
    app.get_by_key("board_keep_1").click().run()
    assert not app.exception, app.exception
    assert any("meanwhile" in warning.value for warning in app.warning)
    assert run(boardless, "SELECT name FROM boards") == [("From elsewhere",)]
