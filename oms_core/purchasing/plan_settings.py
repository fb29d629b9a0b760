"""What buyers ask of the plan: service by class, budget, suppliers' minimum values and closed days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.catalog.models import Supplier
from oms_core.errors import Invalid, NotFound
from oms_core.purchasing.models import ReplenishmentPolicy
from oms_core.purchasing.plan_models import ReplenishmentTarget, ServiceMeasure, SupplierClosure, SupplierOrderTerm

ABC, XYZ = ("A", "B", "C"), ("X", "Y", "Z")


@dataclass(frozen=True, slots=True)
class Target:
    """How much of what service is wanted; ``level`` is a share, 0 to 1."""

    measure: ServiceMeasure
    level: Decimal


@dataclass(frozen=True, slots=True)
class SupplierTerms:
    """A supplier's minimum value of an order and the days, both included, on which it is closed."""

    code: str
    name: str
    minimum_order_value: Decimal | None = None
    closures: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """All that is asked of a plan; classes without a target follow the policy of the warehouse.

    ``suppliers`` are those we buy from, by id.
    """

    budget: Decimal | None = None
    targets: Mapping[tuple[str, str], Target] = field(default_factory=dict)
    suppliers: Mapping[int, SupplierTerms] = field(default_factory=dict)


@requires(Permission.PURCHASE_VIEW)
def read_plan_settings(session: Session) -> PlanSettings:
    """Read what the next plan will be asked for."""
    budget = select(ReplenishmentPolicy.budget).where(ReplenishmentPolicy.warehouse_id.is_(None))
    targets = {
        (row.abc, row.xyz): Target(row.measure, row.level) for row in session.scalars(select(ReplenishmentTarget))
    }
    minimums = {row.supplier_id: row.minimum_order_value for row in session.scalars(select(SupplierOrderTerm))}
    closed: dict[int, list[tuple[date, date]]] = {}
    for row in session.scalars(select(SupplierClosure).order_by(SupplierClosure.first_day)):
        closed.setdefault(row.supplier_id, []).append((row.first_day, row.last_day))
    suppliers = session.scalars(select(Supplier).where(~Supplier.ships_direct).order_by(Supplier.code))
    known = {
        one.id: SupplierTerms(one.code, one.name, minimums.get(one.id), tuple(closed.get(one.id, ())))
        for one in suppliers
    }
    return PlanSettings(session.scalars(budget).one_or_none(), targets, known)


@requires(Permission.PURCHASE_ORDER)
def set_service_targets(
    session: Session, *, actor: Actor, now: datetime, targets: Mapping[tuple[str, str], Target], budget: Decimal | None
) -> int:
    """Say what service is wanted of each class and what a plan may spend (None: whatever is needed); count classes.

    Classes left out follow the policy of the warehouse. Raises Invalid naming the class or the budget at fault.
    """
    _ = actor, now  # the audit tells both
    faults = [
        {"field": "".join(classes), "message": "must be above 0 and below 1"}
        for classes, target in targets.items()
        if classes[0] not in ABC or classes[1] not in XYZ or not 0 < target.level < 1
    ]
    if budget is not None and not (budget.is_finite() and budget >= 0):
        faults.append({"field": "budget", "message": "must be at least 0"})
    if faults:
        raise Invalid("What is asked of the plan cannot be.", code="invalid_plan_settings", rows=faults)
    session.execute(delete(ReplenishmentTarget))
    for (abc, xyz), target in sorted(targets.items()):
        session.add(ReplenishmentTarget(abc=abc, xyz=xyz, measure=target.measure, level=target.level))
    session.execute(update(ReplenishmentPolicy).where(ReplenishmentPolicy.warehouse_id.is_(None)).values(budget=budget))
    session.flush()
    return len(targets)


@requires(Permission.PURCHASE_ORDER)
def set_supplier_terms(
    session: Session, *, actor: Actor, now: datetime, supplier: str, minimum_order_value: Decimal | None,
    closures: Sequence[tuple[date, date]],
) -> SupplierTerms:  # fmt: skip
    """Say what an order to a supplier must be worth and when it is closed (first and last day, both included).

    Raises NotFound, and Invalid naming the value or the row of the closed days at fault.
    """
    _ = actor, now  # the audit tells both
    row = session.scalars(select(Supplier).where(Supplier.code == supplier)).one_or_none()
    if row is None:
        rows = [{"field": "supplier", "value": supplier, "message": "is unknown"}]
        raise NotFound(f"There is no supplier {supplier!r}.", code="unknown_supplier", rows=rows)
    faults: list[dict[str, object]] = [
        {"row": number, "field": "last_day", "value": last.isoformat(), "message": "must not be before the first day"}
        for number, (first, last) in enumerate(closures, start=1)
        if last < first
    ]
    if minimum_order_value is not None and not (minimum_order_value.is_finite() and minimum_order_value > 0):
        faults.append({"field": "minimum_order_value", "value": str(minimum_order_value), "message": "must be above 0"})
    if faults:
        raise Invalid("A supplier's terms cannot be.", code="invalid_supplier_terms", rows=faults)
    session.execute(delete(SupplierOrderTerm).where(SupplierOrderTerm.supplier_id == row.id))
    session.execute(delete(SupplierClosure).where(SupplierClosure.supplier_id == row.id))
    if minimum_order_value is not None:
        session.add(SupplierOrderTerm(supplier_id=row.id, minimum_order_value=minimum_order_value))
    session.add_all(SupplierClosure(supplier_id=row.id, first_day=first, last_day=last) for first, last in closures)
    session.flush()
    return SupplierTerms(row.code, row.name, minimum_order_value, tuple(sorted(closures)))
