"""What is wrong with a workflow, whatever the orders: every fault at once, each with its remedy. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oms_core.access.models import Role
from oms_core.workflow.models import CLOSED_GROUPS, DEFAULT_TYPE, Group
from oms_core.workflow.needs import is_need
from oms_core.workflow.workflow_parts import Part, StatusPart, TransitionPart, WorkflowDocument
from oms_core.workflow.workflow_paths import path_faults

_CODE = re.compile(r"[a-z][a-z0-9_]*")
_LARGEST_POSITION, _LARGEST_LIMIT = 32_767, 527_040  # smallint; a year of minutes


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: ``subject`` is the code of the status, transition (``from → to``) or order type that has it."""

    code: str
    subject: str
    field: str
    value: str = ""

    @property
    def message(self) -> str:
        """What is wrong."""
        return FAULTS[self.code][0].format(subject=self.subject, value=self.value)

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return FAULTS[self.code][1].format(subject=self.subject, value=self.value)


# By code: what is wrong, and what to do; {subject} and {value} are filled in.
FAULTS = {
    "bad_code": ("'{subject}' is no code.", "Use small letters, digits and _, beginning with a letter."),
    "duplicate_code": ("'{subject}' is there more than once.", "Give each its own code."),
    "bad_text": ("'{subject}' has no usable {value}.", "Write something that is not too long."),
    "bad_position": ("The place of '{subject}' is out of range.", "Use a number from 0 to 32767."),
    "bad_limit": ("The time limit of '{subject}' is out of range.", "Use minutes above 0, or leave it empty."),
    "unknown_group": ("'{subject}' is in a group that does not exist: {value}.", "Choose one of the fixed groups."),
    "group_without_status": (
        "The group '{subject}' has lost the status of its own name, which imports and shipments enter.",
        "Keep the status '{subject}' in its group and in use; rename it as you like.",
    ),
    "terminal_flag": (
        "'{subject}' ends an order although its group does not, or the other way round.",
        "The statuses of done and cancelled end an order, all others do not.",
    ),
    "unknown_status": ("The transition {subject} names no status: {value}.", "Choose a status of this workflow."),
    "retired_status": ("The transition {subject} touches a retired status: {value}.", "Remove it, or put it to use."),
    "duplicate_transition": ("The transition {subject} is there more than once.", "Keep one; it may have many roles."),
    "goes_nowhere": ("The transition {subject} leads to where it begins.", "Remove it."),
    "into_cancelled": ("The transition {subject} cancels.", "Remove it: an order is cancelled with a reason."),
    "out_of_end": ("The transition {subject} leaves an ended order.", "Remove it: what has ended stays so."),
    "goods_gone": (
        "The transition {subject} takes back goods that were handed over.",
        "From delivery an order goes on or to its end; what comes back is a return.",
    ),
    "done_too_early": ("The transition {subject} ends an order before its delivery.", "Lead it through delivery."),
    "unplaced": ("The transition {subject} makes a placed order a pre-order.", "Lead it to another status."),
    "no_role": ("Nobody may make the transition {subject}.", "Choose at least one role."),
    "unknown_role": ("The transition {subject} is for a role that does not exist: {value}.", "Choose known roles."),
    "no_type": ("The transition {subject} is for no type of order.", "Choose at least one type, or all."),
    "unknown_type": ("The transition {subject} is for an unknown type of order: {value}.", "Choose known types."),
    "unknown_need": ("The transition {subject} needs what nobody knows: {value}.", "Choose one of the needs."),
    "default_type": ("The type '{subject}' is missing or not in use.", "Keep it: orders are of it unless they say."),
    "no_next_step": ("Orders of type '{value}' have no next step in '{subject}'.", "Add a transition out of it."),
    "dead_end": ("Orders of type '{value}' never come to an end from '{subject}'.", "Lead it on towards done."),
    "orphan": ("No order can ever come into '{subject}'.", "Add a transition into it, or retire it."),
    # With the orders there are.
    "status_in_use": ("Orders are or were in '{subject}'.", "Retire it instead of removing it."),
    "group_in_use": ("Orders are or were in '{subject}': their figures belong to its group.", "Add another status."),
    "retired_with_orders": ("Open orders are in '{subject}'.", "Move them on, then retire it."),
    "type_in_use": ("There are orders of the type '{subject}'.", "Take it out of use instead of removing it."),
    "stranded": ("{value} open orders in '{subject}' would find no way to an end.", "Add a transition for them."),
}


def check_workflow(document: WorkflowDocument) -> list[Fault]:
    """List every fault; the paths are looked at only where their parts are sound."""
    faults = [*_part_faults(document), *_base_faults(document), *_transition_faults(document)]
    return faults or [Fault(code, status, "transitions", kind) for code, status, kind in path_faults(document)]


def _part_faults(document: WorkflowDocument) -> Iterator[Fault]:
    for parts, longest in ((document.statuses, 40), (document.order_types, 20)):
        counts = Counter(part.code for part in parts)
        yield from (Fault("duplicate_code", code, "code") for code, count in counts.items() if count > 1)
        for part in parts:
            if not _CODE.fullmatch(part.code) or len(part.code) > longest:
                yield Fault("bad_code", part.code, "code")
            yield from _common_faults(part, {"name": 100})
    for status in document.statuses:
        yield from _status_faults(status)


def _common_faults(part: Part, texts: dict[str, int]) -> Iterator[Fault]:
    for name, longest in texts.items():
        if not 1 <= len(getattr(part, name).strip()) <= longest:
            yield Fault("bad_text", part.code, name, name)
        for language, words in part.translations.items():
            if len(words.get(name, "")) > longest:
                yield Fault("bad_text", part.code, f"translations.{language}.{name}", name)
    if not 0 <= part.position <= _LARGEST_POSITION:
        yield Fault("bad_position", part.code, "position", str(part.position))


def _status_faults(status: StatusPart) -> Iterator[Fault]:
    if not 1 <= len(status.client_name.strip()) <= 100:
        yield Fault("bad_text", status.code, "client_name", "client_name")
    if status.limit_minutes is not None and not 1 <= status.limit_minutes <= _LARGEST_LIMIT:
        yield Fault("bad_limit", status.code, "limit_minutes", str(status.limit_minutes))
    if status.group not in set(Group):
        yield Fault("unknown_group", status.code, "group", status.group)
    elif status.is_terminal != (status.group in CLOSED_GROUPS):
        yield Fault("terminal_flag", status.code, "is_terminal", str(status.is_terminal).lower())


def _base_faults(document: WorkflowDocument) -> Iterator[Fault]:
    """Each group keeps the status of its name: past orders and what shipping does are written into it."""
    kept = {status.code for status in document.statuses if status.code == status.group and not status.is_retired}
    lost = [group.value for group in Group if group.value not in kept]
    yield from (Fault("group_without_status", group, "group", group) for group in lost)
    if DEFAULT_TYPE not in {kind.code for kind in document.order_types if kind.is_active}:
        yield Fault("default_type", DEFAULT_TYPE, "is_active")


def _transition_faults(document: WorkflowDocument) -> Iterator[Fault]:
    statuses = {status.code: status for status in document.statuses}
    types = {kind.code for kind in document.order_types}
    counts = Counter(transition.code for transition in document.transitions)
    yield from (Fault("duplicate_transition", code, "to_status") for code, count in counts.items() if count > 1)
    for transition in document.transitions:
        yield from _common_faults(transition, {"label": 60})
        yield from _end_faults(transition, statuses)
        yield from _condition_faults(transition, types)


def _end_faults(transition: TransitionPart, statuses: dict[str, StatusPart]) -> Iterator[Fault]:
    ends = {"from_status": transition.from_status, "to_status": transition.to_status}
    for field, code in ends.items():
        if code not in statuses:
            yield Fault("unknown_status", transition.code, field, code)
        elif statuses[code].is_retired:
            yield Fault("retired_status", transition.code, field, code)
    if transition.from_status == transition.to_status:
        yield Fault("goes_nowhere", transition.code, "to_status")
    elif all(code in statuses for code in ends.values()):
        start, end = (statuses[code].group for code in ends.values())
        yield from (Fault(code, transition.code, "to_status", end) for code, is_so in _CROSSINGS if is_so(start, end))


# What no transition between groups may do: they carry what the figures mean.
_CROSSINGS: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
    ("into_cancelled", lambda _, end: end == Group.CANCELLED),
    ("out_of_end", lambda start, _: start in CLOSED_GROUPS),
    ("goods_gone", lambda start, end: start == Group.DELIVER and end not in (Group.DELIVER, *CLOSED_GROUPS)),
    ("done_too_early", lambda start, end: end == Group.DONE and start not in (Group.DELIVER, *CLOSED_GROUPS)),
    ("unplaced", lambda start, end: end == Group.PREORDER and start not in (Group.PREORDER, *CLOSED_GROUPS)),
)


def _condition_faults(transition: TransitionPart, types: set[str]) -> Iterator[Fault]:
    if not transition.roles:
        yield Fault("no_role", transition.code, "roles")
    if transition.order_types is not None and not transition.order_types:
        yield Fault("no_type", transition.code, "order_types")
    roles, needs = set(Role), transition.needs
    unknown = [
        *(("unknown_role", "roles", role) for role in transition.roles if role not in roles),
        *(("unknown_type", "order_types", kind) for kind in transition.order_types or () if kind not in types),
        *(("unknown_need", "needs", need) for need in needs if not is_need(need)),
    ]
    yield from (Fault(code, transition.code, field, value) for code, field, value in unknown)
