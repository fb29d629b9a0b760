"""The reasons to cancel as data: added, worded anew, taken out of use; a code once used never changes its meaning."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid
from oms_core.workflow.models import CANCELLABLE_GROUPS, CancelReason, Fault
from oms_core.workflow.versions import keep_change, latest_version, version_of

KIND = "reasons"
OF_IMPORTS = "unknown"
"""The reason of past orders of which nobody told why they were cancelled."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST_LABEL, _LARGEST_POSITION = 120, 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason; ``groups`` are the status groups it is offered in (None: all), ``translations`` hold ``label``."""

    code: str
    label: str
    fault: str
    is_preventable: bool
    position: int = 0
    is_active: bool = True
    groups: tuple[str, ...] | None = None
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Reason":
        """Read a kept version."""
        groups = document["groups"]
        return cls(**{**document, "groups": None if groups is None else tuple(groups)})

    def as_json(self) -> dict[str, Any]:
        """The reason as it is kept."""
        return {**asdict(self), "groups": None if self.groups is None else list(self.groups)}


@requires(Permission.WORKFLOW_VIEW)
def list_reasons(session: Session) -> list[Reason]:
    """Every reason, those out of use too, in the order they are offered."""
    rows = session.scalars(select(CancelReason).order_by(CancelReason.position, CancelReason.code))
    return [_reason(row) for row in rows]


@requires(Permission.WORKFLOW_VIEW)
def reason_version(session: Session, code: str) -> int:
    """The number of the reason's version in force; 0 for one that was never changed."""
    return latest_version(session, kind=KIND, code=code)


@requires(Permission.WORKFLOW_EDIT)
def save_reason(
    session: Session, *, actor: Actor, now: datetime, reason: Reason, note: str = "", based_on: int | None = None
) -> int:
    """Add the reason, or change the one of its code, and return its version.

    A rename is a new label: what was cancelled keeps the code. Raises ``Invalid`` (``invalid_reason``) naming each
    field, ``Conflict`` with the code ``stale_version`` naming who saved what since, or ``last_reason`` when no reason
    would be left in a group.
    """
    _refuse_malformed(reason)
    version = keep_change(
        session, kind=KIND, code=reason.code, document=reason.as_json(), actor=actor, now=now, note=note,
        based_on=based_on, before=lambda: _seeded(session, reason.code),
    )  # fmt: skip
    row = session.get(CancelReason, reason.code, populate_existing=True)
    values = {**reason.as_json(), "fault": Fault(reason.fault)}
    if row is None:
        session.add(CancelReason(**values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    _refuse_helpless_group(session)
    return version


@requires(Permission.WORKFLOW_EDIT)
def rollback_reason(
    session: Session, *, actor: Actor, now: datetime, code: str, version: int, based_on: int | None = None
) -> int:
    """Put an earlier version of a reason in force again; raises as ``save_reason``, and ``NotFound``."""
    reason = Reason.of(version_of(session, KIND, code, version))
    note = f"Back to version {version}"
    return save_reason(session, actor=actor, now=now, reason=reason, note=note, based_on=based_on)


def _seeded(session: Session, code: str) -> dict[str, Any] | None:
    row = session.get(CancelReason, code, populate_existing=True)
    return None if row is None else _reason(row).as_json()


def _reason(row: CancelReason) -> Reason:
    return Reason(
        code=row.code, label=row.label, fault=row.fault.value, is_preventable=row.is_preventable,
        position=row.position, is_active=row.is_active, groups=None if row.groups is None else tuple(row.groups),
        translations=row.translations,
    )  # fmt: skip


def _refuse_malformed(reason: Reason) -> None:
    groups = {group.value for group in CANCELLABLE_GROUPS}
    checks = (
        ("code", bool(_CODE.fullmatch(reason.code)), "must be small letters, digits and _, beginning with a letter"),
        ("label", _is_label(reason.label), f"must be text of 1 to {_LONGEST_LABEL} characters"),
        ("fault", reason.fault in set(Fault), f"must be one of {', '.join(Fault)}"),
        ("position", 0 <= reason.position <= _LARGEST_POSITION, f"must be from 0 to {_LARGEST_POSITION}"),
        ("groups", reason.groups is None or (bool(reason.groups) and groups.issuperset(reason.groups)),
         f"must be some of {', '.join(CANCELLABLE_GROUPS)}, or all"),
        ("is_active", reason.is_active or reason.code != OF_IMPORTS, "must stay: past orders are imported with it"),
        ("translations", all(_is_label(words.get("label", "-")) for words in reason.translations.values()),
         f"must be text of 1 to {_LONGEST_LABEL} characters"),
    )  # fmt: skip
    values = asdict(reason)
    rows = [
        {"field": name, "value": str(values[name]), "message": told} for name, is_right, told in checks if not is_right
    ]
    if rows:
        told = "; ".join(f"{row['field']} {row['message']}" for row in rows)
        raise Invalid(f"The reason cannot be kept so: {told}.", code="invalid_reason", rows=rows)


def _is_label(text: str) -> bool:
    return 1 <= len(text.strip()) <= _LONGEST_LABEL and "\0" not in text


def _refuse_helpless_group(session: Session) -> None:
    """No group may be without a reason: an order there could never be cancelled."""
    used = select(CancelReason.groups).where(CancelReason.is_active)
    offered = list(session.scalars(used))
    helpless = [group for group in CANCELLABLE_GROUPS if not any(one is None or group in one for one in offered)]
    if helpless:
        told = f"No reason would be left for orders in {', '.join(helpless)}."
        raise Conflict(told, code="last_reason", rows=[{"field": "groups", "value": group} for group in helpless])
