"""Rules and the laboratory: who sees what, what is made of a draft, and what a trial says."""

from collections.abc import Callable
from typing import Any

import pytest
from shops import OpenShop, OwnShop
from sizes import sampled
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.db import make_engine, make_sessions
from oms_core.workflow.validation import read_rule, save_rule

Browse = Callable[..., AppTest]
RULE = {
    "code": "large_needs_manager", "name": "Large orders need a manager", "severity": "refuse", "changes": ["place"],
    "message": "Give an order above 50 to a manager.", "field": "order.manager",
    "builder": {
        "all": [
            {"any": [
                {"field": "order.total", "operator": "le", "value": 50},
                {"field": "order.has_manager", "operator": "is_true"},
            ]},
            {"lines": "every", "where": {"all": [
                {"field": "line.discount_percent", "operator": "between", "value": [0, 10]},
            ]}},
            {"field": "order.channel", "operator": "in", "value": ["desk", "api"]},
            {"field": "order.paid", "operator": "le", "other": "order.total"},
        ]
    },
}  # fmt: skip
TITLES = {
    ("rules", "en"): "Rules", ("rules", "ru"): "Правила",
    ("laboratory", "en"): "Rule laboratory", ("laboratory", "ru"): "Лаборатория правил",
}  # fmt: skip
CEL = (
    "(order.total <= 50 || order.has_manager)"
    " && lines.all(line, (line.discount_percent >= 0 && line.discount_percent <= 10))"
    ' && order.channel in ["desk", "api"] && order.paid <= order.total'
)


@pytest.fixture
def ruled_shop(own_shop: OwnShop) -> OwnShop:
    """A full shop with a rule that is off."""
    _save(own_shop[1], RULE)
    return own_shop


def _save(sessions: sessionmaker[Session], document: dict[str, Any]) -> None:
    with sessions() as session:
        admin = find_actor(session, "admin")
    door.run(sessions, admin, save_rule, document=document)


def _rule(sessions: sessionmaker[Session]) -> Any:
    with sessions() as session:
        return read_rule(session, RULE["code"])


def _button(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def _metric(app: AppTest, label: str) -> str:
    return next(metric.value for metric in app.metric if metric.label == label)


@pytest.mark.parametrize("seen", [*TITLES], ids="-".join)
@pytest.mark.parametrize(
    "where",
    sampled(
        ["full_shop admin", "empty_shop admin", *(f"full_shop {login}" for login in ("lena", "anna", "bob", "eva"))], 3
    ),
)
def test_a_page_shows_itself_to_everybody_who_may_see_the_workflow(
    seen: tuple[str, str], where: str, browse: Browse, request: pytest.FixtureRequest
) -> None:
    (page, lang), (shop, by) = seen, where.split()
    opened: OpenShop = request.getfixturevalue(shop)
    if shop == "full_shop":
        _save(make_sessions(make_engine(opened.url)), RULE)
    app = browse(opened, page, by=by, lang=lang)
    assert not app.exception, app.exception
    assert app.title[0].value == TITLES[seen]


def test_the_builder_gives_back_the_condition_it_was_given(ruled_shop: Any, browse: Browse) -> None:
    shop, sessions = ruled_shop
    app = browse(shop, "rules", rule=RULE["code"])
    assert not app.exception, app.exception
    assert app.code[0].value == CEL
    _button(app, "Save").click().run()
    assert not app.exception, app.exception
    saved = _rule(sessions)
    assert saved.version == 2
    assert saved.builder == RULE["builder"]
    assert saved.expression == CEL


def test_a_changed_condition_is_tried_then_activated_and_rolled_back(ruled_shop: Any, browse: Browse) -> None:
    shop, sessions = ruled_shop
    app = browse(shop, "rules", rule=RULE["code"])
    _button(app, "Try it").click().run()
    assert not app.exception, app.exception
    assert _metric(app, "Orders looked at") == "10"
    assert _metric(app, "Would be refused") != "0"
    _button(app, "Activate").click().run()
    assert _rule(sessions).is_active
    _button(app, "Bring version 1 back").click().run()
    assert not app.exception, app.exception
    assert not _rule(sessions).is_active
    assert _rule(sessions).version == 3


def test_a_condition_that_cannot_be_used_is_told_kindly_and_not_saved(ruled_shop: Any, browse: Browse) -> None:
    shop, sessions = ruled_shop
    app = browse(shop, "rules", rule="new")
    app.segmented_control(key="rule_new_0_0_way").set_value("cel").run()
    app.text_area(key="rule_new_0_0_cel").set_value("order.colour == 'red'").run()
    assert not app.exception, app.exception
    assert any("at character" in warning.value for warning in app.warning)
    app.text_input(key="rule_new_0_0_name").set_value("Colours")
    app.text_area(key="rule_new_0_0_message").set_value("No colours.").run()
    _button(app, "Save").click().run()
    assert not app.exception, app.exception
    assert app.warning
    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM validation_rules WHERE code = 'colours'")) == 0


def test_who_may_not_edit_reads_a_rule_and_switches_nothing(ruled_shop: Any, browse: Browse) -> None:
    shop, _sessions = ruled_shop
    app = browse(shop, "rules", by="anna", rule=RULE["code"])
    assert not app.exception, app.exception
    assert [button.label for button in app.button] == ["All rules"]
    assert app.code[0].value == CEL
    laboratory = browse(shop, "laboratory", by="anna", rule=RULE["code"])
    assert not laboratory.exception, laboratory.exception
    assert [button.label for button in laboratory.button] == []


def test_the_laboratory_sets_what_it_met_beside_what_was_predicted(ruled_shop: Any, browse: Browse) -> None:
    shop, sessions = ruled_shop
    app = browse(shop, "laboratory", rule=RULE["code"])
    _button(app, "Activate").click().run()
    assert not app.exception, app.exception
    assert _metric(app, "Refused") == "0"
    _button(app, "Switch off").click().run()
    assert not _rule(sessions).is_active
