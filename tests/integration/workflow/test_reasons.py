"""Reasons to cancel are data: renamed without breaking history, offered where they belong."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.errors import Conflict, Invalid
from oms_core.orders.cancellation import cancel_order
from oms_core.workflow.definitions import list_cancel_reasons
from oms_core.workflow.models import Group
from oms_core.workflow.reasons import Reason, list_reasons, reason_version, rollback_reason, save_reason
from oms_core.workflow.versions import list_versions
from tests.integration.orders.order_life import Shop

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LOST_KEY = Reason(code="lost_key", label="Lost the key", fault="us", is_preventable=True, position=50)


@pytest.fixture
def shop(session: Session, actor: Actor) -> Shop:
    return Shop(session, actor)


def save(shop: Shop, reason: Reason, **facts: int) -> int:
    return save_reason(shop.session, actor=shop.actor, now=NOW, reason=reason, **facts)


def reason_of(shop: Shop, code: str) -> Reason:
    return next(reason for reason in list_reasons(shop.session) if reason.code == code)


def test_a_new_reason_is_offered_and_used(shop: Shop) -> None:
    save(shop, LOST_KEY)
    number = shop.order((shop.stock("MUG", 5), 1))
    shop.do(cancel_order, number=number, reason="lost_key")
    assert [row.reason_label for row in shop.card(number).cancellations] == ["Lost the key"]


def test_a_rename_changes_what_is_said_and_never_what_was_recorded(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 5), 1))
    shop.do(cancel_order, number=number, reason="duplicate")
    before = shop.card(number).cancellations
    save(shop, replace(reason_of(shop, "duplicate"), label="Ordered twice", translations={"ru": {"label": "Дважды"}}))
    after = shop.card(number).cancellations
    assert [row.reason_label for row in after] == ["Ordered twice"]
    assert [(row.reason, row.fault, row.gross) for row in after] == [
        (row.reason, row.fault, row.gross) for row in before
    ]
    assert shop.breaches() == {}


def test_what_a_reason_was_before_anybody_changed_it_can_be_restored(shop: Shop) -> None:
    seeded = reason_of(shop, "duplicate")
    second = save(shop, replace(seeded, label="Ordered twice"), based_on=0)
    third = rollback_reason(shop.session, actor=shop.actor, now=NOW, code="duplicate", version=1, based_on=second)
    assert reason_of(shop, "duplicate") == seeded
    kept = list_versions(shop.session, kind="reasons", code="duplicate")
    assert [version.version for version in kept] == [third, 2, 1]
    assert kept[0].document == kept[2].document == seeded.as_json()


def test_a_stale_save_is_refused(shop: Shop) -> None:
    save(shop, LOST_KEY)
    save(shop, replace(LOST_KEY, label="Lost all keys"), based_on=1)
    with pytest.raises(Conflict) as refused:
        save(shop, LOST_KEY, based_on=1)
    assert (refused.value.code, reason_of(shop, "lost_key").label) == ("stale_version", "Lost all keys")
    assert reason_version(shop.session, "lost_key") == 2


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"code": "Lost Key"}, "code"), ({"label": " "}, "label"), ({"fault": "weather"}, "fault"),
        ({"groups": ()}, "groups"), ({"groups": ("done",)}, "groups"), ({"position": -1}, "position"),
        ({"translations": {"ru": {"label": ""}}}, "translations"),
    ],
)  # fmt: skip
def test_a_malformed_reason_is_refused_by_its_field(shop: Shop, facts: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        save(shop, replace(LOST_KEY, **facts))
    assert [row["field"] for row in refused.value.rows] == [field]


def test_a_reason_is_taken_only_where_it_is_meant(shop: Shop) -> None:
    save(shop, replace(LOST_KEY, groups=("pick", "ship")))
    mug = shop.stock("MUG", 9)
    new, packed = shop.order((mug, 1)), shop.order((mug, 1), upto="ship")
    with pytest.raises(Invalid) as refused:
        shop.do(cancel_order, number=new, reason="lost_key")
    assert refused.value.code == "reason_not_for_group"
    shop.do(cancel_order, number=packed, reason="lost_key")
    offered = {reason.code: reason for reason in list_cancel_reasons(shop.session)}
    assert [offered["lost_key"].fits(group) for group in (Group.NEW, Group.PICK, Group.DONE)] == [False, True, False]


def test_a_reason_out_of_use_is_refused_and_comes_back(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 5), 1))
    save(shop, replace(LOST_KEY, is_active=False))
    with pytest.raises(Invalid) as refused:
        shop.do(cancel_order, number=number, reason="lost_key")
    assert refused.value.code == "inactive_reason"
    assert "lost_key" not in {reason.code for reason in list_cancel_reasons(shop.session)}
    assert "lost_key" in {reason.code for reason in list_cancel_reasons(shop.session, with_retired=True)}
    save(shop, LOST_KEY)
    assert shop.do(cancel_order, number=number, reason="lost_key").state.status == "cancelled"


def test_some_reason_is_left_for_every_stage(shop: Shop) -> None:
    for reason in list_reasons(shop.session):
        if reason.code not in {"unknown", "fraud"}:
            save(shop, replace(reason, is_active=False))
    save(shop, replace(reason_of(shop, "unknown"), groups=("new",)))
    with pytest.raises(Conflict) as refused:
        save(shop, replace(reason_of(shop, "fraud"), groups=("pick",)))
    assert refused.value.code == "last_reason"
    assert {row["value"] for row in refused.value.rows} == {"preorder", "confirm", "supply", "ship"}


def test_the_reason_of_imports_stays(shop: Shop) -> None:
    with pytest.raises(Invalid) as refused:
        save(shop, replace(reason_of(shop, "unknown"), is_active=False))
    assert [row["field"] for row in refused.value.rows] == ["is_active"]


def test_the_database_itself_takes_no_cancellation_without_a_reason(shop: Shop) -> None:
    number = shop.order((shop.stock("MUG", 5), 1))
    with pytest.raises(DBAPIError), shop.session.begin_nested():
        shop.session.execute(
            text(
                "INSERT INTO cancellations (order_id, reason, previous_status, previous_group, cancelled_at, actor_id)"
                " SELECT id, NULL, 'new', 'new', now(), 1 FROM orders WHERE number = :number"
            ),
            {"number": number},
        )
