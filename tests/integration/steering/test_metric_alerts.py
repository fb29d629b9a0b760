"""Alerts open once, close by themselves, are seen to by whom they concern, and never look at an unfinished day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import text

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS
from oms_core.errors import Conflict, Forbidden, Invalid, NotFound
from oms_core.steering.alert_rules import RuleTerms, list_rules, remove_rule
from oms_core.steering.alerts import Finding, acknowledge_alert, list_alerts, settle_alerts
from pipelines.steering.watching import USUAL, find, keep_known_rule, watch
from tests.lasting_shops import LivedShop

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = date(2026, 11, 22)
TERMS = RuleTerms("Few orders", "desk", "orders_received", "threshold", lower=Decimal(5))
OFF = Finding("", True, DAY, DAY, Decimal(2), Decimal(5))


def keep(session, actor, terms=TERMS, **known):
    return keep_known_rule(session, actor=actor, now=NOW, terms=terms, **known)


def settle(session, actor, rule_id, *findings, version=1, now=NOW):
    facts = {"rule_id": rule_id, "version": version, "findings": findings}
    return settle_alerts(session, actor=actor, now=now, **facts)


def listed(session, actor, *, closed_days=0):
    return list_alerts(session, actor=actor, now=NOW, channel="desk", closed_days=closed_days)


def person(role: Role, actor: Actor) -> Actor:
    return Actor(actor.id, "somebody", frozenset({role}), DEFAULTS[role])


def test_an_alert_opens_once_follows_its_figure_and_closes_by_itself(session, actor):
    rule = keep(session, actor)
    assert settle(session, actor, rule, OFF).opened == 1
    assert settle(session, actor, rule, replace(OFF, day=DAY + timedelta(days=1), value=Decimal(1))).opened == 0
    [alert] = listed(session, actor)
    assert (alert.value, alert.day, alert.opened_day, alert.metric) == (1, DAY + timedelta(days=1), DAY, TERMS.metric)
    assert settle(session, actor, rule, replace(OFF, is_open=None)).closed == 0
    assert settle(session, actor, rule, replace(OFF, is_open=False)).closed == 1
    assert listed(session, actor) == []
    assert [one.closed_at for one in listed(session, actor, closed_days=7)] == [NOW]


def test_the_parts_of_a_cut_have_alerts_of_their_own_and_what_is_found_no_more_closes(session, actor):
    rule = keep(session, actor, replace(TERMS, cut="region"))
    settle(session, actor, rule, replace(OFF, part="PL"), replace(OFF, part="DE"))
    assert {one.part for one in listed(session, actor)} == {"PL", "DE"}
    assert settle(session, actor, rule, replace(OFF, part="PL")).closed == 1
    assert {one.part for one in listed(session, actor)} == {"PL"}


def test_two_open_alerts_of_one_part_are_stopped_by_the_database(session, actor):
    rule = keep(session, actor)
    settle(session, actor, rule, OFF)
    copy = "INSERT INTO metric_alerts (rule_id, opened_day, day, opened_at) SELECT :rule, now(), now(), now()"
    with pytest.raises(Exception, match="uq_metric_alerts_open"):
        session.execute(text(copy), {"rule": rule})


def test_what_was_judged_by_an_older_rule_changes_nothing(session, actor):
    rule = keep(session, actor)
    keep(session, actor, replace(TERMS, lower=Decimal(1)), rule_id=rule, version=1)
    assert settle(session, actor, rule, OFF, version=1).opened == 0
    settle(session, actor, rule, OFF, version=2)
    keep(session, actor, replace(TERMS, is_active=False), rule_id=rule, version=2)
    assert listed(session, actor) == []


def test_an_alert_is_seen_to_once_with_a_note(session, actor):
    settle(session, actor, keep(session, actor), OFF)
    [alert] = listed(session, actor)
    acknowledge_alert(session, actor=actor, now=NOW, alert_id=alert.id, note=" The carrier is on strike. ")
    [seen] = listed(session, actor)
    assert (seen.acknowledged_by, seen.note) == ("Administrator", "The carrier is on strike.")
    with pytest.raises(Conflict) as refused:
        acknowledge_alert(session, actor=actor, now=NOW, alert_id=alert.id)
    assert refused.value.code == "alert_acknowledged"


def test_an_alert_is_told_to_the_roles_of_its_rule_only(session, actor):
    settle(session, actor, keep(session, actor, replace(TERMS, roles=("buyer",))), OFF)
    [alert] = listed(session, actor)
    assert len(listed(session, person(Role.BUYER, actor))) == 1
    lead = person(Role.LEAD, actor)
    assert listed(session, lead) == []
    with pytest.raises(NotFound):
        acknowledge_alert(session, actor=lead, now=NOW, alert_id=alert.id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"), ({"metric": "luck"}, "metric"), ({"channel": "nowhere"}, "channel"),
        ({"lower": None}, "lower_bound"), ({"upper": Decimal(1)}, "upper_bound"), ({"days": 40}, "days"),
        ({"metric": "cycle_time", "days": 7}, "days"), ({"cut": "weather"}, "cut"), ({"roles": ("king",)}, "roles"),
        ({"metric": "open_late", "kind": "deviation"}, "kind"), ({"sensitivity": Decimal(1)}, "sensitivity"),
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused_naming_its_field(wrong, field, session, actor):
    with pytest.raises(Invalid) as refused:
        keep(session, actor, replace(TERMS, **wrong))
    assert refused.value.code == "invalid_alert_rule"
    assert field in [row["field"] for row in refused.value.rows]


def test_a_stale_save_and_a_removal_of_what_changed_are_refused(session, actor):
    rule = keep(session, actor)
    keep(session, actor, replace(TERMS, name="Too few orders"), rule_id=rule, version=1)
    with pytest.raises(Conflict):
        keep(session, actor, TERMS, rule_id=rule, version=1)
    with pytest.raises(Conflict):
        remove_rule(session, actor=actor, now=NOW, rule_id=rule, version=1)
    settle(session, actor, rule, OFF, version=2)
    remove_rule(session, actor=actor, now=NOW, rule_id=rule, version=2)
    assert list_rules(session, channel="desk") == []


def test_who_sees_no_costs_watches_none(session, actor):
    blind = Actor(actor.id, "eva", frozenset({Role.EXECUTIVE}), DEFAULTS[Role.EXECUTIVE] - {"cost.view"})
    with pytest.raises(Forbidden):
        keep(session, blind, replace(TERMS, metric="gross_profit"))


MORNING_AFTER = date(2026, 6, 22)


@pytest.mark.parametrize("metric", USUAL)
def test_a_figure_of_a_simulated_shop_is_judged_as_of_its_last_finished_day(metric, lived_shop: LivedShop):
    terms = replace(TERMS, channel="demo", metric=metric, kind="deviation", lower=None)
    [found] = find(lived_shop.store, terms, today=MORNING_AFTER)
    assert found.day in {date(2026, 6, 20), date(2026, 6, 21)}  # on a Sunday nothing is delivered
    assert found.is_open is False
    [earlier] = find(lived_shop.store, terms, today=date(2026, 6, 20))
    assert earlier.day == date(2026, 6, 19)


def test_the_watch_opens_and_closes_over_the_published_marts(lived_shop: LivedShop):
    run = partial(door.run, lived_shop.sessions, lived_shop.actor)
    read = partial(door.read, lived_shop.sessions, lived_shop.actor)
    terms = replace(TERMS, channel="demo", metric="open_orders", lower=Decimal(10**6))
    rule = run(keep_known_rule, terms=terms)
    try:
        assert watch(run, read, lived_shop.store) == 1
        assert watch(run, read, lived_shop.store) == 0
        [alert] = read(list_alerts, now=datetime.now(UTC), channel="demo")
        assert alert.expected == 10**6
        run(keep_known_rule, terms=replace(terms, lower=Decimal(-1)), rule_id=rule, version=1)
        assert watch(run, read, lived_shop.store) == 1
        assert read(list_alerts, now=datetime.now(UTC), channel="demo") == []
    finally:
        run(remove_rule, rule_id=rule, version=2)
