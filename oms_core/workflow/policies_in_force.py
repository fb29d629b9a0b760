"""The hold and approval policies in force, read at once."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from oms_core.workflow.policy_terms import ApprovalTerms, HoldTerms, Level, Scope, Subject

# One statement that gives no row where no policy is active: what every placement pays for them.
_IN_FORCE = text("""
SELECT 'hold' AS what, kind AS code, version, '' AS name, '' AS subject, NULL::numeric AS limit_value, channels,
       order_types, parameters AS body, NULL::integer AS time_limit_minutes
FROM hold_policies WHERE is_active
UNION ALL
SELECT 'approval', code, version, name, subject, limit_value, channels, order_types, levels, time_limit_minutes
FROM approval_policies WHERE is_active
ORDER BY what, code
""")
_APPROVALS = text("""
SELECT code, version, name, subject, limit_value, channels, order_types, levels AS body, time_limit_minutes
FROM approval_policies WHERE code = ANY (CAST(:codes AS text[]))
""")


@dataclass(frozen=True, slots=True)
class PoliciesInForce:
    """What holds orders and asks for approvals by itself now."""

    holds: tuple[HoldTerms, ...]
    approvals: tuple[ApprovalTerms, ...]

    @property
    def are_none(self) -> bool:
        """Tell whether nothing happens by itself."""
        return not self.holds and not self.approvals

    def holds_for(self, kind: str) -> bool:
        """Tell whether orders are held by themselves for this kind of cause."""
        return any(terms.kind == kind for terms in self.holds)

    def measures(self, *subjects: Subject) -> bool:
        """Tell whether one of these subjects is measured."""
        return any(terms.subject in subjects for terms in self.approvals)


def policies_in_force(session: Session) -> PoliciesInForce:
    """Read the active policies."""
    rows = session.execute(_IN_FORCE).all()
    return PoliciesInForce(
        holds=tuple(HoldTerms(row.code, _scope(row), row.body) for row in rows if row.what == "hold"),
        approvals=tuple(_approval(row) for row in rows if row.what == "approval"),
    )


def approval_terms(session: Session, codes: Collection[str]) -> dict[str, ApprovalTerms]:
    """Read approval policies by code, active or not: who was asked under one answers by it."""
    return {row.code: _approval(row) for row in session.execute(_APPROVALS, {"codes": sorted(codes)})}


def _approval(row: Row[tuple[object, ...]]) -> ApprovalTerms:
    levels = tuple(
        Level(level["role"], None if level.get("up_to") is None else Decimal(str(level["up_to"]))) for level in row.body
    )
    return ApprovalTerms(
        row.code, row.version, row.name, Subject(row.subject), row.limit_value, _scope(row), levels,
        row.time_limit_minutes,
    )  # fmt: skip


def _scope(row: Row[tuple[object, ...]]) -> Scope:
    return Scope(
        None if row.channels is None else frozenset(row.channels),
        None if row.order_types is None else frozenset(row.order_types),
    )
