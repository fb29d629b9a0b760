"""Automation rules as data: every fault named by its field, versions kept, an older one brought back word for word."""

import pytest

from oms_core.access.models import Role
from oms_core.automation.action_kinds import KINDS
from oms_core.automation.events import EVENTS
from oms_core.automation.models import Mode
from oms_core.automation.rules import (
    list_automation,
    list_automation_versions,
    read_automation,
    rollback_automation,
    save_automation,
    set_mode,
)
from oms_core.errors import Forbidden, Invalid, NotFound
from oms_core.workflow.vocabulary import CHANGES

TAG = {"kind": "tag", "tag": "seen"}
RULE = {"code": "r_one", "name": "One", "event": "order.placed", "actions": [TAG]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "No"}, "code"),
        ({"code": "x" * 51}, "code"),
        ({"name": " "}, "name"),
        ({"event": "order.dreamt"}, "event"),
        ({"mode": "maybe"}, "mode"),
        ({"priority": -1}, "priority"),
        ({"priority": True}, "priority"),
        ({"actions": "tag"}, "actions"),
        ({"actions": []}, "actions"),
        ({"actions": [TAG] * 11}, "actions"),
        ({"actions": [TAG, {"kind": "explode"}]}, "actions[1].kind"),
        ({"actions": [{"kind": "tag"}]}, "actions[0].tag"),
        ({"actions": [{"kind": "tag", "tag": "x" * 41}]}, "actions[0].tag"),
        ({"actions": [{"kind": "tag", "tag": "a", "login": "admin"}]}, "actions[0].login"),
        ({"actions": [{"kind": "assign", "to": "login", "login": "ghost"}]}, "actions[0].login"),
        ({"actions": [{"kind": "assign", "to": "round_robin"}]}, "actions[0].role"),
        ({"actions": [{"kind": "assign", "to": "round_robin", "team": "ghosts"}]}, "actions[0].team"),
        ({"actions": [{"kind": "status", "to": "limbo"}]}, "actions[0].to"),
        ({"actions": [{"kind": "status", "to": "cancelled"}]}, "actions[0].to"),
        ({"actions": [{"kind": "priority", "priority": 7}]}, "actions[0].priority"),
        ({"actions": [{"kind": "priority", "priority": True}]}, "actions[0].priority"),
        ({"actions": [{"kind": "message", "template": "spam", "language": "en"}]}, "actions[0].template"),
        ({"actions": [{"kind": "task", "task": "call", "title": "", "to": "nobody"}]}, "actions[0].title"),
        (
            {"actions": [{"kind": "task", "task": "call", "title": "x", "to": "nobody", "due_minutes": 1.5}]},
            "actions[0].due_minutes",
        ),
        ({"channels": ["moon"]}, "channels"),
        ({"order_types": "sale"}, "order_types"),
        ({"active_from": "yesterday"}, "active_from"),
        ({"active_from": "2026-01-02T00:00:00+00:00", "active_until": "2026-01-01T00:00:00+00:00"}, "active_until"),
    ],
)
def test_a_fault_is_refused_and_named_by_its_field(shop, change, field):
    with pytest.raises(Invalid) as refusal:
        shop.run(save_automation, document=RULE | change)
    assert refusal.value.code == "bad_rule"
    assert field in {row["field"] for row in refusal.value.rows}


@pytest.mark.parametrize("condition", ["order.total >", "order.dreams == 1.0", "order.total", "order.margin > 1.0"])
def test_a_condition_that_is_wrong_is_refused_when_it_is_saved(shop, condition):
    with pytest.raises(Invalid) as refusal:
        shop.run(save_automation, document=RULE | {"condition": condition})
    assert refusal.value.code == "bad_expression"


def test_every_kind_of_action_can_be_saved(shop):
    shop.person("anna")
    actions = [
        {"kind": "assign", "to": "login", "login": "anna"}, TAG, {"kind": "untag", "tag": "seen"},
        {"kind": "priority", "priority": 2}, {"kind": "hold", "cause": "wait"}, {"kind": "release", "rule": "r_one"},
        {"kind": "task", "task": "call", "title": "Call", "to": "login", "login": "anna", "due_minutes": 30},
        {"kind": "status", "to": "confirm"}, {"kind": "message", "template": "thanks", "language": "ru"},
    ]  # fmt: skip
    assert {action["kind"] for action in actions} == set(KINDS)
    assert list(shop.run(save_automation, document=RULE | {"actions": actions}).actions) == actions


def test_each_save_is_a_version_and_an_older_one_comes_back_word_for_word(shop):
    builder = {"all": [{"field": "order.total", "operator": "ge", "value": 100}]}
    shop.run(save_automation, document=RULE | {"builder": builder, "translations": {"ru": {"name": "Раз"}}})
    shop.run(set_mode, code="r_one", mode="auto")
    shop.run(save_automation, document=RULE | {"name": "Other", "mode": "suggest"})
    back = shop.run(rollback_automation, code="r_one", version=1)
    with shop.sessions() as session:
        versions = list_automation_versions(session, "r_one")
    assert (back.version, back.mode, back.condition) == (4, Mode.OFF, "order.total >= 100")
    assert [version.version for version in versions] == [4, 3, 2, 1]
    assert versions[0].document == versions[3].document


def test_only_who_edits_rules_may(shop):
    lena = shop.person("lena", Role.LEAD)
    for use_case, facts in (
        (save_automation, {"document": RULE}),
        (set_mode, {"code": "r_one", "mode": "auto"}),
        (rollback_automation, {"code": "r_one", "version": 1}),
    ):
        with pytest.raises(Forbidden):
            shop.run(use_case, actor=lena, **facts)


def test_rules_are_listed_in_the_order_of_acting(shop):
    for code, priority in (("r_b", 5), ("r_a", 5), ("r_c", 1)):
        shop.run(save_automation, document=RULE | {"code": code, "priority": priority})
    with shop.sessions() as session:
        listed = [rule.code for rule in list_automation(session) if rule.code.startswith("r_")]
        assert listed == ["r_c", "r_a", "r_b"]
        with pytest.raises(NotFound):
            read_automation(session, "ghost")


def test_every_event_that_conditions_are_told_of_is_a_change_of_the_vocabulary():
    assert {kind.change for kind in EVENTS.values()} <= set(CHANGES)
