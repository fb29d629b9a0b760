"""Merging two customers who are one, and taking that back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers import merge_tables as tables
from oms_core.customers.models import Customer, CustomerMerge
from oms_core.customers.profile import unknown_customer
from oms_core.errors import Conflict, Invalid, NotFound

# Taken over from the one who goes where the one who stays has nothing.
_FILLED = ("region", "language", "manager_id", "credit_limit")


@requires(Permission.CUSTOMER_EDIT)
def merge_customers(
    session: Session, *, actor: Actor, now: datetime, kept_id: int, gone_id: int, kept_version: int | None = None,
    gone_version: int | None = None,
) -> int:  # fmt: skip
    """Give all that is one customer's to another, who stays; returns the id by which it can be undone.

    What both have is kept once, tags are united, notes joined, and what the one who stays lacks is taken over. Raises
    ``Invalid`` for one and the same, ``Conflict`` (``customer_merged``, ``stale_version``), ``NotFound``.
    """
    if kept_id == gone_id:
        rows = [{"field": "gone_id", "value": gone_id, "message": "is the same customer"}]
        raise Invalid("A customer cannot be merged into themselves.", code="same_customer", rows=rows)
    kept, gone = _lock_both(session, kept_id, gone_id)
    _refuse_merged(kept, gone)
    _refuse_stale(kept, kept_version)
    _refuse_stale(gone, gone_version)
    merge = CustomerMerge(kept_id=kept_id, gone_id=gone_id, merged_at=now, actor_id=actor.id, moved={})
    session.add(merge)
    session.flush()
    doubles = {
        table: tables.take_out_doubles(session, table, gone_id=gone_id, kept_id=kept_id) for table in tables.DOUBLES
    }
    moved = {table: tables.rows_of(session, table, gone_id) for table in tables.TABLES}
    for table, ids in moved.items():
        tables.hand_over(session, table, ids, to=kept_id)
    merge.moved = {"rows": moved, "doubles": doubles, "fields": _take_over(kept, gone)}
    gone.merged_into_id = kept_id
    kept.version, gone.version = kept.version + 1, gone.version + 1
    tables.tell_orders(
        session, moved["orders"], merge_id=merge.id, former=gone_id, present=kept_id, actor_id=actor.id, now=now
    )
    return merge.id


@requires(Permission.CUSTOMER_EDIT)
def undo_merge(session: Session, *, actor: Actor, now: datetime, merge_id: int) -> int:
    """Give back what changed hands, row by row, and return the id of the customer who is there again.

    What came since stays where it is. Raises ``Conflict``: ``merge_undone``, or ``merge_built_upon`` with a row for
    each thing that was changed since in a way that contradicts it; ``NotFound``.
    """
    merge = session.get(CustomerMerge, merge_id, with_for_update=True, populate_existing=True)
    if merge is None:
        raise NotFound(f"There is no merge {merge_id}.", code="unknown_merge", rows=[{"id": merge_id}])
    if merge.undone_at is not None:
        raise Conflict("This merge was undone already.", code="merge_undone", rows=[{"id": merge_id}])
    kept, gone = _lock_both(session, merge.kept_id, merge.gone_id)
    moved: Mapping[str, Sequence[int]] = merge.moved["rows"]
    if contradictions := _contradictions(session, merge, kept, gone):
        raise Conflict(
            "Something that changed hands was changed since, so the merge cannot be undone.",
            code="merge_built_upon",
            rows=contradictions,
        )
    tables.lock_orders(session, moved["orders"])
    for table, ids in moved.items():
        tables.hand_over(session, table, ids, to=gone.id)
    for table, rows in merge.moved["doubles"].items():
        tables.put_back(session, table, rows)
    for name, change in merge.moved["fields"].items():
        setattr(kept, name, _as_kept(name, change["before"]))
    gone.merged_into_id = None
    kept.version, gone.version = kept.version + 1, gone.version + 1
    merge.undone_at, merge.undone_by = now, actor.id
    tables.tell_orders(
        session, moved["orders"], merge_id=merge.id, former=kept.id, present=gone.id, actor_id=actor.id, now=now
    )
    return gone.id


def _lock_both(session: Session, *customer_ids: int) -> tuple[Customer, Customer]:
    """Lock both whole and in the order of their ids: nobody places an order for one of them meanwhile."""
    query = select(Customer).where(Customer.id.in_(customer_ids)).order_by(Customer.id).with_for_update()
    found = {one.id: one for one in session.scalars(query.execution_options(populate_existing=True))}
    for customer_id in customer_ids:
        if customer_id not in found:
            raise unknown_customer(customer_id)
    first, second = customer_ids
    return found[first], found[second]


def _refuse_merged(*customers: Customer) -> None:
    rows = [{"id": one.id, "into": one.merged_into_id} for one in customers if one.merged_into_id is not None]
    if rows:
        raise Conflict("This customer was merged into another.", code="customer_merged", rows=rows)


def _refuse_stale(customer: Customer, version: int | None) -> None:
    if version is not None and version != customer.version:
        row = {"field": "version", "given": version, "current": customer.version, "id": customer.id}
        raise Conflict("The customer was changed meanwhile.", code="stale_version", rows=[row])


def _take_over(kept: Customer, gone: Customer) -> dict[str, dict[str, Any]]:
    """Complete the one who stays; returns what was changed, with the value before and after."""
    after: dict[str, Any] = {
        name: getattr(gone, name) for name in _FILLED if getattr(kept, name) is None and getattr(gone, name) is not None
    }
    after["tags"] = [*kept.tags, *(tag for tag in gone.tags if tag not in kept.tags)]
    after["note"] = "\n".join(note for note in dict.fromkeys((kept.note, gone.note)) if note)
    after["terms_days"] = kept.terms_days or gone.terms_days
    changed = {}
    for name, value in after.items():
        before = getattr(kept, name)
        if before != value:
            changed[name] = {"before": _plain(before), "after": _plain(value)}
            setattr(kept, name, value)
    return changed


def _contradictions(session: Session, merge: CustomerMerge, kept: Customer, gone: Customer) -> list[dict[str, Any]]:
    if gone.merged_into_id != kept.id or kept.merged_into_id is not None:
        return [{"field": "merge", "value": kept.id, "message": "was merged again since"}]
    rows = [
        {"field": table, "value": one, "message": "was removed or given to somebody else since"}
        for table, ids in merge.moved["rows"].items()
        for one in tables.not_with(session, table, ids, customer_id=kept.id)
    ]
    rows += [
        {"field": name, "value": str(_plain(getattr(kept, name))), "message": "was changed since"}
        for name, change in merge.moved["fields"].items()
        if _plain(getattr(kept, name)) != change["after"]
    ]
    return rows


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column's value, as JSON keeps it
    return str(value) if isinstance(value, Decimal) else list(value) if isinstance(value, list) else value


def _as_kept(name: str, value: Any) -> Any:  # noqa: ANN401
    return Decimal(value) if name == "credit_limit" and value is not None else value
