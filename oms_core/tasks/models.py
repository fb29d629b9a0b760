"""Tables of tasks, of attempts to reach a customer and of messages to them."""

from sqlalchemy import Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, foreign


class Task(Base):
    """Something to be done by a person; ``rule`` names the automation rule that asked for it.

    ``status`` is the status of the order that the task belongs to: leaving it closes the task. ``first_due_at`` is when
    it was due before anybody put it off. Done without ``done_by``: nobody did it, the order went on without it.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_order_id", "order_id"),
        Index("ix_tasks_customer_id", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
        Index("ix_tasks_open", "assignee_id", "due_at", postgresql_where=text("done_at IS NULL")),
        Index("ix_tasks_done", "assignee_id", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )

    id: Mapped[BigId]
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    order_id: Mapped[int | None] = foreign("orders.id")
    customer_id: Mapped[int | None] = foreign("customers.id")
    status: Mapped[str | None] = mapped_column(String(40))
    assignee_id: Mapped[int | None] = foreign("users.id")
    due_at: Mapped[Instant | None]
    first_due_at: Mapped[Instant | None]
    done_at: Mapped[Instant | None]
    done_by: Mapped[int | None] = foreign("users.id")
    expected_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    note: Mapped[str] = mapped_column(Text, server_default="")
    rule: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[Instant]
    created_by: Mapped[int] = foreign("users.id")


class Message(Base):
    """A message to a customer, mostly about an order: a draft until somebody sends or discards it.

    ``recipient`` is the address of e-mail. A message to be sent is ``queued``, ``sending`` while its adapter has it,
    then ``sent``, or ``failed`` once that gave up (``error`` says why).
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_order_id", "order_id"),
        Index("ix_messages_customer_id", "customer_id"),
        Index("ix_messages_queued", "send_after", postgresql_where=text("state IN ('queued', 'sending')")),
    )

    id: Mapped[BigId]
    order_id: Mapped[int | None] = foreign("orders.id")
    customer_id: Mapped[int | None] = foreign("customers.id")
    recipient: Mapped[str | None] = mapped_column(String(200))
    template: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), server_default="draft")
    rule: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[Instant]
    created_by: Mapped[int] = foreign("users.id")
    send_after: Mapped[Instant | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    sent_at: Mapped[Instant | None]
    sent_by: Mapped[int | None] = foreign("users.id")
    error: Mapped[str] = mapped_column(Text, server_default="")


class ContactAttempt(Base):
    """Somebody tried to reach a customer, or was reached by them; insert-only."""

    __tablename__ = "contact_attempts"
    __table_args__ = (
        Index("ix_contact_attempts_customer_id", "customer_id", "occurred_at"),
        Index("ix_contact_attempts_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
    )

    id: Mapped[BigId]
    customer_id: Mapped[int] = foreign("customers.id")
    order_id: Mapped[int | None] = foreign("orders.id")
    task_id: Mapped[int | None] = foreign("tasks.id")
    kind: Mapped[str] = mapped_column(String(20))
    direction: Mapped[str] = mapped_column(String(10), server_default="out")
    outcome: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, server_default="")
    occurred_at: Mapped[Instant]
    actor_id: Mapped[int] = foreign("users.id")
