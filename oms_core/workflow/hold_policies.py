"""Hold policies: for which causes orders are held by themselves; each save is a version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.workflow.document_fields import Fault, fault, read_number
from oms_core.workflow.policies_in_force import forget_policies
from oms_core.workflow.policy_scope import check_scope
from oms_core.workflow.policy_terms import HoldKind
from oms_core.workflow.rule_models import HoldPolicy, ValidationRule
from oms_core.workflow.versions import keep_change, version_of

CUSTOMER_KINDS = ("b2b", "b2c")
_SEEDED: tuple[tuple[HoldKind, dict[str, Any]], ...] = (
    (HoldKind.STOCK, {}),
    (HoldKind.DELAY, {}),
    (HoldKind.PREPAYMENT, {"percent": 50, "above": 500, "customer_kinds": ["b2b"]}),
    (HoldKind.VALIDATION, {"rules": []}),
)


@dataclass(frozen=True, slots=True)
class HoldPolicyView:
    """A hold policy as it is now; ``document`` is what ``save_hold_policy`` takes."""

    kind: HoldKind
    version: int
    is_active: bool
    document: dict[str, Any]


@requires(Permission.WORKFLOW_VIEW)
def list_hold_policies(session: Session) -> list[HoldPolicyView]:
    """Every hold policy, in the order of their causes."""
    rows = {row.kind: row for row in session.scalars(select(HoldPolicy)).all()}
    return [
        HoldPolicyView(kind, row.version, row.is_active, _document(row))
        for kind, _ in _SEEDED
        if (row := rows.get(kind.value)) is not None
    ]


@requires(Permission.RULES_EDIT)
def save_hold_policy(
    session: Session, *, actor: Actor, now: datetime, document: Mapping[str, Any], note: str = "",
    based_on: int | None = None,
) -> int:  # fmt: skip
    """Save ``{kind, is_active, channels, order_types, parameters}`` as the next version, and return its number.

    Parameters of prepayment: ``percent`` (above 0, at most 100), ``above`` (a total), ``customer_kinds`` (null: all);
    of validation: ``rules``, codes of rules that warn. Holds follow with the next change of an order or the next
    sweep. ``based_on`` is the version it was changed from. Raises ``Invalid`` (``invalid_policy``) naming each field,
    ``Conflict`` (``stale_version``) naming who saved what since.
    """
    faults = _faults(session, document)
    if faults:
        raise Invalid("The policy cannot be saved so.", code="invalid_policy", rows=faults)
    values = {name: document.get(name) for name in ("is_active", "channels", "order_types", "parameters")}
    kept = {"kind": document["kind"], **values, "is_active": bool(values["is_active"])}
    kept["parameters"] = dict(values["parameters"] or {})
    kind = kept["kind"]
    version = keep_change(
        session, kind="hold", code=kind, document=kept, actor=actor, now=now, note=note, based_on=based_on,
        before=lambda: _seeded(session, kind),
    )  # fmt: skip
    row = kept | {"version": version}
    session.execute(insert(HoldPolicy).values(**row).on_conflict_do_update(index_elements=[HoldPolicy.kind], set_=row))
    session.expire_all()
    forget_policies(session)
    return version


@requires(Permission.RULES_EDIT)
def rollback_hold_policy(
    session: Session, *, actor: Actor, now: datetime, kind: str, version: int, based_on: int | None = None
) -> int:
    """Save an earlier version again as the newest; raises as ``save_hold_policy``, and ``NotFound``."""
    document = version_of(session, "hold", kind, version)
    note = f"as in version {version}"
    return save_hold_policy(session, actor=actor, now=now, document=document, note=note, based_on=based_on)


def seed_hold_policies(session: Session) -> None:
    """Put a policy in place for each cause, none of them active; what is there stays as it is."""
    for kind, parameters in _SEEDED:
        session.execute(
            insert(HoldPolicy).values(kind=kind.value, parameters=parameters, is_active=False).on_conflict_do_nothing()
        )


def _seeded(session: Session, kind: str) -> dict[str, Any] | None:
    row = session.get(HoldPolicy, kind, populate_existing=True)
    return None if row is None else _document(row)


def _document(row: HoldPolicy) -> dict[str, Any]:
    return {
        "kind": row.kind, "is_active": row.is_active, "channels": row.channels, "order_types": row.order_types,
        "parameters": row.parameters,
    }  # fmt: skip


def _faults(session: Session, document: Mapping[str, Any]) -> list[Fault]:
    kind, parameters = document.get("kind"), document.get("parameters") or {}
    faults = check_scope(session, document)
    if kind not in {seeded.value for seeded, _ in _SEEDED}:
        return [*faults, fault("kind", kind, "is unknown")]
    if kind == HoldKind.PREPAYMENT:
        faults += _prepayment_faults(parameters)
    if kind == HoldKind.DELAY and parameters.get("risk_percent") is not None:
        percent = read_number(parameters["risk_percent"])
        if percent is None or not 0 < percent <= 100:
            faults.append(fault("risk_percent", parameters["risk_percent"], "must be above 0 and at most 100"))
    if kind == HoldKind.VALIDATION:
        known = set(session.scalars(select(ValidationRule.code)))
        faults += [fault("rules", rule, "is unknown") for rule in parameters.get("rules") or [] if rule not in known]
    return faults


def _prepayment_faults(parameters: Mapping[str, Any]) -> list[Fault]:
    faults = []
    percent, above = read_number(parameters.get("percent")), read_number(parameters.get("above", 0))
    if percent is None or not 0 < percent <= 100:
        faults.append(fault("percent", parameters.get("percent"), "must be above 0 and at most 100"))
    if above is None or above < 0:
        faults.append(fault("above", parameters.get("above"), "must be at least 0"))
    kinds = parameters.get("customer_kinds") or []
    return faults + [fault("customer_kinds", kind, "is unknown") for kind in kinds if kind not in CUSTOMER_KINDS]
