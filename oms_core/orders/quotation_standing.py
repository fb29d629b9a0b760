"""Where a quotation stands: locked, still open, settled or run out by the day of its channel."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.catalog.models import Channel, Product
from oms_core.errors import Conflict
from oms_core.orders.entry_pricing import ChannelTerms, channel_terms
from oms_core.orders.models import Order
from oms_core.orders.placement_request import LineRequest
from oms_core.orders.quotation_models import Quotation, QuotationLine
from oms_core.orders.quotation_reads import unknown_quotation


def locked(session: Session, number: str, *, version: int | None) -> tuple[Quotation, ChannelTerms, str]:
    """Lock a quotation, with how its channel prices and the channel's code.

    Raises ``NotFound``, ``Conflict`` (``quotation_ordered``, ``quotation_declined``, ``stale_version``).
    """
    query = select(Quotation).where(Quotation.number == number.replace("\0", "")).with_for_update()
    quotation = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if quotation is None:
        raise unknown_quotation(number)
    # What became of it is told before the version: the second click brings the version of the first.
    _refuse_settled(session, quotation)
    if version is not None and quotation.version != version:
        row = {"given": version, "current": quotation.version}
        raise Conflict("The quotation was changed meanwhile.", code="stale_version", rows=[row])
    code = session.scalars(select(Channel.code).where(Channel.id == quotation.channel_id)).one()
    terms = channel_terms(session, code)
    assert terms is not None  # noqa: S101 - the row points at it
    return quotation, terms, code


def _refuse_settled(session: Session, quotation: Quotation) -> None:
    """Raise ``Conflict`` where it became an order or was declined."""
    if quotation.order_id is not None:
        order = session.scalar(select(Order.number).where(Order.id == quotation.order_id))
        row = {"number": quotation.number, "order": order}
        raise Conflict(f"Quotation {quotation.number} became order {order}.", code="quotation_ordered", rows=[row])
    if quotation.declined_at is not None:
        row = {"number": quotation.number}
        raise Conflict(f"Quotation {quotation.number} was declined.", code="quotation_declined", rows=[row])


def refuse_expired(quotation: Quotation, terms: ChannelTerms, now: datetime) -> None:
    """Raise ``Conflict`` for an offer that ran out, by the day of its channel."""
    if quotation.valid_until < _today(terms, now):
        row = {"number": quotation.number, "valid_until": quotation.valid_until.isoformat()}
        raise Conflict(
            f"Quotation {quotation.number} ran out on {quotation.valid_until}; price it anew.",
            code="quotation_expired", rows=[row],
        )  # fmt: skip


def _today(terms: ChannelTerms, now: datetime) -> date:
    """The day it is where the channel sells."""
    return now.astimezone(ZoneInfo(terms.time_zone)).date()


def last_day(terms: ChannelTerms, now: datetime, days: int) -> date:
    """The last day that an offer of so many days is valid."""
    return _today(terms, now) + timedelta(days=days)


def lines_of(session: Session, quotation_id: int) -> list[LineRequest]:
    """The lines as they were offered, prices said."""
    columns = (Product.sku, QuotationLine.quantity, QuotationLine.unit_price, QuotationLine.discount)
    query = select(*columns).join(Product, Product.id == QuotationLine.product_id)
    query = query.where(QuotationLine.quotation_id == quotation_id).order_by(QuotationLine.position)
    return [LineRequest(*row) for row in session.execute(query).all()]
