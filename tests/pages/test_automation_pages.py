"""The page of automation and what it puts on an order's card: every role, empty and full, in English and Russian."""

from collections.abc import Callable

import pytest
from shops import OpenShop, fill
from signing_in import add_person
from sizes import sampled
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.access.models import Role, User
from oms_core.automation.rule_library import seed_automation_library
from oms_core.automation.rules import save_automation, set_mode
from oms_core.db import make_engine, make_sessions
from oms_core.orders.comments import comment_order
from oms_core.tasks.agenda import add_task

ROLES = ("admin", "lena", "anna", "bob", "eva")
LANGUAGES = ("en", "ru")
PARTS = ("rules", "suggestions", "runs", "alerts")
TITLES = {"en": "Automation", "ru": "Автоматизация"}


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def automated_shop(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> OpenShop:
    """A full shop whose rules suggested, acted, failed and ran in a circle."""
    engine = lasting_database()
    sessions = make_sessions(engine)
    numbers = tuple(fill(sessions))
    with sessions.begin() as session:
        seed_automation_library(session)
    with sessions() as session:
        actor = find_actor(session, "admin")
    echo = {"kind": "task", "task": "call", "title": "Again", "to": "nobody"}
    hasty = {"kind": "status", "to": "done"}
    for code, event, action in (("echo", "task.added", echo), ("hasty", "order.commented", hasty)):
        document = {"code": code, "name": code, "event": event, "actions": [action], "mode": "auto"}
        door.run(sessions, actor, save_automation, document=document)
    door.run(sessions, actor, set_mode, code="not_reached", mode="suggest")
    door.run(sessions, actor, comment_order, number=numbers[14], text="No answer")
    door.run(sessions, actor, add_task, title="Measure the parcel", number=numbers[14], due_minutes=30)
    return OpenShop(_url(engine), tmp_path_factory.mktemp("marts"), numbers)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("by", sampled(ROLES, 2))
def test_every_role_sees_every_view_of_a_full_shop(browse, automated_shop, by, language):
    for part in PARTS:
        app = browse(automated_shop, "automation", by=by, lang=language, part=part)
        assert not app.exception
        assert app.title[0].value == TITLES[language]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", sampled(["manager", "lead", "buyer", "executive", "admin"], 4))
def test_every_role_sees_every_view_of_an_empty_shop(browse, empty_shop, role, language):
    by = "admin" if role == "admin" else f"only_{role}"
    with make_sessions_of(empty_shop)() as session:
        known = session.scalar(select(User.id).where(User.login == by))
    if known is None:
        add_person(make_sessions_of(empty_shop), by, Role(role))
    for part in PARTS:
        app = browse(empty_shop, "automation", by=by, lang=language, part=part)
        assert not app.exception
        assert app.title[0].value == TITLES[language]


@pytest.mark.parametrize("by", ROLES)
def test_only_who_edits_rules_is_offered_to_make_or_switch_them(browse, automated_shop, by):
    app = browse(automated_shop, "automation", by=by)
    assert any(button.key == "new_automation" for button in app.button) is (by == "admin")


def test_a_rule_opens_in_its_form_and_is_switched(browse, automated_shop):
    app = browse(automated_shop, "automation", rule="gift")
    assert not app.exception
    mode = next(group for group in app.button_group if group.key == "auto_gift_1_mode")
    mode.set_value("suggest").run()
    assert not app.exception
    with make_sessions_of(automated_shop)() as session:
        row = session.execute(text("SELECT version, mode FROM automation_rules WHERE code = 'gift'")).one()
    assert (row.version, row.mode) == (2, "suggest")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("by", ROLES)
def test_who_may_not_edit_reads_a_rule_as_text(browse, automated_shop, by, language):
    app = browse(automated_shop, "automation", by=by, lang=language, rule="hasty")
    assert not app.exception
    assert any(button.key == "auto_hasty_1_save" for button in app.button) is (by == "admin")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("by", ROLES)
def test_an_orders_card_offers_what_the_role_may_do(browse, automated_shop, by, language):
    number = automated_shop.numbers[14]
    app = browse(automated_shop, "order", by=by, lang=language, number=number)
    assert not app.exception
    accepts = [button for button in app.button if str(button.key).startswith("accept_")]
    assert len(accepts) == 1
    assert accepts[0].disabled is (by == "eva")
    finishes = [button for button in app.button if str(button.key).startswith("finish_")]
    assert bool(finishes) is (by != "eva")


def test_a_suggestion_is_accepted_in_one_click_and_its_draft_discarded(browse, automated_shop):
    number = automated_shop.numbers[14]
    app = browse(automated_shop, "order", by="anna", number=number)
    next(button for button in app.button if str(button.key).startswith("accept_")).click().run()
    assert not app.exception
    assert not [button for button in app.button if str(button.key).startswith("accept_")]
    discard = next(button for button in app.button if str(button.key).startswith("discard_"))
    discard.click().run()
    assert not app.exception
    with make_sessions_of(automated_shop)() as session:
        row = session.execute(text("SELECT state, rule FROM messages")).one()
    assert (row.state, row.rule) == ("discarded", "not_reached@2")


def test_an_alert_is_closed_by_who_has_seen_to_it(browse, automated_shop):
    app = browse(automated_shop, "automation", part="alerts")
    alerts = [button for button in app.button if str(button.key).startswith("acknowledge_")]
    assert len(alerts) == 2  # echo went in a circle, hasty could not act
    alerts[0].click().run()
    assert len([button for button in app.button if str(button.key).startswith("acknowledge_")]) == 1


def test_a_task_is_finished_on_the_card(browse, automated_shop):
    app = browse(automated_shop, "order", by="anna", number=automated_shop.numbers[14])
    before = [button for button in app.button if str(button.key).startswith("finish_")]
    before[0].click().run()
    assert not app.exception
    assert len([button for button in app.button if str(button.key).startswith("finish_")]) == len(before) - 1


def make_sessions_of(shop: OpenShop) -> sessionmaker[Session]:
    return make_sessions(make_engine(shop.url))
