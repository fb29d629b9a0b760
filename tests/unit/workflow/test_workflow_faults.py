"""Whatever is wrong with a workflow is found before it is saved, each fault by its piece and field."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.access.models import Role
from oms_core.errors import Invalid
from oms_core.seeding import ORDER_TYPES, STATUSES, TRANSITIONS
from oms_core.workflow.models import CLOSED_GROUPS, Group
from oms_core.workflow.workflow_check import FAULTS, check_workflow
from oms_core.workflow.workflow_parts import OrderTypePart, StatusPart, TransitionPart, WorkflowDocument

SEEDED = WorkflowDocument(
    statuses=tuple(
        StatusPart(
            code=group.value, name=name, client_name=client, group=group.value, position=place, limit_minutes=limit,
            is_terminal=group in CLOSED_GROUPS,
        )
        for place, (group, name, client, limit) in enumerate(STATUSES)
    ),
    transitions=tuple(
        TransitionPart(
            from_status=start.value, to_status=end.value, label=label, position=position,
            roles=tuple(role.value for role in roles),
        )
        for start, end, label, position, roles in TRANSITIONS
    ),
    order_types=tuple(
        OrderTypePart(code=code, name=name, position=place) for place, (code, name) in enumerate(ORDER_TYPES)
    ),
)  # fmt: skip
LABELLED = StatusPart(code="labelled", name="Labelled", client_name="Ready", group="ship", position=5)


def status(code: str, **facts: object) -> WorkflowDocument:
    return replace(
        SEEDED, statuses=tuple(replace(one, **facts) if one.code == code else one for one in SEEDED.statuses)
    )


def move(code: str, **facts: object) -> WorkflowDocument:
    moves = tuple(replace(one, **facts) if one.code == code else one for one in SEEDED.transitions)
    return replace(SEEDED, transitions=moves)


def without(*codes: str) -> WorkflowDocument:
    return replace(SEEDED, transitions=tuple(one for one in SEEDED.transitions if one.code not in codes))


def plus(*parts: StatusPart | TransitionPart | OrderTypePart) -> WorkflowDocument:
    statuses = [part for part in parts if isinstance(part, StatusPart)]
    moves = [part for part in parts if isinstance(part, TransitionPart)]
    types = [part for part in parts if isinstance(part, OrderTypePart)]
    return replace(
        SEEDED, statuses=(*SEEDED.statuses, *statuses), transitions=(*SEEDED.transitions, *moves),
        order_types=(*SEEDED.order_types, *types),
    )  # fmt: skip


def way(start: str, end: str, **facts: object) -> TransitionPart:
    return TransitionPart(
        **{"from_status": start, "to_status": end, "label": "Go", "position": 5, "roles": ("admin",)} | facts
    )


FAULTY = [
    ("bad_code", "Packed!", "code", plus(replace(LABELLED, code="Packed!"))),
    ("duplicate_code", "new", "code", plus(replace(SEEDED.statuses[1]))),
    ("bad_text", "new", "name", status("new", name=" ")),
    ("bad_text", "new", "client_name", status("new", client_name="x" * 101)),
    ("bad_text", "new", "translations.ru.name", status("new", translations={"ru": {"name": "x" * 101}})),
    ("bad_text", "new → confirm", "label", move("new → confirm", label="")),
    ("bad_position", "new", "position", status("new", position=-1)),
    ("bad_limit", "new", "limit_minutes", status("new", limit_minutes=0)),
    ("unknown_group", "labelled", "group", plus(replace(LABELLED, group="parcel"))),
    ("group_without_status", "supply", "group", status("supply", is_retired=True)),
    ("terminal_flag", "new", "is_terminal", status("new", is_terminal=True)),
    ("terminal_flag", "done", "is_terminal", status("done", is_terminal=False)),
    ("unknown_status", "new → limbo", "to_status", plus(way("new", "limbo"))),
    ("retired_status", "ship → labelled", "to_status",
     plus(replace(LABELLED, is_retired=True), way("ship", "labelled"))),
    ("duplicate_transition", "new → confirm", "to_status", plus(way("new", "confirm"))),
    ("goes_nowhere", "new → new", "to_status", plus(way("new", "new"))),
    ("into_cancelled", "new → cancelled", "to_status", plus(way("new", "cancelled"))),
    ("out_of_end", "done → new", "to_status", plus(way("done", "new"))),
    ("goods_gone", "deliver → ship", "to_status", plus(way("deliver", "ship"))),
    ("done_too_early", "ship → done", "to_status", plus(way("ship", "done"))),
    ("unplaced", "new → preorder", "to_status", plus(way("new", "preorder"))),
    ("no_role", "new → confirm", "roles", move("new → confirm", roles=())),
    ("unknown_role", "new → confirm", "roles", move("new → confirm", roles=("wizard",))),
    ("no_type", "new → confirm", "order_types", move("new → confirm", order_types=())),
    ("unknown_type", "new → confirm", "order_types", move("new → confirm", order_types=("rental",))),
    ("unknown_need", "new → confirm", "needs", move("new → confirm", needs=("luck",))),
    ("default_type", "sale", "is_active", replace(SEEDED, order_types=SEEDED.order_types[1:])),
    ("no_next_step", "labelled", "transitions", plus(LABELLED, way("ship", "labelled"))),
    ("orphan", "labelled", "transitions", plus(LABELLED, way("labelled", "deliver"))),
]  # fmt: skip


def test_what_the_seed_begins_with_has_no_fault() -> None:
    assert check_workflow(SEEDED) == []


@pytest.mark.parametrize(("code", "subject", "field", "document"), FAULTY, ids=[f"{row[0]}-{row[2]}" for row in FAULTY])
def test_a_faulty_workflow_is_found_out(code: str, subject: str, field: str, document: WorkflowDocument) -> None:
    found = [(fault.code, fault.subject, fault.field) for fault in check_workflow(document)]
    assert (code, subject, field) in found


def test_a_way_that_only_goes_round_is_a_dead_end_for_each_type() -> None:
    found = check_workflow(
        replace(plus(LABELLED, way("ship", "labelled"), way("labelled", "ship")),
                transitions=(*without("ship → deliver", "ship → pick", "pick → confirm").transitions,
                             way("ship", "labelled"), way("labelled", "ship")))
    )  # fmt: skip
    stuck = {(fault.subject, fault.value) for fault in found if fault.code == "dead_end"}
    assert {("ship", "sale"), ("labelled", "wholesale"), ("pick", "replacement"), ("new", "sale")} <= stuck


def test_a_type_that_is_left_out_of_the_one_way_on_is_stuck_and_no_other() -> None:
    found = check_workflow(move("deliver → done", order_types=("sale", "wholesale")))
    assert {fault.value for fault in found} == {"replacement"}


def test_every_fault_that_can_be_found_has_a_case_here() -> None:
    with_orders = {"status_in_use", "group_in_use", "retired_with_orders", "type_in_use", "stranded"}
    assert {row[0] for row in FAULTY} | {"dead_end"} | with_orders == set(FAULTS)


def test_faults_are_told_all_at_once_each_with_what_to_do() -> None:
    document = move("new → confirm", label="", roles=("wizard",), needs=("luck",))
    found = check_workflow(document)
    assert {fault.code for fault in found} == {"bad_text", "unknown_role", "unknown_need"}
    assert all(fault.message and fault.remedy and "{" not in fault.message + fault.remedy for fault in found)


def test_a_document_with_a_missing_or_a_foreign_field_is_no_workflow() -> None:
    document = SEEDED.as_json()
    document["statuses"][0].pop("name")
    document["transitions"][0]["colour"] = "red"
    with pytest.raises(Invalid) as refused:
        WorkflowDocument.of(document)
    assert {row["field"] for row in refused.value.rows} == {"statuses.0.name", "transitions.0.colour"}


def slowly_stuck(document: WorkflowDocument, order_type: str) -> set[str]:
    """Walk every way from every status by trying each transition again and again."""
    ends = {one.code for one in document.statuses if one.group in CLOSED_GROUPS}
    stuck = set()
    for one in document.statuses:
        seen, before = {one.code}, 0
        while len(seen) > before:
            before = len(seen)
            for row in document.transitions:
                if row.from_status in seen and (row.order_types is None or order_type in row.order_types):
                    seen.add(row.to_status)
        if not seen & ends:
            stuck.add(one.code)
    return stuck


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_dead_ends_and_orphans_of_random_workflows_are_those_that_walking_finds(data: st.DataObject) -> None:
    groups = [Group.NEW, Group.CONFIRM, Group.PICK, Group.SHIP, Group.DELIVER]
    more = [
        StatusPart(code=f"more_{place}", name="More", client_name="More", group=group.value, position=20 + place)
        for place, group in enumerate(data.draw(st.lists(st.sampled_from(groups), max_size=3)))
    ]
    statuses = (*SEEDED.statuses, *more)
    stages = {one.code: one.group for one in statuses}
    pairs = [
        (start, end)
        for start, from_group in stages.items()
        for end, to_group in stages.items()
        if start != end and from_group not in CLOSED_GROUPS and to_group not in (Group.CANCELLED, Group.PREORDER)
        and (from_group != Group.DELIVER or to_group in (Group.DELIVER, Group.DONE))
        and (to_group != Group.DONE or from_group == Group.DELIVER)
    ]  # fmt: skip
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=25))
    kinds = st.none() | st.lists(st.sampled_from(["sale", "wholesale"]), unique=True, min_size=1).map(tuple)
    roles = st.lists(st.sampled_from([role.value for role in Role]), unique=True, min_size=1).map(tuple)
    ways = tuple(way(*pair, order_types=data.draw(kinds), roles=data.draw(roles)) for pair in chosen)
    document = WorkflowDocument(statuses=statuses, transitions=ways, order_types=SEEDED.order_types[:2])
    found = check_workflow(document)
    assert {fault.code for fault in found} <= {"dead_end", "no_next_step", "orphan"}
    entered: set[str] = set()
    for kind in ("sale", "wholesale"):
        begins = set(Group) if kind == "sale" else {Group.PREORDER, Group.NEW, Group.DELIVER, Group.CANCELLED}
        reached = {code.value for code in begins}
        for _ in statuses:
            reached |= {
                row.to_status for row in ways if row.from_status in reached and kind in (row.order_types or (kind,))
            }
        entered |= reached
        told = {fault.subject for fault in found if fault.value == kind}
        assert told == slowly_stuck(document, kind) & reached
    assert {fault.subject for fault in found if fault.code == "orphan"} == set(stages) - entered
