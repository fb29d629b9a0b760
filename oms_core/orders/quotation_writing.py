"""Writing what a quotation offers: its lines priced as an order prices them, and its totals."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NoReturn

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from oms_core.errors import Invalid
from oms_core.money import order_total
from oms_core.orders.delivery_models import DeliveryMethod
from oms_core.orders.entry_pricing import ChannelTerms, line_faults, offers_of
from oms_core.orders.placement_request import MAX_LINES, Fault, LineRequest, fault, is_money
from oms_core.orders.pricing import Offer, PricedLine, price_lines
from oms_core.orders.quotation_models import Quotation, QuotationLine

LONGEST_DAYS = 366
_LONGEST_COMMENT = 10_000


def priced_lines(
    session: Session, channel: str, terms: ChannelTerms, lines: Sequence[LineRequest], faults: Sequence[Fault], *,
    now: datetime,
) -> list[PricedLine]:  # fmt: skip
    """Price the lines; raises ``Invalid`` (``invalid_quotation``) for ``faults`` and all that is wrong with lines."""
    found: list[Fault] = list(faults)
    if not 1 <= len(lines) <= MAX_LINES:
        most = f"may hold at most {MAX_LINES} lines" if lines else "must hold at least one line"
        found.append(fault("lines", len(lines), most))
    offers: list[Offer] = []
    for index, (line, offered) in enumerate(zip(lines, offers_of(session, channel, lines, now=now), strict=True)):
        if offered is None:
            found.append(fault(f"lines[{index}].sku", line.sku[:100], "is unknown"))
            continue
        found += line_faults(index, line, offered)
        offers.append(offered.offer)
    if found:
        refuse(found)
    return price_lines(lines, offers, prices_include_tax=terms.prices_include_tax, rule=terms.rounding_rule)


def write_offer(session: Session, quotation: Quotation, priced: Sequence[PricedLine], shipping: Decimal) -> None:
    """Let a quotation offer exactly these lines at this charge."""
    totals = order_total([line.total for line in priced], shipping)
    for name in ("net", "tax", "gross", "shipping", "total"):
        setattr(quotation, name, getattr(totals, name))
    session.flush()
    session.execute(delete(QuotationLine).where(QuotationLine.quotation_id == quotation.id))
    session.add_all(
        QuotationLine(
            quotation_id=quotation.id,
            position=position,
            product_id=line.product_id,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            tax_rate=line.tax_rate,
            net=line.total.net,
            tax=line.total.tax,
            gross=line.total.gross,
        )
        for position, line in enumerate(priced, 1)
    )
    session.flush()


def method_of(session: Session, code: str | None, faults: list[Fault]) -> DeliveryMethod | None:
    """The delivery method of this code; what is wrong with it is added to the faults."""
    if code is None:
        return None
    method = session.scalars(select(DeliveryMethod).where(DeliveryMethod.code == code)).one_or_none()
    if method is None or not method.is_active:
        faults.append(fault("delivery_method", code[:40], "is unknown" if method is None else "is no longer in use"))
        return None
    return method


def term_faults(*, comment: str | None, shipping: Decimal | None, valid_days: int | None) -> list[Fault]:
    """What is wrong with the terms in themselves; None is a term left as it is."""
    faults = []
    if comment is not None and (len(comment) > _LONGEST_COMMENT or "\0" in comment):
        faults.append(fault("comment", None, f"must be text of at most {_LONGEST_COMMENT} characters"))
    if shipping is not None and not is_money(shipping):
        faults.append(fault("shipping", shipping, "must be money of at least 0 with at most two decimals"))
    if valid_days is not None and not 0 <= valid_days <= LONGEST_DAYS:
        faults.append(fault("valid_days", valid_days, f"must be from 0 to {LONGEST_DAYS}"))
    return faults


def refuse(faults: Sequence[Fault]) -> NoReturn:
    """Raise ``Invalid`` with the fields at fault; the message tells the first five."""
    told = "; ".join(f"{one['field']} {one['message']}" for one in faults[:5])
    raise Invalid(f"The quotation cannot be kept so: {told}.", code="invalid_quotation", rows=faults)
