"""The inbox and the page of feeds, as people see and use them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from shops import OpenShop, fill
from signing_in import as_person
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from dashboard import display
from dashboard.identity import TOKEN_KEY
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.db import make_engine, make_sessions
from oms_core.intake.feed_progress import note_failure
from oms_core.intake.feed_settings import FeedSettings
from oms_core.intake.feeds import add_feed
from oms_core.intake.inbound_reading import incoming_letter, incoming_order
from oms_core.intake.inbound_storing import post_message
from oms_core.intake.reconciling import record_reconciliation
from pipelines.feeds.deciding import decide_stored

Browse = Callable[..., AppTest]
UNKNOWN = {"customer_name": "Ada", "email": "ada@example.com", "lines": [{"sku": "NO-SUCH", "quantity": "2"}]}


@pytest.fixture(scope="module")
def inbox_shop(lasting_database: Any, tmp_path_factory: pytest.TempPathFactory) -> OpenShop:
    """A shop with a refused order, a letter, an order without an outcome, a feed that fails and a day with a gap."""
    engine, folder = lasting_database(), tmp_path_factory.mktemp("inbox")
    sessions = make_sessions(engine)
    numbers = fill(sessions, orders=2)
    run = partial(door.run, sessions, door.read(sessions, None, find_actor, login="system"))
    read = partial(door.read, sessions, door.read(sessions, None, find_actor, login="system"))
    for part in ("new", "cur"):
        (folder / "mail" / part).mkdir(parents=True)
    for code in ("market", "mail"):
        facts = {"channel": "desk", "kind": "maildir", "address": f"file://{folder / code}"}
        run(add_feed, code=code, **facts)
    run(note_failure, code="market", reason="It answered 503.", keeps_place=True)
    run(record_reconciliation, code="market", day=date(2026, 11, 20), references={"A-77", "A-78"})
    for name in ("A-1", "A-2", "A-3"):
        run(post_message, channel="desk", incoming=incoming_order(UNKNOWN, FeedSettings(), reference=name))
    with sessions() as session:
        sku = session.scalar(text("SELECT min(sku) FROM products"))
    unnamed = {"lines": [{"sku": sku, "quantity": 1, "unit_price": "5"}]}
    run(post_message, channel="desk", incoming=incoming_order(unnamed, FeedSettings(), reference="A-4"))
    letter = incoming_letter("L-1", sender="Bob <bob@example.com>", subject="Two mugs", body={"text": "Please!"})
    run(post_message, channel="desk", incoming=letter)
    decide_stored(run, read)
    late = incoming_order(UNKNOWN, FeedSettings(), reference="A-9")
    run(post_message, at=datetime.now(UTC) - timedelta(minutes=20), channel="desk", incoming=late)
    return OpenShop(engine.url.render_as_string(hide_password=False), folder, tuple(numbers))


def ask(shop: OpenShop, statement: str) -> list[Any]:
    engine = make_engine(shop.url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return rows


def one(app: AppTest, kind: str, ending: str) -> Any:
    return next(found for found in getattr(app, kind) if str(found.key).endswith(ending))


def on_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "on_phone", lambda: True)


def test_what_waits_is_listed_with_its_cause_and_failures_come_first(inbox_shop: OpenShop, browse: Browse):
    app = browse(inbox_shop, "inbox", by="anna").run()
    assert not app.exception
    [failing] = [box.value for box in app.error]
    assert "market" in failing
    assert "503" in failing
    listed = app.dataframe[0].value
    assert {"A-1", "A-9", "L-1"} <= set(listed["reference"])
    causes = dict(zip(listed["reference"], listed["cause"], strict=True))
    assert "NO-SUCH" in causes["A-1"]
    assert "letter" in causes["L-1"]
    assert any("A\\-77" in block.value for block in app.markdown)


def test_on_a_phone_each_card_opens_and_has_its_cure(inbox_shop: OpenShop, browse: Browse, monkeypatch):
    on_phone(monkeypatch)
    app = browse(inbox_shop, "inbox", by="anna").run()
    assert not app.exception
    wanted = ask(inbox_shop, "SELECT id FROM inbound_messages WHERE external_id = 'A-2'")[0][0]
    one(app, "button", f"inbox_again_{wanted}").click().run()
    assert not app.exception
    assert any("refused again" in box.value for box in app.warning)


def _drawer() -> None:
    import streamlit as st

    from dashboard import inbox_dialog, inbox_feed_form, inbox_reads

    opened = st.session_state["opened"]
    if isinstance(opened, int):
        inbox_dialog._show(inbox_reads.message(opened))
    else:
        inbox_feed_form._ask(next((feed for feed in inbox_reads.feeds() if feed.code == opened), None))


@pytest.fixture
def drawer(
    inbox_shop: OpenShop, monkeypatch: pytest.MonkeyPatch, browse: Browse
) -> Callable[..., AppTest]:  # fmt: skip
    """Open what a dialog shows by itself: AppTest does not run a dialog a second time."""
    browse(inbox_shop, "account", by="anna")
    monkeypatch.setenv("OMS_DATABASE_URL", inbox_shop.url)

    def open_drawer(opened: str | int, *, by: str = "anna", **typed: Any) -> AppTest:
        app = AppTest.from_function(_drawer, default_timeout=60)
        app.session_state[TOKEN_KEY] = as_person(inbox_shop.url, by)
        app.session_state["opened"] = opened
        for name, value in typed.items():
            app.session_state[name] = value
        return app.run()

    return open_drawer


def test_a_refused_order_is_mended_and_taken(inbox_shop: OpenShop, drawer: Callable[..., AppTest]):
    wanted = ask(inbox_shop, "SELECT id FROM inbound_messages WHERE external_id = 'A-4'")[0][0]
    app = drawer(wanted)
    assert not app.exception
    assert "is needed" in app.info[0].value
    assert app.dataframe[0].value["quantity"].to_list() == ["1"]
    app.button(key=f"inbox_{wanted}_place").click().run()
    assert "is needed" in app.warning[0].value
    app.text_input(key=f"inbox_{wanted}_name").set_value("Ada").run()
    app.button(key=f"inbox_{wanted}_place").click().run()
    placed = "SELECT o.external_ref FROM orders o JOIN inbound_messages m ON m.order_id = o.id WHERE m.id = "
    assert ask(inbox_shop, placed + str(wanted)) == [("A-4",)]


@pytest.mark.parametrize("act", ["attach", "hand", "no"])
def test_a_message_is_attached_given_or_rejected(act: str, inbox_shop: OpenShop, drawer: Callable[..., AppTest]):
    name = {"attach": "A-2", "hand": "A-3", "no": "L-1"}[act]
    wanted = ask(inbox_shop, f"SELECT id FROM inbound_messages WHERE external_id = '{name}'")[0][0]
    app = drawer(wanted, **{f"inbox_act_{wanted}": act})
    assert not app.exception
    if act == "attach":
        app.text_input(key=f"inbox_{wanted}_number").set_value(inbox_shop.numbers[0]).run()
        app.button(key=f"inbox_{wanted}_attach").click().run()
    elif act == "hand":
        app.button(key=f"inbox_{wanted}_hand").click().run()
    else:
        app.selectbox(key=f"inbox_reason_{wanted}").set_value("Advertising").run()
        app.button(key=f"inbox_reject_{wanted}").click().run()
    assert act == "attach" or not app.exception  # the link to its order needs the pages around it
    ended = ask(inbox_shop, f"SELECT outcome, reason <> '' AND code = '' FROM inbound_messages WHERE id = {wanted}")
    assert ended == [{"attach": ("order", False), "hand": ("task", False), "no": ("rejected", True)}[act]]


def test_a_gap_is_pulled_again_and_a_feed_asked_from_the_page(inbox_shop: OpenShop, browse: Browse):
    app = browse(inbox_shop, "inbox", by="anna").run()
    one(app, "button", "repull_market_2026-11-20").click().run()
    assert not app.exception
    assert any("cannot be asked" in box.value for box in app.warning)
    one(app, "button", "look_mail").click().run()
    assert not app.exception
    assert ask(inbox_shop, "SELECT failure FROM channel_feeds WHERE code = 'mail'") == [("",)]


@pytest.mark.parametrize("state", ["order", "rejected"])
def test_every_state_has_its_list(state: str, inbox_shop: OpenShop, browse: Browse):
    assert not browse(inbox_shop, "inbox", by="anna", state=state).run().exception


def test_an_empty_inbox_says_so(empty_shop: OpenShop, browse: Browse):
    app = browse(empty_shop, "inbox").run()
    assert not app.exception
    assert any("Nothing waits" in block.value for block in app.markdown)


@pytest.mark.parametrize(("page", "by", "may"), [
    ("inbox", "bob", False), ("inbox", "anna", True), ("feeds", "anna", False), ("feeds", "admin", True),
])  # fmt: skip
def test_only_who_may_has_the_pages(page: str, by: str, may: bool, full_shop: OpenShop, browse: Browse):
    if may:
        assert not browse(full_shop, page, by=by).run().exception
    else:
        with pytest.raises(ValueError, match=page):
            browse(full_shop, page, by=by)


def test_an_administrator_sets_a_feed_up_and_is_told_what_is_wrong(
    inbox_shop: OpenShop, browse: Browse, drawer: Callable[..., AppTest]
):
    assert not browse(inbox_shop, "feeds").run().exception
    app = drawer("", by="admin")
    app.text_input(key="feed_new_code").set_value("market2")
    app.text_input(key="feed_new_address").set_value("ftp://example.com").run()
    app.button(key="feed_new_save").click().run()
    assert not app.exception
    assert any("must begin with" in box.value for box in app.error)
    app.text_input(key="feed_new_address").set_value("https://example.com/api").run()
    app.button(key="feed_new_save").click().run()
    assert not app.exception
    assert ask(inbox_shop, "SELECT address FROM channel_feeds WHERE code = 'market2'") == [("https://example.com/api",)]
    app = drawer("market2", by="admin")
    app.toggle(key="feed_market2_1_active").set_value(False).run()
    app.button(key="feed_market2_1_save").click().run()
    assert not app.exception
    assert ask(inbox_shop, "SELECT is_active, version FROM channel_feeds WHERE code = 'market2'") == [(False, 2)]


def test_what_may_be_lost_is_one_click_from_the_inbox(inbox_shop: OpenShop, browse: Browse, monkeypatch):
    on_phone(monkeypatch)
    app = browse(inbox_shop, "never_lost", by="anna", kind="inbound").run()
    assert not app.exception
    cure = next(button for button in app.button if str(button.key).startswith("lost_cure_inbound_"))
    cure.click().run()
    assert not app.exception
    assert app.title[0].value == "Inbox"
