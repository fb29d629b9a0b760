"""Suggestions: done by a person in one click, with that person's permissions and name."""

import pytest

from oms_core import door
from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.automation.acting import permissions_for
from oms_core.automation.action_kinds import KINDS
from oms_core.automation.models import Outcome
from oms_core.automation.runs import count_runs, list_runs, list_suggestions
from oms_core.automation.suggestions import accept_suggestion, dismiss_suggestion
from oms_core.errors import Conflict, Forbidden, NotFound
from oms_core.orders.comments import comment_order
from oms_core.orders.labels import tag_order
from oms_core.orders.progress import move_order
from tests.building import NOON

TAG = {"kind": "tag", "tag": "seen"}


@pytest.fixture
def suggested(shop):
    """An order with one open suggestion: its number and the run."""
    number = shop.order()
    shop.rule("tagger", "order.commented", TAG, mode="suggest")
    shop.run(comment_order, number=number, text="hello")
    return number, shop.run_ids()[0]


def test_accepting_does_it_in_the_persons_name_and_the_journal_names_the_rule_too(shop, suggested):
    number, run_id = suggested
    anna = shop.person("anna")
    assert shop.run(accept_suggestion, actor=anna, run_id=run_id) == number
    tagged = shop.events(number)[-1]
    assert (tagged.kind, tagged.actor_id, tagged.rule) == ("order.tagged", anna.id, "tagger@1")
    assert shop.runs() == [("tagger", 3, "accepted")]


def test_a_suggestion_is_accepted_only_once(shop, suggested):
    _number, run_id = suggested
    shop.run(accept_suggestion, run_id=run_id)
    with pytest.raises(Conflict) as refusal:
        shop.run(accept_suggestion, run_id=run_id)
    assert refusal.value.code == "suggestion_decided"


def test_a_dismissed_suggestion_does_nothing(shop, suggested):
    number, run_id = suggested
    shop.run(dismiss_suggestion, run_id=run_id)
    assert shop.labels(number).tags == ()
    assert shop.runs() == [("tagger", 3, "dismissed")]


def test_who_may_not_do_it_may_neither_accept_nor_dismiss_it_and_it_stands(shop, suggested):
    number, run_id = suggested
    porter = shop.person("porter", Role.WAREHOUSE)
    for answer in (accept_suggestion, dismiss_suggestion):
        with pytest.raises(Forbidden) as refusal:
            shop.run(answer, actor=porter, run_id=run_id)
        assert refusal.value.rows[0]["value"] == Permission.ORDER_CHANGE
    assert shop.labels(number).tags == ()
    assert shop.runs() == [("tagger", 3, "suggested")]


def test_it_is_known_of_every_kind_of_action_what_it_takes():
    for kind in KINDS:
        assert permissions_for([{"kind": kind}]), kind
    assert permissions_for([{"kind": "message", "send": "at_once"}]) >= permissions_for([{"kind": "message"}])


def test_a_suggestion_that_is_refused_stands_and_nothing_of_it_is_done(shop):
    number = shop.order()
    shop.rule("hasty", "order.commented", TAG, {"kind": "status", "to": "done"}, mode="suggest")
    shop.run(comment_order, number=number, text="hello")
    with pytest.raises(Conflict):
        shop.run(accept_suggestion, run_id=shop.run_ids()[0])
    assert shop.labels(number).tags == ()
    assert shop.runs() == [("hasty", 3, "suggested")]


def test_what_is_accepted_does_not_make_the_rule_suggest_it_again(shop):
    number = shop.order()
    shop.rule("again", "order.tagged", {"kind": "untag", "tag": "ball"}, {"kind": "tag", "tag": "ball"}, mode="suggest")
    shop.run(tag_order, number=number, tag="ball")
    shop.run(accept_suggestion, run_id=shop.run_ids()[0])
    assert [outcome for _, _, outcome in shop.runs()] == ["accepted", "stopped"]


def test_a_newer_suggestion_takes_the_place_of_the_older(shop, suggested):
    number, _run_id = suggested
    shop.run(comment_order, number=number, text="once more")
    assert [outcome for _, _, outcome in shop.runs()] == ["dismissed", "suggested"]


def test_a_failed_run_may_be_tried_again_by_a_person(shop):
    number = shop.order()
    shop.rule("ahead", "order.commented", {"kind": "status", "to": "pick"})
    shop.run(comment_order, number=number, text="hello")
    assert [outcome for _, _, outcome in shop.runs()] == ["failed"]
    shop.run(move_order, number=number, to="confirm")
    shop.run(accept_suggestion, run_id=shop.run_ids(Outcome.FAILED)[0])
    assert shop.ask("SELECT status FROM orders")[0].status == "pick"


def test_suggestions_and_runs_are_listed_and_counted(shop, suggested):
    number, run_id = suggested
    with shop.sessions() as session:
        (offer,) = list_suggestions(session, number=number)
        assert (offer.id, offer.rule, offer.event, offer.actions) == (run_id, "tagger", "order.commented", [TAG])
        assert list_suggestions(session, number="nope") == []
        assert [run.outcome for run in list_runs(session, rule="tagger")] == [Outcome.SUGGESTED]
        assert list_runs(session, outcome=Outcome.FAILED) == []
        assert count_runs(session, since=NOON) == {"tagger": {Outcome.SUGGESTED: 1}}


def test_an_unknown_suggestion_is_not_found(shop):
    with pytest.raises(NotFound):
        door.run(shop.sessions, shop.actor, accept_suggestion, run_id=4711)
