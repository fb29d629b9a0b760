"""The customer's 360°: who they are, what their orders came to, what they wait for, and all that happened."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers import profile_sql as sql
from oms_core.customers.privacy import HIDDEN, sees_personal_data
from oms_core.customers.rfm import WINDOW_DAYS, rfm_of
from oms_core.customers.views import (
    AddressView,
    ContactView,
    CustomerBrief,
    CustomerProfile,
    Figures,
    HistoryEntry,
    HistoryPage,
    MergeView,
    OpenOrder,
)
from oms_core.errors import Invalid, NotFound

OPEN_ORDERS = 20
ORDERS_ON_A_PAGE = 20
YEAR = timedelta(days=WINDOW_DAYS)
_HEAD_FIELDS = (
    *("id", "name", "kind", "region", "note", "language", "credit_limit", "terms_days", "manager", "manager_name"),
    *("channel", "external_ref", "created_at", "merged_into_id", "version", "open_tasks", "last_contact_at"),
    *("last_contact_kind", "last_contact_outcome"),
)
_SAID = {"contact", "message", "order.commented"}
_FIGURES = tuple(field.name for field in fields(Figures))


@requires(Permission.CUSTOMER_VIEW)
def read_customer(session: Session, customer_id: int, *, actor: Actor, now: datetime | None = None) -> CustomerProfile:
    """Read a customer with their open orders and the newest page of their history; raises ``NotFound``.

    It takes four statements and about the same time however often they ordered.
    """
    now = now or datetime.now(UTC)
    brief = brief_of(session, customer_id, actor=actor, now=now)
    open_rows = session.execute(sql.OPEN_ORDERS, {"id": customer_id, "now": now, "limit": OPEN_ORDERS})
    merges = [MergeView(*row) for row in session.execute(sql.MERGES, {"id": customer_id})]
    if not sees_personal_data(actor):
        merges = [replace(merge, gone_name=HIDDEN) for merge in merges]
    return CustomerProfile(
        brief=brief,
        open_orders=tuple(OpenOrder(**row._asdict()) for row in open_rows),
        history=_history(session, customer_id, actor=actor, cursor=None),
        merges=tuple(merges),
    )


@requires(Permission.CUSTOMER_VIEW)
def brief_of(session: Session, customer_id: int, *, actor: Actor, now: datetime | None = None) -> CustomerBrief:
    """Read who a customer is and what their orders came to, in one statement; raises ``NotFound``."""
    now = now or datetime.now(UTC)
    rows = session.execute(sql.BRIEF, {"id": customer_id, "now": now, "year_ago": now - YEAR}).mappings().all()
    if not rows:
        raise unknown_customer(customer_id)
    head, rows = rows[0], [row for row in rows if row["currency"] is not None]
    brief = CustomerBrief(
        **{name: head[name] for name in _HEAD_FIELDS},
        tags=tuple(head["tags"]),
        contacts=tuple(ContactView(*one) for one in head["contacts"] or ()),
        addresses=tuple(AddressView(*one) for one in head["addresses"] or ()),
        figures=tuple(Figures(**{name: row[name] for name in _FIGURES}) for row in rows),
    )
    return brief_for(_judged(brief, rows, now), actor)


@requires(Permission.CUSTOMER_VIEW)
def read_history(session: Session, *, actor: Actor, customer_id: int, cursor: str | None = None) -> HistoryPage:
    """Read a page of what happened; ``cursor`` is that of the page before. Raises ``Invalid`` for a foreign one."""
    return _history(session, customer_id, actor=actor, cursor=cursor)


def brief_for(brief: CustomerBrief, actor: Actor) -> CustomerBrief:
    """The customer as this reader may see them: kind, region, tags and figures stay."""
    if sees_personal_data(actor):
        return brief
    return replace(
        brief,
        name=HIDDEN,
        note=HIDDEN if brief.note else "",
        external_ref=HIDDEN if brief.external_ref else None,
        contacts=tuple(replace(contact, value=HIDDEN) for contact in brief.contacts),
        addresses=tuple(replace(address, details={"text": HIDDEN}) for address in brief.addresses),
    )


def unknown_customer(customer_id: int) -> NotFound:
    """The refusal where no customer has this id."""
    return NotFound(f"There is no customer {customer_id}.", code="unknown_customer", rows=[{"id": customer_id}])


def _judged(brief: CustomerBrief, rows: Sequence[RowMapping], now: datetime) -> CustomerBrief:
    """Recency over all orders; money in the currency of the newest."""
    if not rows:
        return brief
    usual: Decimal | None = rows[0]["usual"]
    rfm = rfm_of(
        last_order_at=brief.last_order_at,
        orders=sum(row["year_orders"] for row in rows),
        value=rows[0]["year_value"],
        usual=usual,
        now=now,
    )
    return replace(brief, rfm=rfm)


def _history(session: Session, customer_id: int, *, actor: Actor, cursor: str | None) -> HistoryPage:
    before_at, before_id = (None, None) if cursor is None else _decoded(cursor)
    rows = session.execute(
        sql.HISTORY, {"id": customer_id, "before_at": before_at, "before_id": before_id, "limit": ORDERS_ON_A_PAGE}
    ).all()
    placed = [row for row in rows if row.kind == "order.placed"]
    more = len(placed) == ORDERS_ON_A_PAGE
    return HistoryPage(
        entries=tuple(_entry_for(HistoryEntry(*row[:9]), actor) for row in rows if row.kind is not None),
        next_cursor=_encoded(rows[0].last_at, rows[0].last_id) if more else None,
    )


def _entry_for(entry: HistoryEntry, actor: Actor) -> HistoryEntry:
    """What was said between people is theirs; what happened to orders is the shop's."""
    if sees_personal_data(actor) or entry.kind not in _SAID or not entry.text:
        return entry
    return replace(entry, text=HIDDEN)


def _encoded(at: datetime, order_id: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), order_id]).encode()).decode()


def _decoded(cursor: str) -> tuple[datetime, int]:
    try:
        at, order_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return datetime.fromisoformat(at), int(order_id)
    except (ValueError, TypeError, binascii.Error):
        rows = [{"field": "cursor", "value": cursor[:100], "message": "is not of this list"}]
        raise Invalid("This cursor does not belong to this list.", code="invalid_cursor", rows=rows) from None
