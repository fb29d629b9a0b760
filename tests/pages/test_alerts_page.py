"""The page of alerts and their place on Overview: watched with a click, seen to once, told to whom they concern."""

from collections.abc import Callable, Iterator

import pytest
from shops import OpenShop
from signing_in import as_person
from sqlalchemy import create_engine, text
from streamlit.testing.v1 import AppTest

from dashboard.identity import TOKEN_KEY

Browse = Callable[..., AppTest]
OPENED = """
INSERT INTO metric_alert_rules (name, channel_id, metric, kind, lower_bound, roles, owner_id, created_at)
SELECT 'Few orders', c.id, 'orders_received', 'threshold', 5, '["executive"]', u.id, now()
FROM channels c, users u WHERE c.code = 'desk' AND u.login = 'eva';
INSERT INTO metric_alerts (rule_id, opened_day, day, value, expected, opened_at)
SELECT id, now() - interval '3 days', now() - interval '1 day', 2, 5, now() FROM metric_alert_rules
"""


def run(shop: OpenShop, change: str) -> list:
    engine = create_engine(shop.url)
    with engine.begin() as connection:
        found = connection.execute(text(change))
        rows = found.all() if found.returns_rows else []
    engine.dispose()
    return rows


@pytest.fixture
def unwatched(full_shop: OpenShop) -> Iterator[OpenShop]:
    yield full_shop
    run(full_shop, "DELETE FROM metric_alerts; DELETE FROM metric_alert_rules")


def test_the_usual_figures_are_watched_with_one_click_and_a_rule_stops_and_goes(
    unwatched: OpenShop, browse: Browse
) -> None:
    app = browse(unwatched, "alerts", by="eva", lang="en", channel="desk")
    app.get_by_key("rules_usual").click().run()
    assert not app.exception, app.exception
    rules = run(unwatched, "SELECT id, metric FROM metric_alert_rules ORDER BY id")
    assert len(rules) == 5
    app.get_by_key(f"rule_switch_{rules[0].id}").click().run()
    assert not app.exception, app.exception
    assert run(unwatched, "SELECT is_active, version FROM metric_alert_rules ORDER BY id LIMIT 1") == [(False, 2)]
    app.get_by_key(f"rule_remove_{rules[0].id}").click().run()
    assert len(run(unwatched, "SELECT id FROM metric_alert_rules")) == 4


@pytest.mark.parametrize("page", ["overview", "alerts"])
def test_an_alert_is_said_in_a_sentence_and_seen_to_with_a_note(page: str, unwatched: OpenShop, browse: Browse) -> None:
    run(unwatched, OPENED)
    app = browse(unwatched, page, by="eva", lang="en", channel="desk")
    assert not app.exception, app.exception
    assert any("Orders received** is below its bound" in block.value for block in app.markdown)
    [alert] = run(unwatched, "SELECT id FROM metric_alerts")
    app.get_by_key(f"alert_note_{alert.id}").set_value("A strike.")
    app.get_by_key(f"alert_done_{alert.id}").click().run()
    assert not app.exception, app.exception
    assert run(unwatched, "SELECT note, acknowledged_at IS NOT NULL FROM metric_alerts") == [("A strike.", True)]
    assert any("A strike" in caption.value for caption in app.caption)
    app.get_by_key(f"alert_rows_{alert.id}").click().run()
    assert not app.exception, app.exception


@pytest.mark.parametrize(("by", "is_told"), [("eva", True), ("lena", False), ("bob", False), ("admin", True)])
def test_an_alert_is_shown_to_whom_it_concerns(by: str, is_told: bool, unwatched: OpenShop, browse: Browse) -> None:
    run(unwatched, OPENED)
    app = browse(unwatched, "overview", by=by, lang="en", channel="desk")
    assert not app.exception, app.exception
    assert any("below its bound" in block.value for block in app.markdown) == is_told


def _drawer() -> None:
    from dashboard.alert_form import show_rule_form

    show_rule_form("desk", None)


def test_a_threshold_is_set_in_the_metrics_own_unit(unwatched: OpenShop, browse: Browse) -> None:
    browse(unwatched, "account")
    app = AppTest.from_function(_drawer, default_timeout=60)
    app.session_state[TOKEN_KEY] = as_person(unwatched.url, "eva")
    app.run()
    app.get_by_key("rule_metric").set_value("cancel_rate").run()
    app.get_by_key("rule_2").set_value("threshold").run()
    app.get_by_key("rule_upper").set_value("much").run()
    assert [error.value for error in app.error]
    app.get_by_key("rule_upper").set_value("4 %").run()
    app.get_by_key("rule_days").set_value(7)
    app.get_by_key("rule_keep").click().run()
    assert not app.exception, app.exception
    kept = run(unwatched, "SELECT metric, kind, upper_bound, days FROM metric_alert_rules")
    assert [(row.metric, row.kind, float(row.upper_bound), row.days) for row in kept] == [
        ("cancel_rate", "threshold", 0.04, 7)
    ]
