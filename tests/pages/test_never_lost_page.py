"""Never lost and the sentence at the top of the card, as people see and use them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shops import OpenShop, fill
from sqlalchemy import Engine, text

from dashboard import display
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.db import make_engine, make_sessions
from oms_core.tasks.agenda import add_task

NOW = datetime.now(UTC)


@pytest.fixture
def shop(fresh_engine: Engine, tmp_path) -> OpenShop:
    sessions = make_sessions(fresh_engine)
    numbers = fill(sessions, orders=8)
    with sessions.begin() as session:
        session.execute(text("UPDATE orders SET promised_at = now() - interval '1 hour' WHERE closed_at IS NULL"))
        absent = "INSERT INTO absences (user_id, first_day, last_day, kind)"
        days = "current_date - 1, current_date + 1, 'leave'"
        session.execute(text(f"{absent} SELECT id, {days} FROM users WHERE login = 'boris'"))
        session.execute(
            text("UPDATE orders SET manager_id = (SELECT id FROM users WHERE login = 'boris') WHERE number = :number"),
            {"number": numbers[0]},
        )
    anna = door.read(sessions, None, find_actor, login="anna")
    door.run(sessions, anna, add_task, title="Call them", assignee="anna", due_at=NOW - timedelta(hours=1))
    return OpenShop(fresh_engine.url.render_as_string(hide_password=False), tmp_path, tuple(numbers))


def ask(shop: OpenShop, statement: str) -> list[Any]:
    engine = make_engine(shop.url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return rows


def tiles(app: Any) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


def test_counters_are_shown_by_kind_and_open_to_their_orders(shop, browse):
    app = browse(shop, "never_lost", by="anna")
    assert not app.exception
    late = ask(shop, "SELECT count(*) FROM orders WHERE closed_at IS NULL")[0][0]
    assert tiles(app)["Promise passed"] == str(late)
    assert tiles(app)["Overdue tasks"] == "1"
    listed = browse(shop, "never_lost", by="anna", kind="promise").dataframe[0].value
    assert len(listed) == late
    assert set(listed["kind"]) == {"Promise passed"}


def test_filters_are_in_the_address(shop, browse):
    app = browse(shop, "never_lost", by="anna", kind="promise", stage="new", owner="-")
    assert not app.exception
    waiting = ask(shop, "SELECT count(*) FROM orders WHERE closed_at IS NULL AND status = 'new' AND manager_id IS NULL")
    assert (len(app.dataframe[0].value) if waiting[0][0] else 0) == waiting[0][0]


def test_on_a_phone_each_card_has_its_cure(shop, browse, monkeypatch):
    monkeypatch.setattr(display, "on_phone", lambda: True)
    app = browse(shop, "never_lost", by="anna", kind="task")
    task = ask(shop, "SELECT id FROM tasks")[0][0]
    app.button(key=f"lost_cure_task_{task}").click().run()
    assert not app.exception
    assert ask(shop, "SELECT done_at IS NOT NULL FROM tasks") == [(True,)]
    app = browse(shop, "never_lost", by="anna", kind="promise")
    cure = next(button for button in app.button if str(button.key).startswith("lost_cure_promise"))
    cure.click().run()
    assert not app.exception
    assert ask(shop, "SELECT title, kind FROM tasks WHERE done_at IS NULL") == [
        ("Tell the customer about the delay", "call")
    ]


def test_what_nobody_answers_for_is_taken_not_reminded_of(shop, browse, monkeypatch):
    monkeypatch.setattr(display, "on_phone", lambda: True)
    late = "SELECT count(*) FROM orders WHERE closed_at IS NULL AND manager_id IS NULL"
    before = ask(shop, late)[0][0]
    app = browse(shop, "never_lost", by="anna", kind="promise", owner="-")
    next(button for button in app.button if button.label == "Take it").click().run()
    assert not app.exception
    assert ask(shop, late)[0][0] == before - 1
    assert ask(shop, "SELECT count(*) FROM tasks WHERE title = 'Tell the customer about the delay'") == [(0,)]


def test_when_all_is_well_the_page_says_so(empty_shop, browse):
    app = browse(empty_shop, "never_lost", by="admin")
    assert not app.exception
    assert any("Nothing is lost" in block.value for block in app.markdown)


def test_the_card_says_where_the_order_is_and_leads_to_the_entries(shop, browse):
    for number in shop.numbers:
        app = browse(shop, "order", by="anna", number=number)
        assert not app.exception
        sentence = next(block.value for block in app.markdown if "](#entry-" in block.value)
        entry = sentence.split("](#")[1].split(")")[0]
        assert any(f'id="{entry}"' in block.proto.body for block in app.get("html"))
