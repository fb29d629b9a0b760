"""The hold and approval policies in force, read once in a process for each state of the rules."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.orm import Session

from oms_core.workflow.policy_terms import ApprovalTerms, HoldTerms, Level, Scope, Subject
from oms_core.workflow.rule_set import NO_RULES, SEEN, STAMP

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


_KNOWN: WeakKeyDictionary[Engine, tuple[str, PoliciesInForce]] = WeakKeyDictionary()


def policies_in_force(session: Session) -> PoliciesInForce:
    """The active policies as this transaction sees them: nothing is asked where it knows the state of the rules."""
    stamp = session.info.get(SEEN)
    if stamp is None:
        stamp = session.info[SEEN] = session.scalar(text(STAMP)) or NO_RULES
    bound = session.get_bind()
    engine = bound.engine if isinstance(bound, Connection) else bound
    known = _KNOWN.get(engine)
    if known is None or known[0] != stamp:
        known = _KNOWN[engine] = (stamp, _load(session))
    return known[1]


def forget_policies(session: Session) -> None:
    """Let the transaction that changed a policy see what it changed."""
    session.info.pop(SEEN, None)


def _load(session: Session) -> PoliciesInForce:
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
