"""Approval policies: above which limits somebody else must agree, and who; each save is a version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Role
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.workflow.document_fields import Fault, fault, read_number
from oms_core.workflow.policies_in_force import forget_policies
from oms_core.workflow.policy_scope import check_scope
from oms_core.workflow.policy_terms import Subject
from oms_core.workflow.rule_models import ApprovalPolicy
from oms_core.workflow.versions import keep_change, refuse_taken, version_of

_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_FIELDS = (
    *("code", "name", "subject", "limit", "channels", "order_types", "levels", "time_limit_minutes", "is_active"),
    "translations",
)
_SEEDED: tuple[tuple[str, str, Subject, int, int | None], ...] = (
    ("discount", "Discount above the limit", Subject.DISCOUNT, 10, 20),
    ("margin", "Margin below the limit", Subject.MARGIN, 10, 0),
    ("order_value", "Order value above the limit", Subject.ORDER_VALUE, 5000, 20000),
    ("refund", "Refund above the limit", Subject.REFUND, 200, 1000),
)


@dataclass(frozen=True, slots=True)
class ApprovalPolicyView:
    """An approval policy as it is now; ``document`` is what ``save_approval_policy`` takes."""

    code: str
    version: int
    name: str
    subject: Subject
    is_active: bool
    document: dict[str, Any]


@requires(Permission.WORKFLOW_VIEW)
def list_approval_policies(session: Session) -> list[ApprovalPolicyView]:
    """Every approval policy by subject and code."""
    rows = session.scalars(select(ApprovalPolicy).order_by(ApprovalPolicy.subject, ApprovalPolicy.code))
    return [
        ApprovalPolicyView(row.code, row.version, row.name, Subject(row.subject), row.is_active, _document(row))
        for row in rows
    ]


@requires(Permission.RULES_EDIT)
def save_approval_policy(
    session: Session, *, actor: Actor, now: datetime, document: Mapping[str, Any], note: str = "",
    based_on: int | None = None,
) -> int:  # fmt: skip
    """Save a policy as its next version, and return its number.

    The document holds ``code``, ``name``, ``subject``, ``limit`` (percent or money, as text or number), ``channels``
    and ``order_types`` (null: all), ``levels`` (``[{"role", "up_to"}]`` from the lowest, the last one without
    ``up_to``), ``time_limit_minutes`` (business minutes, null: none), ``is_active``, ``translations``. ``based_on``
    is the version it was changed from, 0 for a new policy. Raises ``Invalid`` (``invalid_policy``) naming each field,
    ``Conflict``: ``stale_version`` naming who saved what since, ``code_taken`` where a new one has another's code.
    """
    faults = _faults(document) + check_scope(session, document)
    if faults:
        raise Invalid("The policy cannot be saved so.", code="invalid_policy", rows=faults)
    kept = _normalised(document)
    code = kept["code"]
    refuse_taken(session, ApprovalPolicy, code, based_on=based_on)
    version = keep_change(
        session, kind="approval", code=code, document=kept, actor=actor, now=now, note=note, based_on=based_on,
        before=lambda: _seeded(session, code),
    )  # fmt: skip
    row = {**{name: value for name, value in kept.items() if name != "limit"}, "version": version}
    row["limit_value"] = Decimal(kept["limit"])
    table = ApprovalPolicy.__table__
    session.execute(insert(table).values(**row).on_conflict_do_update(index_elements=[table.c.code], set_=row))  # type: ignore[arg-type]
    session.expire_all()
    forget_policies(session)
    return version


@requires(Permission.RULES_EDIT)
def rollback_approval_policy(
    session: Session, *, actor: Actor, now: datetime, code: str, version: int, based_on: int | None = None
) -> int:
    """Save an earlier version again as the newest; raises as ``save_approval_policy``, and ``NotFound``."""
    document = version_of(session, "approval", code, version)
    note = f"as in version {version}"
    return save_approval_policy(session, actor=actor, now=now, document=document, note=note, based_on=based_on)


def seed_approval_policies(session: Session) -> None:
    """Put a policy in place for each subject, none of them active; what is there stays as it is."""
    for code, name, subject, limit, lead_up_to in _SEEDED:
        levels = [{"role": Role.LEAD.value, "up_to": str(lead_up_to)}, {"role": Role.EXECUTIVE.value, "up_to": None}]
        row = {
            "code": code, "name": name, "subject": subject.value, "limit_value": limit, "levels": levels,
            "time_limit_minutes": 240, "is_active": False,
        }  # fmt: skip
        session.execute(insert(ApprovalPolicy.__table__).values(**row).on_conflict_do_nothing())  # type: ignore[arg-type]


def _seeded(session: Session, code: str) -> dict[str, Any] | None:
    row = session.get(ApprovalPolicy, code, populate_existing=True)
    return None if row is None else _document(row)


def _document(row: ApprovalPolicy) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS if name != "limit"} | {"limit": _plain(row.limit)}


def _normalised(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it is kept: numbers as text, so that an old version comes back byte for byte."""
    kept = {name: document.get(name) for name in _FIELDS}
    kept["limit"] = _plain(Decimal(str(document["limit"])))
    kept["levels"] = [
        {"role": level["role"], "up_to": None if level.get("up_to") is None else _plain(Decimal(str(level["up_to"])))}
        for level in document["levels"]
    ]
    kept["is_active"], kept["translations"] = bool(document.get("is_active")), dict(document.get("translations") or {})
    return kept


def _faults(document: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if not _CODE.fullmatch(str(document.get("code") or "")):
        faults.append(fault("code", document.get("code"), "must be lower-case letters, digits and underscores"))
    if not 1 <= len(str(document.get("name") or "").strip()) <= 200:
        faults.append(fault("name", document.get("name"), "must be text of 1 to 200 characters"))
    if document.get("subject") not in set(Subject):
        faults.append(fault("subject", document.get("subject"), "is unknown"))
    if _number(document.get("limit")) is None:
        faults.append(fault("limit", document.get("limit"), "must be a number"))
    minutes = document.get("time_limit_minutes")
    if minutes is not None and (not isinstance(minutes, int) or not 0 < minutes <= 525_600):
        faults.append(fault("time_limit_minutes", minutes, "must be above 0"))
    return faults + _level_faults(document)


def _level_faults(document: Mapping[str, Any]) -> list[Fault]:
    """Levels grow: each may approve more than the one below it, the last one whatever it is."""
    levels = document.get("levels") or []
    if not levels:
        return [fault("levels", None, "must name at least one level")]
    faults = [
        fault("levels", level.get("role"), "is no role") for level in levels if level.get("role") not in set(Role)
    ]
    bounds = [_number(level.get("up_to")) for level in levels]
    if bounds[-1] is not None:
        faults.append(fault("levels", bounds[-1], "the last level decides without a limit"))
    if any(bound is None for bound in bounds[:-1]):
        faults.append(fault("levels", None, "each level but the last needs a limit of its own"))
        return faults
    known = [bound for bound in bounds[:-1] if bound is not None]
    ordered = sorted(known, reverse=document.get("subject") == Subject.MARGIN)
    if known != ordered:
        faults.append(fault("levels", None, "each level must decide on more than the one before"))
    return faults


def _number(value: object) -> Decimal | None:
    number = read_number(value)
    return None if number is None or abs(number) >= 10**12 else number


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
