"""Tasks, contact and messages as people see and do them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shops import OpenShop, OwnShop
from sqlalchemy import text

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.db import make_engine, make_sessions
from oms_core.tasks.agenda import add_task
from oms_core.tasks.messages import draft_message
from oms_core.tasks.progress import finish_task

NOW = datetime.now(UTC)


@pytest.fixture
def shop(own_shop: OwnShop) -> OpenShop:
    return own_shop[0]


@pytest.fixture
def work(shop: OpenShop):
    """Do something in the shop in somebody's name."""
    engine = make_engine(shop.url)
    sessions = make_sessions(engine)

    def do(use_case: Any, *, by: str = "anna", **facts: Any) -> Any:
        actor = door.read(sessions, None, find_actor, login=by)
        return door.run(sessions, actor, use_case, **facts)

    yield do
    engine.dispose()


def ask(shop: OpenShop, statement: str) -> list[Any]:
    engine = make_engine(shop.url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return rows


def texts(app: Any) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.header, *app.caption])


def button(app: Any, key: str) -> Any:
    return next(one for one in app.button if one.key == key)


def test_my_tasks_are_listed_by_when_they_are_due_and_done_with_one_tap(shop, work, browse):
    late = work(add_task, title="Late one", assignee="anna", due_at=NOW - timedelta(hours=2), number=shop.numbers[0])
    work(add_task, title="Some day", assignee="anna")
    work(add_task, title="Of boris", assignee="boris")
    app = browse(shop, "tasks", by="anna")
    assert not app.exception
    said = texts(app)
    assert said.index("Late one") < said.index("Some day")
    assert "Of boris" not in said
    button(app, f"finish_{late}").click().run()
    assert not app.exception
    assert "Late one" not in texts(app)
    assert ask(shop, "SELECT count(*) FROM tasks WHERE done_at IS NOT NULL") == [(1,)]


@pytest.mark.parametrize(
    ("address", "titles"),
    [
        ({"whose": "all"}, (["Late one", "Of boris"], [])),
        ({"whose": "all", "person": "boris"}, (["Of boris"], ["Late one"])),
        ({"whose": "nobody"}, (["Free one"], ["Late one", "Of boris"])),
        ({"due": "overdue"}, (["Late one"], ["Some day"])),
        ({"due": "later"}, (["Some day"], ["Late one"])),
        ({"kind": "call"}, (["Some day"], ["Late one"])),
        ({"shown": "done"}, (["Was done"], ["Late one"])),
        ({"shown": "calendar"}, (["Late one"], ["Some day"])),
        ({"shown": "calendar", "span": "day", "whose": "all"}, (["Late one"], ["Some day"])),
    ],
)
def test_what_is_asked_for_stands_in_the_address(shop, work, browse, address, titles):
    due = datetime.now(UTC) - timedelta(seconds=1)  # today, by any clock: the calendar opens on it
    work(add_task, title="Late one", assignee="anna", due_at=due)
    work(add_task, title="Some day", kind="call", assignee="anna")
    work(add_task, title="Of boris", assignee="boris")
    work(add_task, title="Free one")
    work(finish_task, task_id=work(add_task, title="Was done", assignee="anna"))
    app = browse(shop, "tasks", by="anna", **address)
    assert not app.exception
    said, (shown, hidden) = texts(app), titles
    assert [title for title in shown if title not in said] == []
    assert [title for title in hidden if title in said] == []


def test_a_page_of_many_tasks_has_a_next_one(shop, work, browse):
    for index in range(53):
        work(add_task, title=f"Task {index:02}", assignee="anna")
    app = browse(shop, "tasks", by="anna")
    assert "Task 49" in texts(app)
    assert "Task 50" not in texts(app)
    button(app, "tasks_next").click().run()
    assert not app.exception
    assert "Task 52" in texts(app)
    button(app, "tasks_first").click().run()
    assert "Task 00" in texts(app)


@pytest.mark.parametrize("page", ["tasks", "order"])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_pages_hold_in_another_language(shop, work, browse, page, lang):
    work(add_task, title="Call back", assignee="anna", due_at=NOW + timedelta(days=1), number=shop.numbers[0])
    app = browse(shop, page, by="anna", number=shop.numbers[0], lang=lang)
    assert not app.exception


def test_who_has_no_tasks_is_told_so(shop, browse):
    app = browse(shop, "tasks", by="anna")
    assert not app.exception
    assert "Nothing to do here" in texts(app)


@pytest.mark.parametrize("outcome", ["no_answer", "reached", "call_back"])
def test_a_contact_is_noted_on_the_card_in_two_taps(shop, browse, outcome):
    number = shop.numbers[1]
    app = browse(shop, "order", by="anna", number=number)
    button(app, f"contact_{outcome}_{number}").click().run()
    assert not app.exception
    assert ask(shop, "SELECT outcome, kind FROM contact_attempts") == [(outcome, "phone")]
    assert ask(shop, "SELECT count(*) FROM tasks") == [(1 if outcome == "call_back" else 0,)]


def test_reaching_the_customer_does_the_call_that_was_to_be_made(shop, work, browse):
    number = shop.numbers[1]
    work(add_task, title="Call", kind="call", number=number, assignee="anna")
    app = browse(shop, "order", by="anna", number=number)
    button(app, f"contact_reached_{number}").click().run()
    assert ask(shop, "SELECT count(*) FROM tasks WHERE done_at IS NULL") == [(0,)]


def test_a_message_is_drafted_edited_and_sent_from_the_card(shop, browse):
    number = shop.numbers[1]
    engine = make_engine(shop.url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO contacts (customer_id, kind, value, normalised) SELECT customer_id, 'email',"
                " 'ada@example.com', 'ada@example.com' FROM orders WHERE number = :number"
            ),
            {"number": number},
        )
    engine.dispose()
    app = browse(shop, "order", by="anna", number=number)
    button(app, f"draft_{number}").click().run()
    (message_id,) = ask(shop, "SELECT id FROM messages")[0]
    next(one for one in app.text_input if one.key == f"subject_{message_id}").set_value("Changed")
    button(app, f"send_{message_id}").click().run()
    assert not app.exception
    rows = ask(shop, "SELECT state, subject, recipient FROM messages")
    assert rows == [("queued", "Changed", "ada@example.com")]


def test_a_customer_without_an_address_is_said_to_have_none(shop, work, browse):
    number = shop.numbers[1]
    message_id = work(draft_message, number=number, template="order_received")
    app = browse(shop, "order", by="anna", number=number)
    button(app, f"send_{message_id}").click().run()
    assert any("no e-mail address" in warning.value for warning in app.warning)


def test_whose_work_is_elsewhere_sees_the_page_but_handles_their_own_alone(shop, work, browse):
    own = work(add_task, title="Mine", assignee="bob")
    work(add_task, title="Of anna", assignee="anna")
    app = browse(shop, "tasks", by="bob", whose="all")
    assert not app.exception
    assert "Of anna" not in texts(app)
    button(app, f"finish_{own}").click().run()
    assert not app.exception
