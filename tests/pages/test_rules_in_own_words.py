"""What a rule refuses or warns of is said in the reader's language, where the rule itself has it."""

from collections.abc import Callable
from typing import Any

import pytest
from shops import OwnShop
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from dashboard import translation
from dashboard.automation_words import error_words
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.workflow.validation import save_rule

Browse = Callable[..., AppTest]
SAID = {"en": "Not on my watch", "ru": "Только не сегодня", "pl": "Not on my watch"}


@pytest.mark.parametrize("lang", SAID)
@pytest.mark.parametrize("severity", ["refuse", "warn"])
def test_a_rule_of_the_shop_is_told_in_its_own_translation_else_as_it_was_written(
    own_shop: OwnShop, browse: Browse, severity: str, lang: str
) -> None:
    shop, sessions = own_shop
    rule: dict[str, Any] = {
        "code": "own", "name": "Own", "message": SAID["en"], "field": "status", "severity": severity,
        "expression": "false", "changes": ["move"], "is_active": True, "translations": {"ru": {"message": SAID["ru"]}},
    }  # fmt: skip
    door.run(sessions, door.read(sessions, None, find_actor, login="admin"), save_rule, document=rule)
    with sessions() as session:
        number = session.scalar(text("SELECT number FROM orders WHERE status = 'new' ORDER BY id LIMIT 1"))
    assert number in shop.numbers
    app = browse(shop, "order", by="anna", lang=lang, number=number)
    app.button(key="next_step").click().run()
    assert not app.exception, app.exception
    assert SAID[lang] in [warning.value for warning in app.warning]


@pytest.mark.parametrize("lang", ["en", "ru", "pl", "zh"])
def test_a_rule_that_broke_is_told_without_its_traceback(monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    monkeypatch.setattr(translation, "language", lambda: lang)
    told = error_words({"code": "broken", "message": "KeyError: 'login'"})
    assert told
    assert "KeyError" not in told
