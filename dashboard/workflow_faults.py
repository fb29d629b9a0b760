"""What may be wrong with a changed workflow, said with its remedy, and what a change does."""

from collections.abc import Mapping
from typing import Any

from dashboard import display
from dashboard.translation import _, n_
from oms_core.workflow.workflow_check import Fault
from oms_core.workflow.workflow_effect import Change

FAULTS = {
    "bad_code": n_("The code of “{subject}” must be small letters, digits and _, beginning with a letter."),
    "duplicate_code": n_("“{subject}” is there more than once: give each its own code."),
    "bad_text": n_("A text of “{subject}” is empty or too long."),
    "bad_position": n_("The place of “{subject}” must be a number from 0 to 32767."),
    "bad_limit": n_("The time limit must be above 0 and at most a year of minutes, or empty."),
    "unknown_group": n_("There is no group “{value}”: choose one of the fixed ones."),
    "group_without_status": n_("Keep “{subject}” in its group and in use: imports and shipments enter it."),
    "terminal_flag": n_("Only statuses of the groups done and cancelled end an order, and all of them do."),
    "unknown_status": n_("There is no status “{value}”: choose one of this workflow."),
    "retired_status": n_("“{value}” is retired: remove this move, or put the status to use."),
    "duplicate_transition": n_("This move is there more than once: keep one, for all its roles."),
    "goes_nowhere": n_("This move leads to where it begins: remove it."),
    "into_cancelled": n_("Remove this move: an order is cancelled with a reason."),
    "out_of_end": n_("Remove this move: what has ended stays so."),
    "goods_gone": n_("From delivery an order goes on or to its end: what comes back is a return."),
    "done_too_early": n_("An order ends by its delivery: lead this move through it."),
    "unplaced": n_("A placed order cannot become a pre-order again: lead this move elsewhere."),
    "no_role": n_("Nobody may make this move: choose at least one role."),
    "unknown_role": n_("There is no role “{value}”."),
    "no_type": n_("This move is for no type of order: choose at least one, or all."),
    "unknown_type": n_("There is no order type “{value}”."),
    "unknown_need": n_("Nobody knows the need “{value}”: choose one of the list."),
    "default_type": n_("Keep the type “{subject}” in use: orders are of it unless they say otherwise."),
    "no_next_step": n_("Orders of type “{value}” have no next step here: add a move out of it."),
    "dead_end": n_("Orders of type “{value}” never come to an end from here: lead them on towards done."),
    "orphan": n_("No order can ever come here: add a move into it, or retire it."),
    "status_in_use": n_("Orders are or were in “{subject}”: retire it instead of removing it."),
    "group_in_use": n_("Orders are or were in “{subject}”, and their figures belong to its group: add another status."),
    "retired_with_orders": n_("Open orders are in “{subject}”: move them on, then retire it."),
    "type_in_use": n_("There are orders of the type “{subject}”: take it out of use instead of removing it."),
    "stranded": n_("{value} open orders in “{subject}” would find no way to an end: add a move for them."),
}
KINDS = {"status": n_("Status"), "transition": n_("Move"), "order_type": n_("Order type")}
FIELDS = {
    "name": n_("name"), "client_name": n_("wording for the client"), "group": n_("group"), "position": n_("place"),
    "is_terminal": n_("ends the order"), "limit_minutes": n_("time limit"), "is_retired": n_("retired"),
    "translations": n_("translations"), "label": n_("label"), "roles": n_("roles"),
    "order_types": n_("order types"), "needs": n_("needs"), "is_active": n_("in use"),
    "fault": n_("whose fault"), "is_preventable": n_("preventable"), "groups": n_("offered in"),
}  # fmt: skip


def fault_words(fault: Fault, names: Mapping[str, str]) -> str:
    """Say a fault with its remedy; statuses by their names."""
    subject = " → ".join(names.get(end, end) for end in fault.subject.split(" → "))
    told = {"subject": display.plain(subject), "value": display.plain(names.get(fault.value, fault.value))}
    return _(FAULTS[fault.code]).format(**told)


def change_words(change: Change, names: Mapping[str, str]) -> str:
    """Say a change in one line: what came, what went, or each field that differs."""
    subject = display.plain(" → ".join(names.get(end, end) for end in change.subject.split(" → ")))
    head = f"{_(KINDS[change.kind])} **{subject}**"
    if not change.before:
        return f":green[:material/add:] {head}"
    if not change.after:
        return f":red[:material/remove:] {head}"
    parts = [f"{_(FIELDS[name])}: {_value(old)} → {_value(change.after[name])}" for name, old in change.before.items()]
    return f":orange[:material/edit:] {head} — {'; '.join(parts)}"


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Say each field that differs between two documents of one piece."""
    return [
        f"{_(FIELDS[name])}: {_value(before.get(name))} → {_value(value)}"
        for name, value in after.items()
        if name in FIELDS and before.get(name) != value
    ]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return display.NOTHING
    if isinstance(value, list | tuple):
        return display.plain(", ".join(str(one) for one in value)) or display.NOTHING
    if isinstance(value, Mapping):
        said = [f"{language}: {', '.join(words.values())}" for language, words in value.items()]
        return display.plain("; ".join(said)) or display.NOTHING
    return display.plain(str(value)) or display.NOTHING
