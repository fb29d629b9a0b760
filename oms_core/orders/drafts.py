"""Drafts: orders that somebody has begun to enter, kept as they were typed until they are placed or dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.customers.models import Customer
from oms_core.customers.privacy import sees_personal_data
from oms_core.errors import NotFound
from oms_core.orders.desk_models import OrderDraft
from oms_core.orders.entry_document import EntryDocument, entry_of, refuse_oversized
from oms_core.orders.placement_request import MAX_LINES

KEPT = 50
"""Drafts of one person: the oldest gives way to the next."""
_MOST_CHARACTERS = 400_000


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft of one's own."""

    id: int
    title: str
    document: EntryDocument
    updated_at: datetime


@requires(Permission.ORDER_PLACE)
def save_draft(
    session: Session, *, actor: Actor, now: datetime, document: Mapping[str, Any], draft_id: int | None = None,
) -> int:  # fmt: skip
    """Keep what was typed, right or wrong, in the draft of this id or in a new one; returns the id.

    A draft that is gone meanwhile, or somebody else's, is begun anew. Raises ``Invalid`` (``entry_too_large``).
    """
    entry = entry_of(document)
    refuse_oversized(entry, most_lines=MAX_LINES, most_characters=_MOST_CHARACTERS)
    stored = _without_nul(entry.as_dict())
    draft = None if draft_id is None else _own(session, actor, draft_id, lock=True)
    if draft is None:
        _make_room(session, actor)
        draft = OrderDraft(owner_id=actor.id, created_at=now)
        session.add(draft)
    draft.document, draft.updated_at, draft.title = stored, now, _title(entry)
    session.flush()
    return draft.id


@requires(Permission.ORDER_PLACE)
def list_drafts(session: Session, *, actor: Actor) -> list[DraftView]:
    """One's own drafts, the newest first, each titled by whom it is for."""
    query = select(OrderDraft).where(OrderDraft.owner_id == actor.id).order_by(OrderDraft.updated_at.desc())
    views = [_view(draft) for draft in session.scalars(query)]
    known = {view.document.customer.id for view in views if view.document.customer.id is not None}
    if not known or not sees_personal_data(actor):
        return views
    rows = session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(known))).all()
    names = {row.id: row.name for row in rows}
    return [replace(view, title=names.get(view.document.customer.id or 0, view.title)) for view in views]


@requires(Permission.ORDER_PLACE)
def read_draft(session: Session, *, actor: Actor, draft_id: int) -> DraftView:
    """Read a draft of one's own; raises ``NotFound`` for anybody else's too."""
    draft = _own(session, actor, draft_id)
    if draft is None:
        raise NotFound(f"There is no draft {draft_id}.", code="unknown_draft", rows=[{"id": draft_id}])
    return _view(draft)


@requires(Permission.ORDER_PLACE)
def remove_draft(session: Session, *, actor: Actor, now: datetime, draft_id: int) -> bool:  # noqa: ARG001 - as the door calls
    """Drop a draft of one's own; False where there is none (any more): it is gone either way."""
    draft = _own(session, actor, draft_id, lock=True)
    if draft is None:
        return False
    session.delete(draft)
    session.flush()
    return True


def _own(session: Session, actor: Actor, draft_id: int, *, lock: bool = False) -> OrderDraft | None:
    query = select(OrderDraft).where(OrderDraft.id == draft_id, OrderDraft.owner_id == actor.id)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    return session.scalars(query).one_or_none()


def _make_room(session: Session, actor: Actor) -> None:
    """Drop all but the newest, so that one more makes the most that are kept."""
    kept = (
        select(OrderDraft.id)
        .where(OrderDraft.owner_id == actor.id)
        .order_by(OrderDraft.updated_at.desc(), OrderDraft.id.desc())
        .limit(KEPT - 1)
    )
    session.execute(delete(OrderDraft).where(OrderDraft.owner_id == actor.id, OrderDraft.id.not_in(kept)))


def _view(draft: OrderDraft) -> DraftView:
    return DraftView(draft.id, draft.title, entry_of(draft.document), draft.updated_at)


def _title(entry: EntryDocument) -> str:
    """Whom it is for, as typed."""
    return entry.customer.name.strip().replace("\0", "")[:200]


def _without_nul(value: Any) -> Any:  # noqa: ANN401 - whatever a document holds
    """JSON of the database holds no NUL: a character that nobody types."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {name: _without_nul(one) for name, one in value.items()}
    return [_without_nul(one) for one in value] if isinstance(value, list) else value
