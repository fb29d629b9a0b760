"""Which rules bind: their scope, their period, their version; and a rule that fails binds nobody."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role
from oms_core.errors import Forbidden, Invalid, NotFound
from oms_core.orders.comments import comment_order
from oms_core.orders.progress import move_order
from oms_core.workflow.rule_library import rule_library, seed_rule_library
from oms_core.workflow.rule_set import rules_in_force
from oms_core.workflow.validation import (
    activate_rule,
    deactivate_rule,
    list_rule_versions,
    list_rules,
    read_rule,
    rollback_rule,
    save_rule,
)
from tests.building import NOON, an_order
from tests.integration.rules.shop import SOUND, a_person, a_rule, with_goods


def refuses(session: Session, actor: Actor, number: str) -> bool:
    """Whether a comment is refused."""
    try:
        with session.begin_nested():
            comment_order(session, actor=actor, now=NOON, number=number, text="hello")
    except Invalid as refused:
        assert refused.code == "rule_broken"  # noqa: PT017 - the answer is what is asked for
        return True
    return False


@pytest.fixture
def number(session: Session) -> str:
    with_goods(session)
    return an_order(session, {"MUG": 3}).number


@pytest.mark.parametrize(
    ("scope", "binds"),
    [
        ({}, True),
        ({"changes": ["comment"]}, True),
        ({"changes": ["cancel", "ship"]}, False),
        ({"channels": ["desk"]}, True),
        ({"channels": ["api"]}, False),
        ({"order_types": ["sale"]}, True),
        ({"order_types": ["wholesale"]}, False),
        ({"to_statuses": ["confirm"]}, False),
        ({"active_from": (NOON - timedelta(days=1)).isoformat()}, True),
        ({"active_from": (NOON + timedelta(days=1)).isoformat()}, False),
        ({"active_until": NOON.isoformat()}, False),
        ({"active_from": NOON.isoformat(), "active_until": (NOON + timedelta(days=1)).isoformat()}, True),
        ({"is_active": False}, False),
    ],
)
def test_a_rule_binds_within_its_scope_and_period(
    session: Session, actor: Actor, number: str, scope: dict[str, object], *, binds: bool
) -> None:
    a_rule(session, **scope)
    assert refuses(session, actor, number) is binds


def test_a_rule_on_a_transition_watches_only_where_it_leads(session: Session, actor: Actor, number: str) -> None:
    a_rule(session, to_statuses=["pick"], changes=["move"])
    move_order(session, actor=actor, now=NOON, number=number, to="confirm")
    with pytest.raises(Invalid, match="may not be"):
        move_order(session, actor=actor, now=NOON, number=number, to="pick")


def test_switching_off_and_on_takes_hold_at_once(session: Session, actor: Actor, number: str) -> None:
    a_rule(session)
    assert refuses(session, actor, number)
    deactivate_rule(session, actor=actor, now=NOON, code="sound")
    assert not refuses(session, actor, number)
    activate_rule(session, actor=actor, now=NOON, code="sound")
    assert refuses(session, actor, number)
    assert read_rule(session, "sound").version == 3


def test_rolling_back_gives_the_earlier_document_word_for_word(session: Session, actor: Actor, number: str) -> None:
    a_rule(session, translations={"pl": {"name": "Reguła"}}, active_from="2026-01-01T00:00:00+01:00")
    a_rule(session, expression="order.total < 1000", message="Too much.", severity="warn", channels=["desk"])
    assert not refuses(session, actor, number)
    rollback_rule(session, actor=actor, now=NOON, code="sound", version=1)
    assert refuses(session, actor, number)
    newest, _, first = list_rule_versions(session, "sound")
    assert newest.document == first.document
    assert (newest.version, newest.note) == (3, "version 1 again")
    assert read_rule(session, "sound").document() == {**first.document, "active_from": "2025-12-31T23:00:00+00:00"}
    with pytest.raises(NotFound):
        rollback_rule(session, actor=actor, now=NOON, code="sound", version=9)


@pytest.mark.parametrize(
    ("differs", "field"),
    [
        ({"code": "No"}, "code"),
        ({"name": " "}, "name"),
        ({"message": "x" * 501}, "message"),
        ({"severity": "shout"}, "severity"),
        ({"changes": ["explode"]}, "changes"),
        ({"channels": ["nowhere"]}, "channels"),
        ({"to_statuses": ["limbo"]}, "to_statuses"),
        ({"order_types": ["gift"]}, "order_types"),
        ({"active_from": "2026-01-01T00:00:00"}, "active_from"),
        ({"active_from": "2026-01-02T00:00:00Z", "active_until": "2026-01-01T00:00:00Z"}, "active_until"),
        ({"expression": None}, "expression"),
        ({"expression": "order.nothing"}, "expression"),
        ({"builder": {"field": "order.nothing", "operator": "eq", "value": 1}}, "builder.field"),
        ({"position": -1}, "position"),
    ],
)
def test_a_rule_that_is_wrong_is_not_saved(
    session: Session, actor: Actor, differs: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        a_rule(session, **differs)
    assert refused.value.rows[0]["field"] == field
    assert list_rules(session) == [] or "sound" not in {rule.code for rule in list_rules(session)}


def test_only_who_edits_rules_may_save_one(
    fresh_sessions: sessionmaker[Session],
) -> None:
    with fresh_sessions.begin() as session:
        manager = a_person(session, "mia", Role.MANAGER)
    with pytest.raises(Forbidden):
        door.run(fresh_sessions, manager, save_rule, document=SOUND)


def test_a_rule_that_fails_refuses_nothing_and_raises_one_alert_that_stays(
    session: Session, actor: Actor, number: str
) -> None:
    a_rule(session, code="fails", expression="order.currency != 'EUR' || int(order.discount / 0.0) > 0")
    a_rule(session, code="binds", expression="order.total < 1000")
    for _ in range(2):
        comment_order(session, actor=actor, now=NOON, number=number, text="hello")
    row = session.execute(text("SELECT kind, reference, details FROM alerts")).one()
    assert (row.kind, row.reference, row.details["version"]) == ("rule_failed", "fails", 1)
    a_rule(session, code="binds", expression="order.total > 1000")
    assert refuses(session, actor, number)


def test_the_alert_of_a_rule_that_fails_outlives_the_refusal_by_another(fresh_sessions: sessionmaker[Session]) -> None:
    with fresh_sessions.begin() as session:
        admin = find_actor(session, "admin")
        with_goods(session)
        number = an_order(session, {"MUG": 3}).number
        a_rule(session, code="fails", expression="order.currency != 'EUR' || int(order.discount / 0.0) > 0")
        a_rule(session, code="binds", expression="order.total > 1000")
    with pytest.raises(Invalid):
        door.run(fresh_sessions, admin, comment_order, number=number, text="hello")
    with fresh_sessions() as session:
        told = session.execute(text("SELECT kind, reference, number FROM alerts a JOIN orders o ON o.id = order_id"))
        assert told.all() == [("rule_failed", "fails", number)]
        assert session.scalars(text("SELECT rule_code FROM rule_hits")).all() == ["binds"]


def test_a_rule_that_no_longer_compiles_refuses_nothing_and_raises_an_alert(
    session: Session, actor: Actor, number: str
) -> None:
    a_rule(session, code="old", expression="order.total < 0")
    session.execute(text("UPDATE validation_rules SET expression = 'order.field_of_long_ago > 1'"))
    session.execute(text("UPDATE config_revisions SET revision = revision + 1 WHERE kind = 'rules'"))
    assert not refuses(session, actor, number)
    assert session.execute(text("SELECT reference FROM alerts")).scalars().all() == ["old"]
    assert an_order(session, {"MUG": 1}).created


def test_rules_are_compiled_once_in_a_process_until_one_changes(session: Session, actor: Actor, number: str) -> None:
    a_rule(session, expression="true")
    known = rules_in_force(session)
    comment_order(session, actor=actor, now=NOON, number=number, text="hello")
    assert rules_in_force(session) is known
    a_rule(session, expression="false")
    assert rules_in_force(session) is not known


def test_a_revision_that_was_rolled_back_is_never_taken_for_the_next(
    session: Session, actor: Actor, number: str
) -> None:
    undone = session.begin_nested()
    a_rule(session, code="undone")
    assert refuses(session, actor, number)
    undone.rollback()
    a_rule(session, code="kept", expression="true")
    assert not refuses(session, actor, number)


def test_another_process_sees_a_rule_with_the_next_change(fresh_sessions: sessionmaker[Session], admin: Actor) -> None:
    with fresh_sessions.begin() as session:
        with_goods(session)
        number = an_order(session, {"MUG": 3}).number
    door.run(fresh_sessions, admin, comment_order, number=number, text="hello")
    door.run(fresh_sessions, admin, save_rule, document=SOUND)
    with pytest.raises(Invalid, match="may not be"):
        door.run(fresh_sessions, admin, comment_order, number=number, text="hello")


def test_seeding_the_library_twice_changes_nothing_that_people_changed(session: Session, actor: Actor) -> None:
    seed_rule_library(session)
    rule = rule_library()[0]
    a_rule(session, **(rule.document | {"message": "In our own words."}))
    seed_rule_library(session)
    assert read_rule(session, rule.code).message == "In our own words."
    rules = list_rules(session)
    assert len(rules) == len(rule_library())
    assert [view.code for view in rules if view.is_active] == [rule.code]
    assert [kept.version for kept in list_rule_versions(session, rule_library()[1].code)] == [1]
