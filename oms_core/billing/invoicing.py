"""Invoicing: what was handed over is billed, what came back of it is credited, each document once and for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.billing.invoice_models import Invoice, InvoiceKind, InvoiceLine
from oms_core.errors import Conflict
from oms_core.journal import Entry, record
from oms_core.orders.locking import lines_of, lock_order
from oms_core.orders.models import Order, OrderLine
from oms_core.orders.shares import share_of

NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """A document just issued: its number, its kind and what it comes to."""

    number: str
    kind: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class _Part:
    """So much of a line, and its money after ``before`` of the line was billed already."""

    line: OrderLine
    quantity: Decimal
    before: Decimal

    @property
    def net(self) -> Decimal:
        return share_of(self.line.net, self.quantity, of=self.line.quantity, before=self.before)

    @property
    def tax(self) -> Decimal:
        return share_of(self.line.tax, self.quantity, of=self.line.quantity, before=self.before)


# Locked until the end of the transaction: what is rolled back gives its number to the next.
_NEXT = text("""
UPDATE invoice_series SET next_sequence = next_sequence + 1 WHERE kind = :kind
RETURNING next_sequence - 1 AS sequence, prefix || lpad((next_sequence - 1)::text, 6, '0') AS number
""")
_BILLED = text("""
SELECT x.order_line_id, coalesce(i.corrects_id, i.id) AS invoice_id,
       sum(CASE i.kind WHEN 'invoice' THEN x.quantity ELSE -x.quantity END) AS quantity
FROM invoices i JOIN invoice_lines x ON x.invoice_id = i.id
WHERE i.order_id = :order_id
GROUP BY 1, 2 ORDER BY 1, 2
""")
_BUYER = text("""
SELECT c.name, c.kind, c.terms_days, h.time_zone,
       (SELECT value FROM contacts k WHERE k.customer_id = c.id AND k.kind = 'email' ORDER BY k.id LIMIT 1) AS email,
       (SELECT value FROM contacts k WHERE k.customer_id = c.id AND k.kind = 'phone' ORDER BY k.id LIMIT 1) AS phone
FROM customers c, channels h WHERE c.id = :customer_id AND h.id = :channel_id
""")
_GOODS = text("SELECT id, sku, name FROM products WHERE id = ANY (CAST(:ids AS bigint[]))")


@requires(Permission.INVOICE_ISSUE)
def issue_invoices(
    session: Session, *, actor: Actor, now: datetime, number: str, version: int | None = None
) -> tuple[IssuedInvoice, ...]:
    """Bill what was handed over, did not come back and is on no invoice yet; credit what came back after it was billed.

    An invoice for the former, the first of an order with its shipping charge; a credit note for each invoice of whose
    goods something came back. Payable so many days after today as the customer's terms say. Raises ``Conflict``
    (``nothing_to_invoice``) where every document is there already: asked twice, nothing is billed twice.
    """
    order = lock_order(session, number, version=version)
    billed = _billed(session, order)
    to_bill, to_credit = _due(lines_of(session, order), billed)
    if not to_bill and not to_credit:
        raise Conflict(
            f"Nothing of order {number} is to be invoiced now: goods are billed once they are handed over.",
            code="nothing_to_invoice", rows=[{"number": number}],
        )  # fmt: skip
    documents = [_write(session, order, to_bill, None, actor=actor, now=now)] if to_bill else []
    documents += [
        _write(session, order, parts, invoice_id, actor=actor, now=now) for invoice_id, parts in to_credit.items()
    ]
    told = [{"number": one.number, "kind": one.kind, "total": str(one.total)} for one in documents]
    record(
        session, [Entry(order.id, "invoice.issued", now, payload=payload) for payload in told], actor_id=actor.id
    )  # fmt: skip
    return tuple(documents)


def _billed(session: Session, order: Order) -> dict[int, dict[int, Decimal]]:
    """By order line and invoice, how much of it stands billed: what was credited again is off."""
    found: dict[int, dict[int, Decimal]] = {}
    for row in session.execute(_BILLED, {"order_id": order.id}):
        found.setdefault(row.order_line_id, {})[row.invoice_id] = row.quantity
    return found


def _due(
    lines: Sequence[OrderLine], billed: Mapping[int, Mapping[int, Decimal]]
) -> tuple[list[_Part], dict[int, list[_Part]]]:
    """What is to be billed, and by invoice what is to be credited, the newest invoice first."""
    to_bill: list[_Part] = []
    to_credit: dict[int, list[_Part]] = {}
    for line in lines:
        standing = sum(billed.get(line.id, {}).values(), NONE)
        missing = line.quantity_shipped - line.quantity_returned - standing
        if missing > 0:
            to_bill.append(_Part(line, missing, standing))
        for invoice_id, quantity in sorted(billed.get(line.id, {}).items(), reverse=True):
            part = min(-missing, quantity)
            if part > 0:
                missing += part
                standing -= part
                to_credit.setdefault(invoice_id, []).append(_Part(line, part, standing))
    return to_bill, to_credit


def _write(
    session: Session, order: Order, parts: Sequence[_Part], corrects_id: int | None, *, actor: Actor, now: datetime
) -> IssuedInvoice:
    kind = InvoiceKind.INVOICE if corrects_id is None else InvoiceKind.CREDIT_NOTE
    buyer = session.execute(_BUYER, {"customer_id": order.customer_id, "channel_id": order.channel_id}).one()
    is_first = session.scalar(select(func.count()).where(Invoice.order_id == order.id)) == 0
    net, tax = sum((part.net for part in parts), NONE), sum((part.tax for part in parts), NONE)
    shipping = order.shipping if is_first else NONE
    drawn = session.execute(_NEXT, {"kind": kind.value}).one()
    today = now.astimezone(ZoneInfo(buyer.time_zone)).date()
    invoice = Invoice(
        kind=kind, sequence=drawn.sequence, number=drawn.number, order_id=order.id, corrects_id=corrects_id,
        issued_at=now, due_on=today + timedelta(days=buyer.terms_days if corrects_id is None else 0),
        currency=order.currency, buyer=_buyer_of(buyer, order.ship_to), net=net, tax=tax, gross=net + tax,
        shipping=shipping, total=net + tax + shipping, actor_id=actor.id,
    )  # fmt: skip
    session.add(invoice)
    session.flush()
    goods = {row.id: row for row in session.execute(_GOODS, {"ids": [part.line.product_id for part in parts]})}
    session.add_all(_line(invoice, part, goods[part.line.product_id]) for part in parts)
    session.flush()
    return IssuedInvoice(invoice.number, kind.value, invoice.total)


def _line(invoice: Invoice, part: _Part, product: Any) -> InvoiceLine:  # noqa: ANN401 - a row
    line = part.line
    return InvoiceLine(
        invoice_id=invoice.id, position=line.position, order_line_id=line.id, sku=product.sku, name=product.name,
        quantity=part.quantity, unit_price=line.unit_price, tax_rate=line.tax_rate, net=part.net, tax=part.tax,
        gross=part.net + part.tax,
    )  # fmt: skip


def _buyer_of(buyer: Any, ship_to: Mapping[str, Any] | None) -> dict[str, Any]:  # noqa: ANN401 - a row
    """A copy of whom it was billed to: it stays as they were, whatever becomes of their profile."""
    return {
        "name": buyer.name, "kind": buyer.kind, "email": buyer.email, "phone": buyer.phone, "ship_to": ship_to,
    }  # fmt: skip
