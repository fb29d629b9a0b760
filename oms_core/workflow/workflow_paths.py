"""The ways of orders through a workflow: where they come in, what they can reach, where they are stuck. Pure."""

from collections.abc import Iterable, Iterator

from oms_core.workflow.models import CLOSED_GROUPS, DEFAULT_TYPE, Group
from oms_core.workflow.workflow_parts import WorkflowDocument

Ways = dict[str, set[str]]
# Where an order comes by what is done to it, not by a move: placed, in part cancelled, cancelled.
_ENTERED = (Group.PREORDER, Group.NEW, Group.DELIVER, Group.CANCELLED)


def path_faults(document: WorkflowDocument) -> Iterator[tuple[str, str, str]]:
    """Yield (code, status, order type) of each dead end, and (``orphan``, status, "") of what nothing comes into."""
    ends = {status.code for status in document.statuses if status.group in CLOSED_GROUPS}
    entered: set[str] = set()
    for kind in document.order_types:
        if kind.is_active:
            ways = ways_of(document, kind.code)
            reached = reach(_beginnings(document, kind.code), ways)
            entered |= reached
            for code in sorted(reached - reach(ends, _backwards(ways))):
                yield "dead_end" if ways.get(code) else "no_next_step", code, kind.code
    used = {status.code for status in document.statuses if not status.is_retired}
    for code in sorted(used - entered):
        yield "orphan", code, ""


def stranded_in(document: WorkflowDocument, order_type: str) -> set[str]:
    """The statuses in which an order of this type would be stuck; those that are missing are not among them."""
    ends = {status.code for status in document.statuses if status.group in CLOSED_GROUPS}
    every = {status.code for status in document.statuses}
    return every - reach(ends, _backwards(ways_of(document, order_type)))


def ways_of(document: WorkflowDocument, order_type: str) -> Ways:
    """Where orders of a type may go from each status, whoever moves them."""
    ways: Ways = {}
    for transition in document.transitions:
        if transition.order_types is None or order_type in transition.order_types:
            ways.setdefault(transition.from_status, set()).add(transition.to_status)
    return ways


def reach(beginnings: Iterable[str], ways: Ways) -> set[str]:
    """The statuses that one comes to from these, themselves among them."""
    reached: set[str] = set()
    ahead = list(beginnings)
    while ahead:
        code = ahead.pop()
        if code not in reached:
            reached.add(code)
            ahead += ways.get(code, ())
    return reached


def _beginnings(document: WorkflowDocument, order_type: str) -> set[str]:
    """Statuses entered without a transition; past orders, all of the default type, come into any stage."""
    firsts = {_first_of(document, group) for group in _ENTERED}
    return firsts | ({group.value for group in Group} if order_type == DEFAULT_TYPE else set())


def _first_of(document: WorkflowDocument, group: Group) -> str:
    used = [status for status in document.statuses if status.group == group and not status.is_retired]
    return min(used, key=lambda status: (status.position, status.code)).code


def _backwards(ways: Ways) -> Ways:
    back: Ways = {}
    for start, tos in ways.items():
        for to in tos:
            back.setdefault(to, set()).add(start)
    return back
