"""Rules answer what happens to orders: once, in their order, without losing anybody's work."""

import pytest
from sqlalchemy import text

from oms_core.automation.react import DEEPEST
from oms_core.automation.suggestions import deliver_again
from oms_core.errors import Invalid
from oms_core.orders.comments import comment_order
from oms_core.orders.labels import set_priority, tag_order
from oms_core.orders.progress import move_order

TAG = {"kind": "tag", "tag": "seen"}


def test_a_rule_acts_on_the_order_that_its_condition_is_true_of(shop):
    shop.rule("large", "order.placed", TAG, condition="order.total >= 50.0")
    small, large = shop.order(1), shop.order(5)
    assert shop.labels(small).tags == ()
    assert shop.labels(large).tags == ("seen",)


def test_the_journal_names_rule_and_version_and_that_the_system_acted(shop):
    shop.rule("large", "order.placed", {"kind": "tag", "tag": "old"})
    shop.rule("large", "order.placed", TAG)
    number = shop.order()
    tagged = shop.events(number)[-1]
    system_id = shop.ask("SELECT id FROM users WHERE login = 'system'")[0].id
    assert (tagged.kind, tagged.rule, tagged.actor_id) == ("order.tagged", "large@2", system_id)
    assert shop.events(number)[0].rule is None


def test_the_audit_names_the_system_for_what_a_rule_changes_and_the_person_for_the_rest(shop):
    anna = shop.person("anna")
    number = shop.order()
    shop.rule("tagger", "order.tagged", TAG, condition='!("seen" in order.tags)')
    shop.run(tag_order, actor=anna, number=number, tag="mine")
    rows = shop.ask(
        "SELECT u.login, a.after->>'tag' AS tag FROM audit_log a JOIN users u ON u.id = a.actor_id"
        " WHERE a.table_name = 'order_tags' ORDER BY a.id"
    )
    assert [(row.login, row.tag) for row in rows] == [("anna", "mine"), ("system", "seen")]


@pytest.mark.parametrize(
    ("mode", "runs", "tagged"), [("off", 0, 0), ("suggest", 3, 0), ("auto", 3, 3)], ids=["off", "suggest", "auto"]
)
def test_the_three_modes_do_nothing_suggest_and_act(shop, mode, runs, tagged):
    shop.rule("large", "order.placed", TAG, mode=mode, condition="order.quantity >= 2.0")
    numbers = [shop.order(quantity) for quantity in (1, 2, 3, 4)]
    outcomes = {outcome for _, _, outcome in shop.runs()}
    assert len(shop.runs()) == runs
    assert outcomes <= {"suggested" if mode == "suggest" else "applied"}
    assert sum(shop.labels(number).tags == ("seen",) for number in numbers) == tagged


def test_the_same_event_delivered_five_times_acts_once(shop):
    number = shop.order()
    shop.rule("call", "order.placed", {"kind": "task", "task": "call", "title": "Call", "to": "nobody"})
    for _ in range(5):
        shop.run(deliver_again, number=number, sequence=1)
    assert shop.runs() == [("call", 1, "applied")]
    assert len(shop.ask("SELECT id FROM tasks")) == 1


def test_a_rule_that_triggers_itself_stops_after_one_run_and_raises_an_alert(shop):
    number = shop.order()
    urge = "order.priority < 2.0 ? true : true"
    shop.rule("echo", "task.added", {"kind": "task", "task": "call", "title": "Again", "to": "nobody"}, condition=urge)
    shop.rule("first", "order.commented", {"kind": "task", "task": "call", "title": "First", "to": "nobody"})
    shop.run(comment_order, number=number, text="hello")
    assert [(code, outcome) for code, _, outcome in shop.runs()] == [
        ("first", "applied"), ("echo", "applied"), ("echo", "stopped"),
    ]  # fmt: skip
    assert len(shop.ask("SELECT id FROM tasks")) == 2
    (alert,) = shop.alerts()
    assert (alert.kind, alert.reference) == ("rule_loop", "echo")


def test_two_rules_that_trigger_each_other_stop_as_well(shop):
    number = shop.order()
    shop.rule("ping", "order.tagged", {"kind": "untag", "tag": "ball"})
    shop.rule("pong", "order.untagged", {"kind": "tag", "tag": "ball"})
    shop.run(tag_order, number=number, tag="ball")
    assert [(code, outcome) for code, _, outcome in shop.runs()] == [
        ("ping", "applied"), ("pong", "applied"), ("ping", "stopped"),
    ]  # fmt: skip
    assert shop.labels(number).tags == ("ball",)
    assert [alert.reference for alert in shop.alerts()] == ["ping"]


def test_a_loop_is_recognised_when_its_event_is_delivered_again_later(shop):
    number = shop.order()
    shop.rule("ping", "order.tagged", {"kind": "untag", "tag": "ball"})
    shop.run(tag_order, number=number, tag="ball")
    shop.rule("pong", "order.untagged", {"kind": "tag", "tag": "ball"})
    untagged = shop.events(number)[-1]
    shop.run(deliver_again, number=number, sequence=untagged.sequence)
    assert [(code, outcome) for code, _, outcome in shop.runs()] == [
        ("ping", "applied"), ("pong", "applied"), ("ping", "stopped"),
    ]  # fmt: skip


def test_a_chain_of_different_rules_ends_at_a_depth(shop):
    number = shop.order()
    for step in range(DEEPEST + 3):
        shop.rule(
            f"step_{step:02}", "order.tagged", {"kind": "tag", "tag": f"t{step + 1}"},
            condition=f'"t{step}" in order.tags && !("t{step + 1}" in order.tags)', priority=50 - step,
        )  # fmt: skip
    shop.run(tag_order, number=number, tag="t0")
    outcomes = [outcome for _, _, outcome in shop.runs()]
    assert outcomes.count("applied") == DEEPEST
    assert "rule_loop" in {alert.kind for alert in shop.alerts()}


def test_rules_act_in_the_order_of_their_priority_and_see_what_came_before(shop):
    shop.rule("late", "order.placed", {"kind": "tag", "tag": "b"}, priority=20, condition='"a" in order.tags')
    shop.rule("early", "order.placed", {"kind": "tag", "tag": "a"}, priority=10)
    shop.rule("first", "order.placed", {"kind": "tag", "tag": "c"}, priority=5, condition='"a" in order.tags')
    assert shop.labels(shop.order()).tags == ("a", "b")
    assert [code for code, _, _ in shop.runs()] == ["early", "late"]


def test_a_failing_action_does_not_lose_the_save(shop):
    number = shop.order()
    both = ({"kind": "tag", "tag": "half"}, {"kind": "status", "to": "done"})
    shop.rule("hasty", "order.commented", *both)
    shop.run(comment_order, number=number, text="kept")
    assert [event.kind for event in shop.events(number)][-1] == "order.commented"
    assert shop.labels(number).tags == ()  # the actions of a rule are taken all or none
    assert shop.runs() == [("hasty", 3, "failed")]
    (alert,) = shop.alerts()
    assert (alert.kind, alert.reference, alert.details["code"]) == ("action_failed", "hasty", "not_permitted")


def test_an_action_that_the_database_itself_refuses_does_not_lose_the_save(shop):
    number = shop.order()
    shop.rule("tagger", "order.commented", TAG)
    with shop.sessions.begin() as session:
        session.execute(text("ALTER TABLE order_tags ADD CONSTRAINT no_tags CHECK (tag <> 'seen')"))
    shop.run(comment_order, number=number, text="kept")
    assert shop.runs() == [("tagger", 3, "failed")]
    assert [event.kind for event in shop.events(number)][-1] == "order.commented"


def test_an_action_of_a_kind_no_longer_known_does_not_lose_the_save(shop):
    number = shop.order()
    shop.rule("tagger", "order.commented", TAG, {"kind": "tag", "tag": "second"})
    with shop.sessions.begin() as session:
        session.execute(text("UPDATE automation_rules SET actions = jsonb_set(actions, '{1,kind}', '\"fax\"')"))
        session.execute(text("UPDATE config_revisions SET revision = revision + 1"))
    shop.run(comment_order, number=number, text="kept")
    assert [event.kind for event in shop.events(number)][-1] == "order.commented"
    assert shop.labels(number).tags == ()  # what it did before it broke is undone
    assert shop.runs() == [("tagger", 3, "failed")]
    assert [(alert.kind, alert.details["code"]) for alert in shop.alerts()] == [("action_failed", "broken")]


def test_a_failing_rule_does_not_stop_those_after_it(shop):
    number = shop.order()
    shop.rule("hasty", "order.commented", {"kind": "status", "to": "done"}, priority=1)
    shop.rule("steady", "order.commented", TAG, priority=2)
    shop.run(comment_order, number=number, text="kept")
    assert [(code, outcome) for code, _, outcome in shop.runs()] == [("hasty", "failed"), ("steady", "applied")]
    assert shop.labels(number).tags == ("seen",)


def test_a_condition_that_cannot_be_judged_raises_an_alert_and_does_nothing(shop):
    number = shop.order()
    shop.rule("sound", "order.commented", TAG)
    shop.rule("broken", "order.commented", {"kind": "tag", "tag": "never"})
    with shop.sessions.begin() as session:
        session.execute(text("UPDATE automation_rules SET condition = 'order.margin > 1.0' WHERE code = 'broken'"))
        session.execute(text("UPDATE order_lines SET unit_cost = NULL"))
        session.execute(text("UPDATE config_revisions SET revision = revision + 1"))
    shop.run(comment_order, number=number, text="hello")
    assert shop.labels(number).tags == ("seen",)
    assert [(alert.kind, alert.reference) for alert in shop.alerts()] == [("condition_failed", "broken")]


def test_a_rule_keeps_to_its_order_types_channels_and_period(shop):
    shop.rule("wholesale", "order.placed", {"kind": "tag", "tag": "w"}, order_types=["wholesale"])
    shop.rule("api", "order.placed", {"kind": "tag", "tag": "a"}, channels=["api"])
    shop.rule("over", "order.placed", {"kind": "tag", "tag": "o"}, active_until="2026-03-02T12:00:00+00:00")
    shop.rule("begun", "order.placed", {"kind": "tag", "tag": "b"}, active_from="2026-03-02T12:00:00+00:00")
    assert shop.labels(shop.order()).tags == ("b",)
    assert shop.labels(shop.order(channel="api")).tags == ("a", "b")


def test_a_condition_sees_what_the_event_changed(shop):
    anna = shop.person("anna")
    number = shop.order()
    shop.rule(
        "moved", "order.status_changed", TAG,
        condition='change.from == "new" && change.to_group == "confirm" && change.actor == "anna"',
    )  # fmt: skip
    shop.rule("other", "order.status_changed", {"kind": "tag", "tag": "no"}, condition='change.to == "pick"')
    shop.run(move_order, actor=anna, number=number, to="confirm")
    assert shop.labels(number).tags == ("seen",)


def test_a_refused_change_leaves_no_run(shop):
    number = shop.order()
    shop.rule("tagger", "order.prioritised", TAG)
    with pytest.raises(Invalid):
        shop.run(set_priority, number=number, priority=9)
    assert shop.runs() == []


def test_a_rule_switched_off_in_another_session_acts_no_more(shop):
    shop.rule("tagger", "order.placed", TAG)
    assert shop.labels(shop.order()).tags == ("seen",)
    shop.rule("tagger", "order.placed", TAG, mode="off")
    assert shop.labels(shop.order()).tags == ()
