"""Tables of invoices: what was billed of an order and what of it was credited, written once."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, Money, Quantity, Rate, enum_type, foreign


class InvoiceKind(StrEnum):
    """An invoice bills what was handed over, a credit note gives back what was returned of it."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceSeries(Base):
    """A run of numbers without gaps, one per kind; its row is locked by whoever takes the next."""

    __tablename__ = "invoice_series"
    __table_args__ = (CheckConstraint("next_sequence > 0", name="next_sequence"),)

    kind: Mapped[InvoiceKind] = mapped_column(enum_type(InvoiceKind, "kind"), primary_key=True)
    prefix: Mapped[str] = mapped_column(String(10), unique=True)
    next_sequence: Mapped[int] = mapped_column(server_default=text("1"))


class Invoice(Base):
    """A numbered document, never changed; ``buyer`` is a copy of the customer as they were, ``shipping`` has no tax.

    A credit note ``corrects`` the invoice whose goods came back. ``total`` is what the buyer owes or gets back.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("kind", "sequence"),
        CheckConstraint("gross = net + tax AND total = gross + shipping AND total >= 0", name="money"),
        CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name="corrects"),
        Index("ix_invoices_order_id", "order_id"),
        Index("ix_invoices_corrects_id", "corrects_id", postgresql_where=text("corrects_id IS NOT NULL")),
    )

    id: Mapped[BigId]
    kind: Mapped[InvoiceKind] = mapped_column(enum_type(InvoiceKind, "kind"))
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(String(30), unique=True)
    order_id: Mapped[int] = foreign("orders.id")
    corrects_id: Mapped[int | None] = foreign("invoices.id")
    issued_at: Mapped[Instant]
    due_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    buyer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    net: Mapped[Money]
    tax: Mapped[Money]
    gross: Mapped[Money]
    shipping: Mapped[Money]
    total: Mapped[Money]
    actor_id: Mapped[int] = foreign("users.id")


class InvoiceLine(Base):
    """A part of an order line as it was billed or credited."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND gross = net + tax", name="money"),
        Index("ix_invoice_lines_order_line_id", "order_line_id"),
    )

    invoice_id: Mapped[int] = foreign("invoices.id", primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    order_line_id: Mapped[int] = foreign("order_lines.id")
    sku: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(300))
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money]
    tax_rate: Mapped[Rate]
    net: Mapped[Money]
    tax: Mapped[Money]
    gross: Mapped[Money]
