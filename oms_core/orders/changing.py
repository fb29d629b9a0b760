"""Changing a placed order: looked at beforehand, then applied at once as a version, and taken back as another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid
from oms_core.inventory.allocation import Allocation, allocate
from oms_core.inventory.backorders import reserve_backorders
from oms_core.journal import Entry, MartDirtyDay, record
from oms_core.orders.change_conflict import refuse_stale
from oms_core.orders.change_document import Document, OrderEdit, differences, edit_back
from oms_core.orders.change_facts import read_levels, read_standing
from oms_core.orders.change_log import last_change
from oms_core.orders.change_plan import ChangePlan, plan_change
from oms_core.orders.change_rules import Planned, facts_after
from oms_core.orders.change_standing import Standing, document_of
from oms_core.orders.change_writing import Written, write_plan
from oms_core.orders.desk_models import OrderChange
from oms_core.orders.locking import lock_order_and_waiting
from oms_core.orders.models import Order
from oms_core.orders.placement_request import Fault, fault
from oms_core.orders.rule_check import Change, checked, foreseen_breaches
from oms_core.orders.rule_parts import Facts
from oms_core.orders.stages import OrderState, enter_status, refuse_outside, status_in_group, status_of
from oms_core.workflow.models import CANCELLABLE_GROUPS, Group
from oms_core.workflow.rule_models import Severity
from oms_core.workflow.rule_set import Breach

_LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class Shortage:
    """A line that would wait for stock: how much of what the change adds to it nothing covers."""

    position: int
    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change would do: both documents, what differs in money, what would wait, and what forbids it.

    ``refund_due`` is what would be paid too much afterwards, ``refund`` how much of that the change brings.
    ``breaches`` are the rules it would break, those that refuse it and those that only warn; with faults none is asked.
    """

    version: int
    currency: str
    before: Document
    after: Document
    differences: Sequence[Mapping[str, Any]]
    net: Decimal
    tax: Decimal
    total: Decimal
    refund: Decimal
    refund_due: Decimal
    due: Decimal
    shortages: Sequence[Shortage]
    faults: Sequence[Fault]
    breaches: Sequence[Breach] = ()

    @property
    def is_refused(self) -> bool:
        """Whether it cannot be saved so."""
        return bool(self.faults) or any(breach.severity is Severity.REFUSE for breach in self.breaches)


@requires(Permission.ORDER_CHANGE)
def preview_change(
    session: Session, *, actor: Actor, now: datetime, number: str, change: OrderEdit, note: str = ""
) -> ChangePreview:
    """Say what a change would do to the order as it stands; nothing is written or locked. Raises ``NotFound``."""
    standing = read_standing(session, number, change, now=now)
    plan = plan_change(standing, change)
    before, after = _documents(standing, plan)
    kept = standing.paid - standing.refunded
    over, over_before = max(Decimal(0), kept - plan.totals.total), max(Decimal(0), kept - standing.totals.total)
    stage = [] if standing.group in CANCELLABLE_GROUPS else [_closed_fault(standing)]
    allocation = _allocated(session, standing, plan)
    faults = [*stage, *plan.faults]
    differing = [one.row() for one in differences(before, after)]
    planned = Planned(standing, plan, allocation)
    breaches = _breaches(session, planned, note, actor=actor, now=now) if differing and not faults else ()
    return ChangePreview(
        version=standing.version, currency=standing.currency, before=before, after=after,
        differences=differing, net=plan.totals.net - standing.totals.net, tax=plan.totals.tax - standing.totals.tax,
        total=plan.totals.total - standing.totals.total, refund=over - over_before, refund_due=over,
        due=max(Decimal(0), plan.totals.total - kept), shortages=_shortages(plan, allocation), faults=faults,
        breaches=breaches,
    )  # fmt: skip


@requires(Permission.ORDER_CHANGE)
def change_order(
    session: Session, *, actor: Actor, now: datetime, number: str, version: int | None, change: OrderEdit,
    note: str = "",
) -> OrderState:  # fmt: skip
    """Change a placed order as far as it is not handed over: at once, as its next version; what it was stays known.

    What becomes free goes to the lines that wait for it, what is added is reserved as far as stock goes. With nothing
    open left of it the order goes into delivery. Raises ``Conflict`` (``stale_version``: rows have what is there and
    what was asked for, field by field; ``not_changeable``; ``nothing_changes``), ``Invalid`` (``invalid_change``)
    naming fields, and as rules do.
    """
    return _change(session, number, version, change, note=note, actor=actor, now=now)


@requires(Permission.ORDER_CHANGE)
def undo_change(session: Session, *, actor: Actor, now: datetime, number: str, version: int | None) -> OrderState:
    """Take the latest change of an order back by another one: what it touched becomes as it was before.

    Raises ``Conflict`` (``nothing_to_undo``) for an order that was never changed, and as ``change_order`` where what
    happened since stands against it.
    """
    last = last_change(session, number)
    if last is None:
        told = f"Order {number} was never changed."
        raise Conflict(told, code="nothing_to_undo", rows=[{"number": number}])
    back = edit_back(last.before, last.diff["changes"])
    return _change(session, number, version, back, undoes=last.version, actor=actor, now=now)


def _change(
    session: Session, number: str, version: int | None, edit: OrderEdit, *, actor: Actor, now: datetime,
    note: str = "", undoes: int | None = None,
) -> OrderState:  # fmt: skip
    order = lock_order_and_waiting(session, number, also_skus=[line.sku for line in edit.lines or ()])
    standing = read_standing(session, number, edit, now=now)
    plan = plan_change(standing, edit)
    before, after = _documents(standing, plan)
    if version is not None and version != order.version:
        refuse_stale(session, order, version, before, after)
    _refuse(session, order, plan, note)
    diff = [one.row() for one in differences(before, after)]
    if not diff:
        raise Conflict(f"Nothing of order {number} would change.", code="nothing_changes", rows=[{"number": number}])
    from_status = order.status
    written = write_plan(session, order, standing, plan, now=now)
    _tell(session, order, diff, written, note=note, undoes=undoes, actor=actor, now=now)
    if plan.leaves_nothing_open:
        enter_status(session, order, status_in_group(session, Group.DELIVER), actor=actor, now=now)
    if any("position" in row for row in diff):
        session.add(MartDirtyDay(channel_id=order.channel_id, day=_first_day(order), cause="order.changed"))
    session.flush()
    reserve_backorders(session, actor=actor, now=now, product_ids=written.freed_product_ids)
    change = Change("change", from_status=from_status, text=note, value=float(plan.totals.total))
    state = checked(session, order, change, actor=actor, now=now)
    session.add(
        OrderChange(
            order_id=order.id, version=state.version, before=before, diff={"changes": diff}, note=note, changed_at=now,
            actor_id=actor.id,
        )
    )  # fmt: skip
    return state


def _refuse(session: Session, order: Order, plan: ChangePlan, note: str) -> None:
    status = status_of(session, order.status)
    refuse_outside(status, order, CANCELLABLE_GROUPS, code="not_changeable", message="cannot be changed any more")
    faults = list(plan.faults)
    if len(note) > _LONGEST_NOTE or "\0" in note:
        faults.append(fault("note", note[:60], f"must be text of at most {_LONGEST_NOTE} characters"))
    if faults:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults[:5])
        raise Invalid(f"The order cannot be changed so: {told}.", code="invalid_change", rows=faults)


def _tell(
    session: Session, order: Order, diff: Sequence[Mapping[str, Any]], written: Written, *, note: str,
    undoes: int | None, actor: Actor, now: datetime,
) -> None:  # fmt: skip
    payload: dict[str, Any] = {"changes": diff, "released": written.released}
    payload |= {name: value for name, value in (("text", note), ("undoes", undoes)) if value}
    entries = [Entry(order.id, "order.changed", now, payload=payload)]
    if written.reserved or written.short:
        told = {"lines": written.reserved, "backordered": written.short}
        entries.append(Entry(order.id, "order.reserved", now, payload=told))
    if written.chosen is not None:
        entries.append(Entry(order.id, "delivery.chosen", now, payload=written.chosen))
    record(session, entries, actor_id=actor.id)


def _documents(standing: Standing, plan: ChangePlan) -> tuple[Document, Document]:
    before = document_of(standing.lines, standing.header, standing.totals)
    return before, document_of(plan.lines, plan.header, plan.totals)


def _allocated(session: Session, standing: Standing, plan: ChangePlan) -> Allocation:
    """From where a plan would be served as stock is now; what it gives back itself serves it too."""
    if not plan.needs:
        return Allocation([], [])
    levels = read_levels(session, [need.product_id for need in plan.needs])
    products = {line.position: line.product_id for line in standing.lines}
    for position, quantity in plan.releases.items():
        of_product = (index for index, level in enumerate(levels) if level.product_id == products[position])
        if (place := next(of_product, None)) is not None:
            levels[place] = replace(levels[place], available=levels[place].available + quantity)
    return allocate(plan.needs, levels)


def _shortages(plan: ChangePlan, allocation: Allocation) -> list[Shortage]:
    skus = {line.position: line.sku for line in plan.lines}
    return [Shortage(one.line, skus[one.line], one.quantity) for one in allocation.short]


def _breaches(session: Session, planned: Planned, note: str, *, actor: Actor, now: datetime) -> Sequence[Breach]:
    order = session.scalars(select(Order).where(Order.number == planned.standing.number)).one()
    change = Change("change", from_status=order.status, text=note, value=float(planned.plan.totals.total))

    def after(facts: Facts, fields: frozenset[str]) -> Facts:
        return facts_after(session, order, facts, planned, fields=fields)

    return foreseen_breaches(session, order, change, after=after, actor=actor, now=now)


def _closed_fault(standing: Standing) -> Fault:
    return fault("status", standing.group.value, "cannot be changed any more")


def _first_day(order: Order) -> date:
    """The first day whose stock may look different: what an order wants counts from when it was placed, by any zone."""
    return (order.placed_at - timedelta(days=1)).date()
