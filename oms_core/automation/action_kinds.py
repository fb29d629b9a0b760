"""The kinds of action a rule may take, their parameters, and what is wrong with those of a rule to be saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.models import Role, Team, User
from oms_core.errors import OmsError
from oms_core.orders.labels import LONGEST_TAG, PRIORITIES, normal_tag
from oms_core.tasks.agenda import KINDS as TASK_KINDS
from oms_core.tasks.agenda import LONGEST_DUE_MINUTES, LONGEST_TITLE
from oms_core.tasks.templates import CUSTOMERS, LANGUAGES, template_codes
from oms_core.workflow.models import Group, Status

ASSIGN_TO = ("round_robin", "least_loaded", "customer_manager", "login", "nobody")
AMONG = ("round_robin", "least_loaded")
WITH_STATUS = "with_status"
AT_ONCE = "at_once"
TASK_TO = ("manager", "login", "nobody")
MOST_ACTIONS = 10
_LONGEST_CAUSE = 500
_ROLES = tuple(role.value for role in (Role.MANAGER, Role.LEAD, Role.BUYER, Role.WAREHOUSE, Role.COURIER))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an action: a choice has ``choices``, or they are data (``source``: people, teams, statuses …).

    ``when`` names the values of another parameter under which alone it counts.
    """

    name: str
    choices: tuple[str | int, ...] = ()
    source: str = ""
    longest: int = 0
    most: int = 0
    is_optional: bool = False
    when: tuple[str, tuple[str, ...]] | None = None


KINDS: Mapping[str, tuple[Parameter, ...]] = {
    "assign": (
        Parameter("to", ASSIGN_TO),
        Parameter("login", source="people", when=("to", ("login",))),
        Parameter("role", _ROLES, is_optional=True, when=("to", AMONG)),
        Parameter("team", source="teams", is_optional=True, when=("to", AMONG)),
    ),
    "tag": (Parameter("tag", longest=LONGEST_TAG),),
    "untag": (Parameter("tag", longest=LONGEST_TAG),),
    "priority": (Parameter("priority", PRIORITIES),),
    "hold": (Parameter("cause", longest=_LONGEST_CAUSE),),
    "release": (Parameter("rule", longest=60),),
    "task": (
        Parameter("task", TASK_KINDS),
        Parameter("title", longest=LONGEST_TITLE),
        Parameter("due_minutes", most=LONGEST_DUE_MINUTES, is_optional=True),
        Parameter("to", TASK_TO),
        Parameter("login", source="people", when=("to", ("login",))),
        Parameter("ends", (WITH_STATUS,), is_optional=True),
    ),
    "status": (Parameter("to", source="statuses"),),
    "message": (
        Parameter("template", template_codes()),
        Parameter("language", (CUSTOMERS, *LANGUAGES)),
        Parameter("send", (AT_ONCE,), is_optional=True),
    ),
}


def counts(parameter: Parameter, action: Mapping[str, Any]) -> bool:
    """Tell whether the parameter is asked for, as the action's others stand."""
    return parameter.when is None or action.get(parameter.when[0]) in parameter.when[1]


def faults_of(session: Session, actions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List what is wrong with the actions, each fault with its field: ``actions[1].login``."""
    if not 1 <= len(actions) <= MOST_ACTIONS:
        return [_fault("actions", len(actions), f"must be 1 to {MOST_ACTIONS} actions")]
    known = _known(session)
    faults: list[dict[str, Any]] = []
    for index, action in enumerate(actions):
        where, kind = f"actions[{index}]", str(action.get("kind"))
        if kind not in KINDS:
            faults.append(_fault(f"{where}.kind", kind, f"must be one of {', '.join(KINDS)}"))
            continue
        parameters = KINDS[kind]
        foreign = set(action) - {"kind"} - {one.name for one in parameters if counts(one, action)}
        faults += [_fault(f"{where}.{name}", action[name], "is no parameter here") for name in sorted(foreign)]
        for one in (one for one in parameters if counts(one, action)):
            if message := _wrong(one, action.get(one.name), known):
                faults.append(_fault(f"{where}.{one.name}", action.get(one.name), message))
        if kind == "assign" and action.get("to") in AMONG and not (action.get("role") or action.get("team")):
            faults.append(_fault(f"{where}.role", None, "a role or a team is needed"))
    return faults


def _known(session: Session) -> dict[str, set[str]]:
    enterable = select(Status.code).where(Status.group != Group.CANCELLED, Status.is_retired.is_(False))
    return {
        "people": set(session.scalars(select(User.login).where(User.is_active))),
        "teams": set(session.scalars(select(Team.code).where(Team.is_active))),
        "statuses": set(session.scalars(enterable)),
    }


def _wrong(parameter: Parameter, value: object, known: Mapping[str, set[str]]) -> str | None:
    if value is None or value == "":
        return None if parameter.is_optional else "is needed"
    if parameter.choices and (value not in parameter.choices or isinstance(value, bool)):
        return f"must be one of {', '.join(map(str, parameter.choices))}"
    if parameter.source and value not in known[parameter.source]:
        return "is unknown"
    if parameter.most and not (type(value) is int and 0 < value <= parameter.most):
        return f"must be a whole number from 1 to {parameter.most}"
    if parameter.longest:
        return _wrong_text(parameter, value)
    return None


def _wrong_text(parameter: Parameter, value: object) -> str | None:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= parameter.longest or "\0" in value:
        return f"must be text of 1 to {parameter.longest} characters"
    if parameter.name == "tag":
        try:
            normal_tag(value)
        except OmsError as refusal:
            return str(refusal.rows[0]["message"])
    return None


def _fault(field: str, value: object, message: str) -> dict[str, Any]:
    return {"field": field, "value": value, "message": message}
