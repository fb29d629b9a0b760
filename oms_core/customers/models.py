"""Tables of customers: who they are, how to reach them, where to deliver."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, Money, enum_type, foreign


class CustomerKind(StrEnum):
    """A company (b2b) or a person (b2c)."""

    B2B = "b2b"
    B2C = "b2c"


class ContactKind(StrEnum):
    """How a customer is reached."""

    PHONE = "phone"
    EMAIL = "email"
    MESSENGER = "messenger"


class Customer(Base):
    """A customer; ``external_ref`` is the name the channel of origin knows them by.

    ``manager_id`` looks after them, ``language`` is what they are written to in. One that was merged into another stays
    as a row, without orders or contacts.
    """

    __tablename__ = "customers"
    __table_args__ = (
        Index(
            "uq_customers_channel_external_ref",
            "channel_id",
            "external_ref",
            unique=True,
            postgresql_where=text("external_ref IS NOT NULL"),
        ),
        Index("ix_customers_name_words", text("to_tsvector('simple', name)"), postgresql_using="gin"),
        Index("ix_customers_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index("ix_customers_tags", "tags", postgresql_using="gin", postgresql_where=text("tags <> '{}'")),
        CheckConstraint("merged_into_id <> id", name="merged_into_another"),
    )

    id: Mapped[BigId]
    channel_id: Mapped[int | None] = foreign("channels.id")
    external_ref: Mapped[str | None] = mapped_column(String(100))
    kind: Mapped[CustomerKind] = mapped_column(enum_type(CustomerKind, "kind"), server_default="b2c")
    name: Mapped[str] = mapped_column(String(200))
    region: Mapped[str | None] = mapped_column(String(60))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    credit_limit: Mapped[Money | None]
    terms_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    manager_id: Mapped[int | None] = foreign("users.id", use_alter=True)
    note: Mapped[str] = mapped_column(Text, server_default="")
    language: Mapped[str | None] = mapped_column(String(10))
    merged_into_id: Mapped[int | None] = foreign("customers.id")
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class Contact(Base):
    """A phone, address of e-mail or messenger; ``normalised`` is what search compares."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "normalised"),
        Index("ix_contacts_normalised", "normalised"),
        Index("ix_contacts_reversed", text("reverse(normalised)")),  # the last digits of a phone
    )

    id: Mapped[BigId]
    customer_id: Mapped[int] = foreign("customers.id")
    kind: Mapped[ContactKind] = mapped_column(enum_type(ContactKind, "kind"))
    value: Mapped[str] = mapped_column(String(200))
    normalised: Mapped[str] = mapped_column(String(200))


class Address(Base):
    """A place to deliver to; an order keeps a copy of its own."""

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("customer_id", "details"),)

    id: Mapped[BigId]
    customer_id: Mapped[int] = foreign("customers.id")
    region: Mapped[str | None] = mapped_column(String(60))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class CustomerMerge(Base):
    """One customer merged into another; ``moved`` lists by table what changed hands, so that it can be undone."""

    __tablename__ = "customer_merges"
    __table_args__ = (Index("ix_customer_merges_kept_id", "kept_id"), Index("ix_customer_merges_gone_id", "gone_id"))

    id: Mapped[BigId]
    kept_id: Mapped[int] = foreign("customers.id")
    gone_id: Mapped[int] = foreign("customers.id")
    merged_at: Mapped[Instant]
    actor_id: Mapped[int] = foreign("users.id")
    moved: Mapped[dict[str, Any]] = mapped_column(JSONB)
    undone_at: Mapped[Instant | None]
    undone_by: Mapped[int | None] = foreign("users.id")


class CustomerSegment(Base):
    """A saved question about customers: ``definition`` names its conditions; who is in it is counted when asked."""

    __tablename__ = "customer_segments"

    id: Mapped[BigId]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    owner_id: Mapped[int] = foreign("users.id")
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[Instant]
