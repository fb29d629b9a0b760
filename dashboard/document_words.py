"""Documents of rules, policies and reasons: their fields by name, and what stands in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard import display
from dashboard.approval_cards import SUBJECTS
from dashboard.automation_words import EVENTS, MODES, actions_words
from dashboard.condition_words import CHANGES, field_names, source
from dashboard.people_words import ROLES
from dashboard.reasons_list import FAULTS
from dashboard.rules_words import SEVERITIES
from dashboard.translation import LANGUAGES, _, n_
from dashboard.words import group_name

FIELDS = {
    "name": n_("Name"), "label": n_("Label"), "message": n_("Message to who is refused"),
    "field": n_("Field at fault"), "severity": n_("What it does"), "changes": n_("Changes"),
    "to_statuses": n_("To the status"), "channels": n_("Channels"), "order_types": n_("Order types"),
    "expression": n_("What must hold"), "active_from": n_("Active from"),
    "active_until": n_("Active until (that day excluded)"), "is_active": n_("In force"),
    "translations": n_("In other languages"), "event": n_("When"), "condition": n_("On what condition"),
    "actions": n_("What it does"), "mode": n_("Mode"), "priority": n_("Order of acting"),
    "position": n_("Place in the list"), "parameters": n_("Hold orders by itself"), "subject": n_("What is measured"),
    "limit": n_("Limit"), "levels": n_("Who decides"), "time_limit_minutes": n_("Working hours to answer"),
    "fault": n_("Whose fault"), "is_preventable": n_("Preventable"), "groups": n_("Offered in"),
}  # fmt: skip
_PARAMETERS = {
    "percent": n_("Percent to be paid before work begins"), "above": n_("For orders above"),
    "customer_kinds": n_("Customers"), "rules": n_("Rules whose warning holds the order"),
}  # fmt: skip
_NAMED: Mapping[str, Mapping[Any, str]] = {
    "severity": {code: word for code, (word, _color) in SEVERITIES.items()},
    "mode": {code: word for code, (word, _color) in MODES.items()},
    "fault": {code: word for code, (word, _color) in FAULTS.items()},
    "customer_kinds": {"b2b": n_("Companies"), "b2c": n_("Private customers")},
    "changes": CHANGES, "event": EVENTS, "subject": SUBJECTS,
}  # fmt: skip
_DEFINED = {"to_statuses": "statuses", "channels": "channels", "order_types": "order_types"}


def value_words(field: str, value: Any) -> str:  # noqa: ANN401 - whatever a document holds
    """Say what stands in a field of a document, safe to show as Markdown."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value in (None, "", [], (), {}):
        return display.NOTHING
    if field == "time_limit_minutes":
        return display.number(value / 60, digits=1)
    return display.plain(_said(field, value))


def _said(field: str, value: Any) -> str:  # noqa: ANN401 - whatever a document holds
    if field == "actions":
        return actions_words(value)
    if field == "levels":
        return "; ".join(_level(level) for level in value)
    if field == "translations":
        return "; ".join(f"{LANGUAGES.get(code, code)}: {', '.join(words.values())}" for code, words in value.items())
    if isinstance(value, Mapping):
        return "; ".join(
            f"{_(_PARAMETERS[name])}: {_code(name, one)}"
            for name, one in value.items()
            if name in _PARAMETERS and one not in (None, [])
        )
    return _code(field, value)


def _code(field: str, value: Any) -> str:  # noqa: ANN401 - whatever a document holds
    """A code, or several, by name."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_code(field, one) for one in value)
    if field == "groups":
        return group_name(value)
    if field == "field":
        return field_names(of_line=True).get(value, str(value))
    if field in _NAMED:
        return _(_NAMED[field].get(value, str(value)))
    return source(_DEFINED[field]).get(value, str(value)) if field in _DEFINED else str(value)


def _level(level: Mapping[str, Any]) -> str:
    code, up_to = level["role"], level.get("up_to")
    role = _(ROLES[code]) if code in set(ROLES) else str(code)
    return role if up_to is None else f"{role} ≤ {up_to}"
