"""Every role × ids of what is another's, through the service: read and acted on by those alone who may."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import wraps
from typing import Any

import pytest
from building import a_stocked_product
from signing_in import add_person, issue
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.absences import add_delegation, list_delegations, remove_delegation
from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS, Permission
from oms_core.access.sessions import list_sessions, revoke_session, touch_session
from oms_core.access.tokens import add_token, list_tokens, revoke_token, touch_token
from oms_core.automation.rules import save_automation
from oms_core.automation.suggestions import accept_suggestion, dismiss_suggestion
from oms_core.customers.registration import CustomerRef
from oms_core.db import make_sessions
from oms_core.errors import Forbidden, OmsError
from oms_core.orders.approval_inbox import list_approvals
from oms_core.orders.approvals import ask_again, decide_approval
from oms_core.orders.comments import comment_order
from oms_core.orders.placement import LineRequest, place_order
from oms_core.tasks.agenda import add_task
from oms_core.tasks.progress import finish_task, hand_task, reopen_task, snooze_task
from oms_core.tasks.worklist import list_tasks
from oms_core.workflow.approval_policies import save_approval_policy

P = Permission
NOW = datetime.now(UTC)
OWNER = "omar"
NOBODYS = (0, -1, 2**62)
KEPT = (
    "auth_sessions", "api_tokens", "delegations", "tasks", "approval_requests", "approval_steps", "automation_runs",
    "order_events", "orders",
)  # fmt: skip


@dataclass(frozen=True)
class Owned:
    """A shop in which Omar, a manager, has one of each thing that has an id, and somebody of each role."""

    sessions: sessionmaker[Session]
    ids: dict[str, int]

    def actor(self, login: str) -> Actor:
        return door.read(self.sessions, None, find_actor, login=login)

    def outcome(self, login: str, use_case: Callable[..., Any], /, **facts: Any) -> str:
        """The code it is refused with, or ``done``; whatever it came to is rolled back."""

        @wraps(use_case)
        def rehearsed(session: Session, **given: Any) -> None:
            use_case(session, **given)
            session.flush()
            raise OmsError("It would be done.", code="done")

        with pytest.raises(OmsError) as ended:
            door.run(self.sessions, self.actor(login), rehearsed, at=NOW, **facts)
        return ended.value.code

    def kept(self) -> list[Any]:
        """All that there is."""
        with self.sessions() as session:
            return [session.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2")).all() for name in KEPT]


@pytest.fixture(scope="module")
def owned(lasting_database: Callable[[], Engine]) -> Owned:
    sessions = make_sessions(lasting_database())
    for role in Role:
        add_person(sessions, role.value if role is not Role.ADMIN else "ada", role)
    add_person(sessions, OWNER, Role.MANAGER)
    owner, admin = (door.read(sessions, None, find_actor, login=login) for login in (OWNER, "admin"))
    with sessions.begin() as session:
        a_stocked_product(session, "MUG", 50)
    policy = {
        "code": "discount", "name": "Discounts", "subject": "discount", "limit": 10, "time_limit_minutes": 120,
        "levels": [{"role": "lead", "up_to": None}], "is_active": True,
    }  # fmt: skip
    door.run(sessions, admin, save_approval_policy, document=policy)
    rule = {
        "code": "mark", "name": "Mark", "event": "order.commented", "mode": "suggest",
        "actions": [{"kind": "tag", "tag": "seen"}],
    }  # fmt: skip
    door.run(sessions, admin, save_automation, document=rule)
    facts = {"channel": "desk", "customer": CustomerRef(name="Ada", phone="+48 600 100 200"), "manager": OWNER}
    line = LineRequest("MUG", Decimal(10), Decimal(10), discount=Decimal(30))
    number = door.run(sessions, owner, place_order, lines=[line], **facts).number
    door.run(sessions, owner, comment_order, number=number, text="Ring them.")
    issue(sessions, OWNER)
    token, _secret = door.run(sessions, owner, add_token, login=OWNER, name="Script")
    days = {"first_day": NOW.date(), "last_day": NOW.date()}
    ids = {
        "token": token.id,
        "delegation": door.run(sessions, owner, add_delegation, login=OWNER, delegate="executive", **days),
        "task": door.run(sessions, owner, add_task, title="Ring", assignee=OWNER, number=number),
    }
    with sessions() as session:
        for name in ("auth_sessions", "approval_requests", "automation_runs"):
            ids[name] = session.execute(text(f"SELECT id FROM {name}")).scalar_one()
    return Owned(sessions, ids)


def acts(ids: dict[str, int]) -> list[tuple[Callable[..., Any], dict[str, Any], Callable[[set[Permission]], bool]]]:
    """What is tried on each id, and who may: by the permissions that their role begins with."""
    session, token, delegation = ({name: ids[key]} for name, key in (
        ("session_id", "auth_sessions"), ("token_id", "token"), ("delegation_id", "delegation"),
    ))  # fmt: skip
    task, request, run = ({name: ids[key]} for name, key in (
        ("task_id", "task"), ("request_id", "approval_requests"), ("run_id", "automation_runs"),
    ))  # fmt: skip
    edits = {P.PEOPLE_EDIT}
    return [
        (revoke_session, session, edits.issubset),
        (revoke_token, token, edits.issubset),
        (remove_delegation, delegation, edits.issubset),
        (finish_task, task, {P.TASK_WORK, P.ORDER_ASSIGN}.issubset),
        (hand_task, task | {"to": None}, {P.TASK_WORK, P.ORDER_ASSIGN}.issubset),
        (snooze_task, task | {"until": NOW + timedelta(hours=1)}, {P.TASK_WORK, P.ORDER_ASSIGN}.issubset),
        (accept_suggestion, run, {P.TASK_WORK, P.ORDER_CHANGE}.issubset),
        (dismiss_suggestion, run, {P.TASK_WORK, P.ORDER_CHANGE}.issubset),
        (decide_approval, request | {"approve": True}, lambda _has: False),
    ]


def login_of(role: Role) -> str:
    return role.value if role is not Role.ADMIN else "ada"


@pytest.mark.parametrize("role", Role)
def test_what_is_anothers_is_acted_on_by_those_alone_who_may(role: Role, owned: Owned) -> None:
    login, has, before = login_of(role), set(DEFAULTS[role]), owned.kept()
    for use_case, facts, may in acts(owned.ids):
        done = owned.outcome(login, use_case, **facts) == "done"
        # The lead is whom the policy asks; the executive stands in for Omar, who asked: that opens nothing.
        is_asked = use_case is decide_approval and role is Role.LEAD
        assert done is (is_asked or may(has)), (role, use_case.__name__)
    assert owned.kept() == before


@pytest.mark.parametrize("role", Role)
def test_ids_of_nothing_are_refused_and_tell_as_little_as_ids_of_others(role: Role, owned: Owned) -> None:
    login = login_of(role)
    for use_case, facts, _may in [*acts(owned.ids), (reopen_task, {"task_id": 0}, None), (ask_again, {
        "request_id": 0, "note": "please"}, None)]:  # fmt: skip
        name = next(iter(facts))
        told = {owned.outcome(login, use_case, **facts | {name: number}) for number in NOBODYS}
        assert len(told) == 1, (use_case.__name__, told)
        assert told < {"not_allowed", "unknown_session", "unknown_token", "unknown_delegation", "unknown_task",
                       "unknown_suggestion", "unknown_request"}  # fmt: skip
        if use_case in {revoke_session, revoke_token, remove_delegation} and P.PEOPLE_EDIT not in DEFAULTS[role]:
            assert told == {owned.outcome(login, use_case, **facts)}


@pytest.mark.parametrize("role", Role)
def test_lists_hold_what_is_anothers_for_those_alone_who_may_see_it(role: Role, owned: Owned) -> None:
    login, has = login_of(role), DEFAULTS[role]
    actor = owned.actor(login)

    def reads(query: Callable[..., Any], **facts: Any) -> Any:
        try:
            return door.read(owned.sessions, actor, query, **facts)
        except Forbidden:
            return None

    assert bool(reads(list_sessions, now=NOW, login=OWNER)) is (P.PEOPLE_EDIT in has)
    assert reads(list_sessions, now=NOW) == []
    assert bool(reads(list_tokens, login=OWNER)) is bool(reads(list_tokens)) is (P.PEOPLE_EDIT in has)
    assert bool(reads(list_delegations, login=OWNER)) is (P.PEOPLE_VIEW in has)
    seen = reads(list_tasks, now=NOW)
    assert bool(seen and seen.rows) is {P.TASK_WORK, P.ORDER_ASSIGN}.issubset(has)
    inbox = reads(list_approvals, now=NOW)
    assert bool(inbox and inbox.waiting) is (role is Role.LEAD)
    assert not (inbox and inbox.asked)


@pytest.mark.parametrize("role", Role)
def test_nobody_makes_a_key_of_another_or_uses_up_anothers(role: Role, owned: Owned) -> None:
    login, before = login_of(role), owned.kept()
    made = owned.outcome(login, add_token, login=OWNER, name="Mine now")
    assert made == ("done" if P.PEOPLE_EDIT in DEFAULTS[role] else "not_allowed")
    actor = owned.actor(login)
    door.run(owned.sessions, actor, touch_session, at=NOW + timedelta(hours=1), session_id=owned.ids["auth_sessions"])
    door.run(owned.sessions, actor, touch_token, at=NOW + timedelta(hours=1), token_id=owned.ids["token"])
    assert owned.kept() == before


def test_what_one_has_oneself_is_read_and_acted_on(owned: Owned) -> None:
    own = {finish_task, hand_task, snooze_task, revoke_session, revoke_token, remove_delegation, dismiss_suggestion}
    for use_case, facts, _may in acts(owned.ids):
        assert (owned.outcome(OWNER, use_case, **facts) == "done") is (use_case in own | {accept_suggestion})
    assert (
        owned.outcome(OWNER, decide_approval, request_id=owned.ids["approval_requests"], approve=True) == "own_request"
    )
    owner = owned.actor(OWNER)
    assert door.read(owned.sessions, owner, list_approvals, now=NOW).asked
