"""Tables of quotations: what was offered to a customer, at which prices, until when."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, Sequence, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, Money, Quantity, Rate, enum_type, foreign
from oms_core.money import RoundingRule

quotation_numbers = Sequence("quotation_numbers", start=1_001, metadata=Base.metadata)


class Quotation(Base):
    """An offer; it becomes an order once (``order_id``), is declined, or runs out after the day ``valid_until``."""

    __tablename__ = "quotations"
    __table_args__ = (
        CheckConstraint("total = gross + shipping AND gross = net + tax", name="totals"),
        Index("ix_quotations_customer_id", "customer_id", "created_at"),
    )

    id: Mapped[BigId]
    number: Mapped[str] = mapped_column(
        String(40), unique=True, server_default=text("('Q'::text || (nextval('quotation_numbers'::regclass))::text)")
    )
    channel_id: Mapped[int] = foreign("channels.id")
    customer_id: Mapped[int] = foreign("customers.id")
    order_type: Mapped[str] = mapped_column(String(20), server_default="sale")
    currency: Mapped[str] = mapped_column(String(3))
    rounding_rule: Mapped[RoundingRule] = mapped_column(
        enum_type(RoundingRule, "rounding_rule"), server_default="half_up"
    )
    valid_until: Mapped[date]
    net: Mapped[Money] = mapped_column(server_default=text("0"))
    tax: Mapped[Money] = mapped_column(server_default=text("0"))
    gross: Mapped[Money] = mapped_column(server_default=text("0"))
    shipping: Mapped[Money] = mapped_column(server_default=text("0"))
    total: Mapped[Money] = mapped_column(server_default=text("0"))
    comment: Mapped[str] = mapped_column(Text, server_default="")
    ship_to: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    delivery_method_id: Mapped[int | None] = foreign("delivery_methods.id")
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[Instant]
    created_by: Mapped[int] = foreign("users.id")
    declined_at: Mapped[Instant | None]
    order_id: Mapped[int | None] = foreign("orders.id", unique=True)


class QuotationLine(Base):
    """A product offered at a price; ``discount`` is money off the whole line."""

    __tablename__ = "quotation_lines"
    __table_args__ = (
        UniqueConstraint("quotation_id", "position"),
        CheckConstraint("quantity > 0 AND unit_price >= 0 AND discount >= 0 AND gross = net + tax", name="money"),
    )

    id: Mapped[BigId]
    quotation_id: Mapped[int] = foreign("quotations.id")
    position: Mapped[int] = mapped_column(SmallInteger)
    product_id: Mapped[int] = foreign("products.id")
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money]
    discount: Mapped[Money] = mapped_column(server_default=text("0"))
    tax_rate: Mapped[Rate] = mapped_column(server_default=text("0"))
    net: Mapped[Money]
    tax: Mapped[Money]
    gross: Mapped[Money]
