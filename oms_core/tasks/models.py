"""Tables of tasks and of messages drafted for customers."""

from sqlalchemy import Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, foreign


class Task(Base):
    """Something to be done by a person; ``rule`` names the automation rule that asked for it."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_order_id", "order_id"),
        Index("ix_tasks_open", "assignee_id", "due_at", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[BigId]
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    order_id: Mapped[int | None] = foreign("orders.id")
    assignee_id: Mapped[int | None] = foreign("users.id")
    due_at: Mapped[Instant | None]
    done_at: Mapped[Instant | None]
    done_by: Mapped[int | None] = foreign("users.id")
    expected_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    note: Mapped[str] = mapped_column(Text, server_default="")
    rule: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[Instant]
    created_by: Mapped[int] = foreign("users.id")


class Message(Base):
    """A message to the customer of an order: a draft until somebody sends or discards it."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_order_id", "order_id"),)

    id: Mapped[BigId]
    order_id: Mapped[int] = foreign("orders.id")
    template: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), server_default="draft")
    rule: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[Instant]
    created_by: Mapped[int] = foreign("users.id")
