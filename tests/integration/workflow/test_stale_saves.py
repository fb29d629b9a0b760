"""Two people at one form: who saves second is told who saved what since, and nothing is overwritten unseen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, find_actor
from oms_core.automation.rules import read_automation, rollback_automation, save_automation
from oms_core.errors import Conflict
from oms_core.workflow.approval_policies import (
    list_approval_policies,
    rollback_approval_policy,
    save_approval_policy,
    seed_approval_policies,
)
from oms_core.workflow.hold_policies import (
    list_hold_policies,
    rollback_hold_policy,
    save_hold_policy,
    seed_hold_policies,
)
from oms_core.workflow.reasons import Reason, list_reasons, rollback_reason, save_reason
from oms_core.workflow.validation import read_rule, rollback_rule, save_rule
from oms_core.workflow.versions import list_versions
from tests.building import NOON
from tests.integration.rules.shop import SOUND

AUTOMATION = {"code": "tagger", "name": "A rule", "event": "order.placed", "actions": [{"kind": "tag", "tag": "a"}]}
PREPAYMENT = {"kind": "prepayment", "parameters": {"percent": 30}, "is_active": False}
LIMIT = {
    "code": "discount", "name": "Discounts", "subject": "discount", "limit": "10",
    "levels": [{"role": "lead", "up_to": None}],
}  # fmt: skip


@dataclass(frozen=True)
class Room:
    """A kind of configuration: ``field`` of its document takes other ``values``, ``key`` names its key."""

    kind: str
    document: dict[str, Any]
    field: str
    values: tuple[Any, Any]
    save: Callable[..., Any]
    roll_back: Callable[..., Any]
    read: Callable[[Session], Any]
    key: str = "code"
    unchanged: int = 1

    def put(self, session: Session, actor: Actor, *, based_on: int | None, **changed: Any) -> None:
        document = {**self.document, **changed}
        facts = {"reason": Reason(**document)} if self.kind == "reasons" else {"document": document}
        self.save(session, actor=actor, now=NOON, based_on=based_on, **facts)


ROOMS = [
    Room("validation", SOUND, "message", ("Never.", "Not so."), save_rule, rollback_rule,
         lambda session: read_rule(session, "sound").message),
    Room("automation", AUTOMATION, "name", ("Mine", "Theirs"), save_automation, rollback_automation,
         lambda session: read_automation(session, "tagger").name),
    Room("hold", PREPAYMENT, "parameters", ({"percent": 40}, {"percent": 60}), save_hold_policy, rollback_hold_policy,
         lambda session: next(one for one in list_hold_policies(session) if one.kind == "prepayment")
         .document["parameters"], key="kind"),
    Room("approval", LIMIT, "limit", ("12", "15"), save_approval_policy, rollback_approval_policy,
         lambda session: next(one for one in list_approval_policies(session) if one.code == "discount")
         .document["limit"]),
    Room("reasons", {"code": "fraud", "label": "Fraud", "fault": "fraud", "is_preventable": False}, "label",
         ("Cheated", "Swindled"), save_reason, rollback_reason,
         lambda session: next(one for one in list_reasons(session) if one.code == "fraud").label, unchanged=0),
]  # fmt: skip


@pytest.fixture(params=ROOMS, ids=lambda room: room.kind)
def room(request: pytest.FixtureRequest, session: Session) -> Room:
    """A kind of configuration with the piece as nobody changed it yet."""
    room: Room = request.param
    seed_hold_policies(session)
    seed_approval_policies(session)
    if room.kind in {"validation", "automation"}:
        room.put(session, find_actor(session, "admin"), based_on=0)
    return room


def test_who_saves_second_is_told_who_saved_what_since_and_overwrites_nothing(
    room: Room, session: Session, actor: Actor
) -> None:
    theirs, yours = room.values
    room.put(session, find_actor(session, "admin"), based_on=room.unchanged, **{room.field: theirs})
    with pytest.raises(Conflict) as refused:
        room.put(session, actor, based_on=room.unchanged, **{room.field: yours})
    head, *differing = refused.value.rows
    assert refused.value.code == "stale_version"
    assert (head["given"], head["by"], head["at"]) == (room.unchanged, "admin", NOON.isoformat())
    assert {"field": room.field, "theirs": theirs, "yours": yours} in differing
    assert room.read(session) == theirs
    room.put(session, actor, based_on=head["current"], **{room.field: yours})
    assert room.read(session) == yours


def test_no_earlier_version_is_taken_back_over_what_was_saved_meanwhile(
    room: Room, session: Session, actor: Actor
) -> None:
    theirs, yours = room.values
    room.put(session, actor, based_on=None, **{room.field: yours})
    room.put(session, actor, based_on=None, **{room.field: theirs})
    code = room.document[room.key]
    latest = list_versions(session, kind=room.kind, code=code)[0].version
    with pytest.raises(Conflict) as refused:
        room.roll_back(session, actor=actor, now=NOON, version=1, based_on=latest - 1, **{room.key: code})
    assert (refused.value.code, room.read(session)) == ("stale_version", theirs)


def test_what_was_there_before_anybody_changed_it_can_be_taken_back(room: Room, session: Session, actor: Actor) -> None:
    before = room.read(session)
    room.put(session, actor, based_on=room.unchanged, **{room.field: room.values[0]})
    assert room.read(session) == room.values[0]
    room.roll_back(session, actor=actor, now=NOON, version=1, **{room.key: room.document[room.key]})
    assert room.read(session) == before


@pytest.mark.parametrize("room", [room for room in ROOMS if room.kind in {"validation", "automation", "approval"}],
                         indirect=True, ids=lambda room: room.kind)  # fmt: skip
def test_what_is_meant_as_new_takes_no_code_that_is_taken(room: Room, session: Session, actor: Actor) -> None:
    before = room.read(session)
    with pytest.raises(Conflict) as refused:
        room.put(session, actor, based_on=0, **{room.field: room.values[0]})
    assert (refused.value.code, room.read(session)) == ("code_taken", before)


def test_only_what_others_changed_is_told_of(session: Session, actor: Actor) -> None:
    save_rule(session, actor=actor, now=NOON, document=SOUND)
    save_rule(session, actor=actor, now=NOON, document=SOUND | {"message": "Theirs."}, based_on=1)
    wanted = SOUND | {"message": "Theirs.", "name": "Mine"}
    with pytest.raises(Conflict) as refused:
        save_rule(session, actor=actor, now=NOON, document=wanted, based_on=1)
    assert [row["field"] for row in refused.value.rows] == ["version"]
