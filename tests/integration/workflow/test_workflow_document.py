"""The workflow is changed as one document: checked, previewed, saved, kept in versions."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.errors import Conflict, Invalid
from oms_core.workflow.versions import list_versions, version_of
from oms_core.workflow.workflow_document import (
    OrderTypePart,
    StatusPart,
    TransitionPart,
    WorkflowDocument,
    check_workflow,
    preview_workflow,
    read_workflow,
    rollback_workflow,
    save_workflow,
    workflow_version,
)
from tests.integration.orders.order_life import Shop

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
AT_CARRIER = StatusPart(
    code="at_carrier", name="At the carrier", client_name="At the carrier", group="deliver", position=6
)
ONWARDS = (
    TransitionPart(
        from_status="deliver", to_status="at_carrier", label="Hand to carrier", position=1, roles=("admin",)
    ),
    TransitionPart(from_status="at_carrier", to_status="done", label="Mark delivered", position=1, roles=("admin",)),
)


@pytest.fixture
def shop(session: Session, actor: Actor) -> Shop:
    return Shop(session, actor)


def with_sub_status(workflow: WorkflowDocument) -> WorkflowDocument:
    return replace(
        workflow,
        statuses=(*workflow.statuses, AT_CARRIER),
        transitions=(*workflow.transitions, *ONWARDS),
    )


def save(session: Session, actor: Actor, document: WorkflowDocument, **facts: int) -> int:
    return save_workflow(session, actor=actor, now=NOW, document=document, **facts)


def test_the_seeded_workflow_has_no_fault(session: Session) -> None:
    assert check_workflow(read_workflow(session)) == []


def test_a_document_survives_being_written_down(session: Session) -> None:
    workflow = read_workflow(session)
    assert WorkflowDocument.of(json.loads(json.dumps(workflow.as_json()))) == workflow


def test_what_is_saved_is_in_force_as_it_was_written(session: Session, actor: Actor) -> None:
    wanted = with_sub_status(read_workflow(session))
    save(session, actor, wanted)
    assert read_workflow(session) == wanted.canonical()


def test_a_rollback_restores_the_earlier_version_byte_by_byte(session: Session, actor: Actor) -> None:
    first = save(session, actor, read_workflow(session))
    before = json.dumps(version_of(session, "workflow", "workflow", first))
    second = save(session, actor, with_sub_status(read_workflow(session)))
    third = rollback_workflow(session, actor=actor, now=NOW, version=first, based_on=second)
    assert json.dumps(version_of(session, "workflow", "workflow", third)) == before
    assert json.dumps(read_workflow(session).as_json(), sort_keys=True) == json.dumps(
        json.loads(before), sort_keys=True
    )
    kept = list_versions(session, kind="workflow", code="workflow")
    assert [version.version for version in kept][:3] == [third, second, first]
    assert kept[0].note == f"Back to version {first}"


def test_a_stale_save_is_refused_and_changes_nothing(session: Session, actor: Actor) -> None:
    seen = workflow_version(session)
    save(session, actor, with_sub_status(read_workflow(session)), based_on=seen)
    with pytest.raises(Conflict) as refused:
        save(session, actor, read_workflow(session), based_on=seen)
    assert refused.value.code == "stale_version"
    assert refused.value.rows == [{"field": "version", "given": seen, "current": seen + 1}]


def test_a_status_that_an_order_was_ever_in_is_not_removed_but_retired(
    shop: Shop, session: Session, actor: Actor
) -> None:
    before = read_workflow(session)
    save(session, actor, with_sub_status(before))
    number = shop.order((shop.stock("MUG", 5), 1), upto="deliver")
    from oms_core.orders.progress import move_order

    shop.do(move_order, number=number, to="at_carrier")
    retired = replace(
        with_sub_status(before),
        statuses=(*before.statuses, replace(AT_CARRIER, is_retired=True)),
        transitions=before.transitions,
    )
    with pytest.raises(Conflict) as refused:
        save(session, actor, retired)
    assert [(row["code"], row["subject"]) for row in refused.value.rows] == [("retired_with_orders", "at_carrier")]
    shop.do(move_order, number=number, to="done")
    with pytest.raises(Conflict) as refused:
        save(session, actor, before)
    assert [(row["code"], row["field"]) for row in refused.value.rows] == [("status_in_use", "code")]
    save(session, actor, retired)
    assert read_workflow(session) == retired.canonical()


def test_a_status_nobody_was_in_is_removed(session: Session, actor: Actor) -> None:
    before = read_workflow(session)
    save(session, actor, with_sub_status(before))
    save(session, actor, before)
    assert read_workflow(session) == before


def test_orders_are_never_left_without_a_way_to_an_end(shop: Shop, session: Session, actor: Actor) -> None:
    before = read_workflow(session)
    kinds = (*before.order_types, OrderTypePart(code="rental", name="Rental", position=9))
    save(session, actor, replace(before, order_types=kinds))
    number = shop.order((shop.stock("MUG", 5), 1))
    shop.card(number)
    session.connection().exec_driver_sql("UPDATE orders SET type = 'rental'")
    narrowed = tuple(replace(one, order_types=("sale",)) for one in before.transitions)
    off = tuple(replace(kind, is_active=kind.code == "sale") for kind in kinds)
    with pytest.raises(Conflict) as refused:
        save(session, actor, replace(before, order_types=off, transitions=narrowed))
    assert [(row["code"], row["subject"], row["value"]) for row in refused.value.rows] == [("stranded", "new", "1")]


def test_an_order_type_with_orders_is_not_removed(shop: Shop, session: Session, actor: Actor) -> None:
    shop.order((shop.stock("MUG", 5), 1))
    session.connection().exec_driver_sql("UPDATE orders SET type = 'wholesale'")
    before = read_workflow(session)
    left = tuple(kind for kind in before.order_types if kind.code != "wholesale")
    with pytest.raises(Conflict) as refused:
        save(session, actor, replace(before, order_types=left))
    assert [row["code"] for row in refused.value.rows] == ["type_in_use"]


def test_a_preview_tells_what_differs_and_whose_orders_stand_there(shop: Shop, session: Session, actor: Actor) -> None:
    shop.order((shop.stock("MUG", 5), 1), upto="deliver")
    shop.order(("MUG", 1))
    wanted = with_sub_status(read_workflow(session))
    wanted = replace(
        wanted, statuses=tuple(replace(s, name="Fresh") if s.code == "new" else s for s in wanted.statuses)
    )
    preview = preview_workflow(session, wanted)
    assert {change.subject for change in preview.added} == {"at_carrier", "deliver → at_carrier", "at_carrier → done"}
    assert [change.words for change in preview.changed] == ["Changed: status 'new': name New → Fresh"]
    assert (preview.orders, preview.orders_affected, preview.stranded) == ({"new": 1, "deliver": 1}, 2, {})
    assert (preview.faults, preview.obstacles, preview.is_empty) == ((), (), False)
    assert preview_workflow(session, read_workflow(session)).is_empty


def test_every_fault_is_named_at_once_with_its_remedy(session: Session, actor: Actor) -> None:
    workflow = read_workflow(session)
    broken = tuple(replace(one, roles=("wizard",), needs=("luck",)) for one in workflow.transitions[:1])
    with pytest.raises(Invalid) as refused:
        save(session, actor, replace(workflow, transitions=(*broken, *workflow.transitions[1:])))
    assert {(row["code"], row["value"]) for row in refused.value.rows} == {
        ("unknown_role", "wizard"),
        ("unknown_need", "luck"),
    }
    assert all(row["remedy"] for row in refused.value.rows)
