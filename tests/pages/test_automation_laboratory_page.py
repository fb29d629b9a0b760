"""The laboratory's automation rules: chosen, tried, switched on, measured and taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from shops import OpenShop, fill
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.automation.rules import AutomationView, read_automation, save_automation
from oms_core.db import make_sessions
from oms_core.orders.comments import comment_order

Browse = Callable[..., AppTest]
Shop = tuple[OpenShop, sessionmaker[Session]]
TAGS = {"kind": "tag", "tag": "tried"}
RULES = (
    {"code": "of_comments", "name": "Of comments", "event": "order.commented", "condition": "true", "actions": [TAGS]},
    {"code": "of_large", "name": "Of large", "event": "order.placed", "condition": "order.total > 50.0",
     "actions": [TAGS, {"kind": "priority", "priority": 2}]},
    {"code": "of_time", "name": "Of time", "event": "status.overdue", "condition": "true", "actions": [TAGS]},
)  # fmt: skip
WORDS = {
    "en": ("Would have acted", "Add a tag: tried", "Set the priority: Urgent", "Let it suggest"),
    "ru": ("Сработало бы", "Добавить метку: tried", "Задать приоритет: Срочно", "Пусть предлагает"),
}


@pytest.fixture(scope="module")
def tried_shop(lasting_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A full shop with rules that are off."""
    engine = lasting_database()
    sessions = make_sessions(engine)
    numbers = tuple(fill(sessions))
    for rule in RULES:
        _do(sessions, save_automation, document=rule)
    url = engine.url.render_as_string(hide_password=False)
    return OpenShop(url, tmp_path_factory.mktemp("marts"), numbers), sessions


def _do(sessions: sessionmaker[Session], use_case: Callable[..., Any], **facts: Any) -> None:
    with sessions() as session:
        admin = find_actor(session, "admin")
    door.run(sessions, admin, use_case, **facts)


def _rule(sessions: sessionmaker[Session], code: str) -> AutomationView:
    with sessions() as session:
        return read_automation(session, code)


def _metric(app: AppTest, label: str) -> str:
    return next(metric.value for metric in app.metric if metric.label == label)


def _keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("by", ["admin", "lena"])
def test_an_administrator_and_a_lead_see_whom_a_rule_would_have_changed_and_how(
    by: str, language: str, tried_shop: Shop, browse: Browse
) -> None:
    acted, tag, priority, suggest = WORDS[language]
    shop, _sessions = tried_shop
    app = browse(shop, "laboratory", by=by, lang=language, kind="automation", automation="of_large")
    assert not app.exception, app.exception
    assert 0 < int(_metric(app, acted)) < len(shop.numbers)
    said = " ".join(block.value for block in app.markdown).replace("\\", "")
    assert tag in said
    assert priority in said
    [rows] = app.dataframe
    assert len(rows.value) == int(_metric(app, acted))
    assert {number.partition("=")[2] for number in rows.value["number"]} <= set(shop.numbers)
    assert any(button.label == suggest for button in app.button) is (by == "admin")


def test_every_rule_can_be_chosen_and_one_of_the_clock_says_that_it_has_no_past(
    tried_shop: Shop, browse: Browse
) -> None:
    shop, _sessions = tried_shop
    app = browse(shop, "laboratory", kind="automation", automation="of_time")
    assert not app.exception, app.exception
    assert {"Comment added · Of comments", "Order placed · Of large"} <= set(app.selectbox(key="automation").options)
    assert "clock" in app.info[0].value
    assert not app.metric
    app.selectbox(key="automation").set_value("of_large").run()
    assert not app.exception, app.exception
    assert not app.info


def test_a_rule_is_switched_to_suggest_measured_beside_its_prediction_and_taken_back(
    tried_shop: Shop, browse: Browse
) -> None:
    shop, sessions = tried_shop
    app = browse(shop, "laboratory", kind="automation", automation="of_comments")
    app.button(key="laboratory_suggest").click().run()
    assert not app.exception, app.exception
    assert _rule(sessions, "of_comments").mode == "suggest"
    assert _metric(app, "Suggested") == "0"
    _do(sessions, comment_order, number=shop.numbers[3], text="Call back")
    app.run()
    assert _metric(app, "Suggested") == "1"
    assert next(metric for metric in app.metric if metric.label == "A day").delta.endswith("predicted")
    app.button(key="roll_back").click().run()
    assert not app.exception, app.exception
    assert (_rule(sessions, "of_comments").mode, _rule(sessions, "of_comments").version) == ("off", 3)
    assert "roll_back" not in _keys(app)


def test_the_editor_leads_to_the_laboratory_with_the_rule_as_it_is_being_edited(
    tried_shop: Shop, browse: Browse
) -> None:
    shop, sessions = tried_shop
    app = browse(shop, "automation", rule="of_large")
    version = _rule(sessions, "of_large").version
    app.text_input(key=f"auto_of_large_{version}_name").set_value("Of large ones").run()
    assert not app.exception, app.exception
    app.switch_page("app_pages/laboratory.py")
    app.query_params.clear()
    app.query_params.update({"kind": "automation", "draft": "1"})
    app.run()
    assert not app.exception, app.exception
    assert app.selectbox(key="automation").options[0] == "Draft: Of large ones"
    assert int(_metric(app, "Would have acted")) > 0
    app.button(key="laboratory_suggest").click().run()
    assert not app.exception, app.exception
    saved = _rule(sessions, "of_large")
    assert (saved.name, saved.mode) == ("Of large ones", "suggest")
    assert app.selectbox(key="automation").value == "of_large"


def test_a_shop_without_orders_says_that_a_rule_would_have_met_none(empty_shop: OpenShop, browse: Browse) -> None:
    app = browse(empty_shop, "laboratory", kind="automation", automation="gift", lang="ru")
    assert not app.exception, app.exception
    assert _metric(app, "Сработало бы") == "0"
    assert not app.dataframe
