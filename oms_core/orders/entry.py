"""Entering an order: what stands in the form becomes an order or a quotation, and its draft is gone with that."""

from datetime import datetime

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.orders.drafts import remove_draft
from oms_core.orders.entry_document import EntryDocument, placement_of
from oms_core.orders.placement import PlacedOrder, place_order
from oms_core.orders.quotations import USUAL_DAYS, MadeQuotation, make_quotation

_ONLY_OF_ORDERS = ("warehouse", "requested_at", "manager", "hold_minutes", "copied_from")


@requires(Permission.ORDER_PLACE)
def place_entered(
    session: Session, *, actor: Actor, now: datetime, document: EntryDocument, allow_backorder: bool = True,
    draft_id: int | None = None, idempotency_key: str | None = None,
) -> PlacedOrder:  # fmt: skip
    """Place the order that stands in a form; its draft goes in the same transaction.

    Raises what ``place_order`` raises, ``Invalid`` (``invalid_order``) for numbers that are none.
    """
    placed = place_order(
        session, actor=actor, now=now, allow_backorder=allow_backorder, idempotency_key=idempotency_key,
        **placement_of(document),
    )  # fmt: skip
    if draft_id is not None:
        remove_draft(session, actor=actor, now=now, draft_id=draft_id)
    return placed


@requires(Permission.ORDER_PLACE)
def quote_entered(
    session: Session, *, actor: Actor, now: datetime, document: EntryDocument, valid_days: int = USUAL_DAYS,
    draft_id: int | None = None,
) -> MadeQuotation:  # fmt: skip
    """Offer what stands in a form as a quotation; its draft goes in the same transaction."""
    asked = placement_of(document)
    for name in _ONLY_OF_ORDERS:
        del asked[name]
    made = make_quotation(session, actor=actor, now=now, valid_days=valid_days, **asked)
    if draft_id is not None:
        remove_draft(session, actor=actor, now=now, draft_id=draft_id)
    return made
