"""The workflow as one document: its statuses, transitions and order types, to and from JSON. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from oms_core.access.models import Role
from oms_core.errors import Invalid
from oms_core.workflow.needs import NEEDS

_ROLES = {role.value: place for place, role in enumerate(Role)}
_STRICT = ConfigDict(extra="forbid", strict=True)
Translations = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPart:
    """A status; ``limit_minutes`` are business minutes, ``translations`` hold ``name`` and ``client_name``."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    code: str
    name: str
    client_name: str
    group: str
    position: int
    is_terminal: bool = False
    limit_minutes: int | None = None
    is_retired: bool = False
    translations: Translations = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionPart:
    """A move from status to status; ``order_types`` None: of all types. ``translations`` hold ``label``."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    from_status: str
    to_status: str
    label: str
    position: int
    roles: tuple[str, ...]
    order_types: tuple[str, ...] | None = None
    needs: tuple[str, ...] = ()
    translations: Translations = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Its two ends, by which it is known."""
        return f"{self.from_status} → {self.to_status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTypePart:
    """A kind of order; ``translations`` hold ``name``."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    code: str
    name: str
    position: int
    is_active: bool = True
    translations: Translations = field(default_factory=dict)


Part = StatusPart | TransitionPart | OrderTypePart


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowDocument:
    """A whole workflow, whatever its order of writing: two that say the same are equal once ``canonical``."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    statuses: tuple[StatusPart, ...]
    transitions: tuple[TransitionPart, ...]
    order_types: tuple[OrderTypePart, ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "WorkflowDocument":
        """Read what ``as_json`` wrote; raises ``Invalid`` (``malformed_workflow``) naming each field."""
        try:
            return _READER.validate_json(json.dumps(document))
        except ValidationError as error:
            rows = [
                {"field": ".".join(str(step) for step in fault["loc"]), "value": None, "message": fault["msg"]}
                for fault in error.errors()
            ]
            told = f"This is no workflow: {rows[0]['field']}: {rows[0]['message']}."
            raise Invalid(told, code="malformed_workflow", rows=rows) from None

    def as_json(self) -> dict[str, Any]:
        """The document in its one canonical form, for keeping and comparing."""
        return json.loads(json.dumps(asdict(self.canonical())))  # type: ignore[no-any-return]

    def canonical(self) -> "WorkflowDocument":
        """The same workflow in the one order: nothing in it twice, nothing that means nothing."""
        return WorkflowDocument(
            statuses=tuple(sorted(self.statuses, key=lambda status: (status.position, status.code))),
            transitions=tuple(
                sorted(
                    (_canonical_transition(transition) for transition in self.transitions),
                    key=lambda one: (one.from_status, one.position, one.to_status),
                )
            ),
            order_types=tuple(sorted(self.order_types, key=lambda kind: (kind.position, kind.code))),
        )


_READER = TypeAdapter(WorkflowDocument)


def _canonical_transition(transition: TransitionPart) -> TransitionPart:
    types, needs = transition.order_types, set(transition.needs)
    return replace(
        transition,
        roles=tuple(sorted(set(transition.roles), key=lambda role: (_ROLES.get(role, len(_ROLES)), role))),
        order_types=None if types is None else tuple(sorted(set(types))),
        needs=tuple(sorted(needs, key=lambda need: (_place(need), need))),
    )


def _place(need: str) -> int:
    name = need.partition(":")[0]
    return NEEDS.index(name) if name in NEEDS else len(NEEDS)
