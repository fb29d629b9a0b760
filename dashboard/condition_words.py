"""How conditions are said: fields, what may be asked of them, and the choices of those that have some."""

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import reads
from dashboard.translation import _, n_
from dashboard.words import group_name
from oms_core.access.models import Role
from oms_core.workflow.models import Group
from oms_core.workflow.vocabulary import FIELDS, Field
from oms_core.workflow.workflow_document import read_workflow

OPERATORS = {
    "eq": n_("is"), "ne": n_("is not"), "lt": n_("is less than"), "le": n_("is at most"), "gt": n_("is more than"),
    "ge": n_("is at least"), "between": n_("is between"), "in": n_("is one of"), "not_in": n_("is none of"),
    "contains": n_("contains"), "not_contains": n_("does not contain"), "starts_with": n_("begins with"),
    "ends_with": n_("ends with"), "matches": n_("matches the pattern"), "not_matches": n_("does not match the pattern"),
    "has": n_("has"), "has_not": n_("has not"), "is_true": n_("is true"), "is_false": n_("is not true"),
    "is_empty": n_("is empty"), "is_not_empty": n_("is not empty"), "is_known": n_("is known"),
    "is_unknown": n_("is unknown"),
}  # fmt: skip
CHANGES = {
    "place": n_("Placing"), "move": n_("Moving to a status"), "cancel": n_("Cancelling"), "ship": n_("Shipping"),
    "deliver": n_("Delivering"), "assign": n_("Giving to a manager"), "comment": n_("Commenting"),
    "hold": n_("Putting on hold"), "release": n_("Lifting a hold"), "pay": n_("Recording a payment"),
    "refund": n_("Refunding"), "return": n_("Taking goods back"), "change": n_("Changing the order"),
}  # fmt: skip
KINDS = {
    "b2c": n_("person"), "b2b": n_("company"), "out": n_("we the customer"), "in": n_("the customer us"),
    "reached": n_("reached"), "no_answer": n_("no answer"), "wrong_number": n_("wrong number"),
    "call_back": n_("asked to be called back"), "refused": n_("refused to talk"),
}  # fmt: skip
ROLES = {
    Role.MANAGER: n_("manager"), Role.LEAD: n_("team lead"), Role.BUYER: n_("buyer"), Role.WAREHOUSE: n_("warehouse"),
    Role.COURIER: n_("courier"), Role.EXECUTIVE: n_("executive"), Role.ADMIN: n_("administrator"),
}  # fmt: skip


def field_names(*, of_line: bool) -> dict[str, str]:
    """Fields by path as they are said; those of lines only where a line is spoken of."""
    return {field.path: _(field.title) for field in FIELDS if of_line or field.part != "line"}


def choices_of(field: Field) -> Mapping[str, str]:
    """What a field may hold, by code; empty where anything goes."""
    if field.path == "change.kind":
        return {code: _(name) for code, name in CHANGES.items()}
    if field.choices:
        return {code: _(KINDS.get(code, code)) for code in field.choices}
    return source(field.source) if field.source else {}


def source(name: str) -> Mapping[str, str]:
    """Codes that the shop itself defines, as they are said."""
    if name == "groups":
        return {group.value: group_name(group) for group in Group}
    if name == "roles":
        return {role.value: _(said) for role, said in ROLES.items()}
    return {code: _(said) for code, said in _DEFINED[name]().items()}


@st.cache_data(ttl=60, show_spinner=False)
def _order_types() -> dict[str, str]:
    document = reads.ask(read_workflow)
    return {kind.code: kind.name for kind in document.order_types}


_DEFINED: dict[str, Callable[[], dict[str, str]]] = {
    "channels": lambda: {channel.code: channel.name for channel in reads.channels()},
    "warehouses": lambda: {warehouse.code: warehouse.name for warehouse in reads.warehouses()},
    "statuses": lambda: {status.code: status.name for status in reads.statuses()},
    "reasons": lambda: {reason.code: reason.label for reason in reads.cancel_reasons()},
    "order_types": _order_types,
}
