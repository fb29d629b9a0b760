"""Tables of imports: batches, files (known by their hash), and what was rejected or warned about."""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, enum_type, foreign


class BatchState(StrEnum):
    """An active batch is in the tables; an undone one is kept as a record."""

    ACTIVE = "active"
    UNDONE = "undone"


class ImportBatch(Base):
    """One import: everything it wrote bears its id."""

    __tablename__ = "import_batches"

    id: Mapped[BigId]
    kind: Mapped[str] = mapped_column(String(20))
    channel_id: Mapped[int | None] = foreign("channels.id")
    mapping: Mapped[str] = mapped_column(Text, server_default="")
    state: Mapped[BatchState] = mapped_column(enum_type(BatchState, "state"), server_default="active")
    started_at: Mapped[Instant]
    actor_id: Mapped[int] = foreign("users.id")


class ImportFile(Base):
    """A file of a batch; the same content is not taken in twice while its batch is active."""

    __tablename__ = "import_files"
    __table_args__ = (Index("ix_import_files_sha256", "sha256"),)

    id: Mapped[BigId]
    batch_id: Mapped[int] = foreign("import_batches.id", index=True)
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    row_count: Mapped[int] = mapped_column(Integer)


class ImportEntry(Base):
    """What a batch made or changed beside its orders: ids from ``first_id`` to ``last_id`` of a table, or one row.

    Of a row ``before`` is what it was (null where the batch made it) and ``after`` how the batch left it.
    """

    __tablename__ = "import_entries"
    __table_args__ = (Index("ix_import_entries_batch_id", "batch_id", "table_name", "first_id"),)

    id: Mapped[BigId]
    batch_id: Mapped[int] = foreign("import_batches.id")
    table_name: Mapped[str] = mapped_column(String(40))
    first_id: Mapped[int | None] = mapped_column(BigInteger)
    last_id: Mapped[int | None] = mapped_column(BigInteger)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class ImportMapping(Base):
    """How the columns of one source are to be read, kept by name; ``document`` is what a mapping file says."""

    __tablename__ = "import_mappings"

    id: Mapped[BigId]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    channel_id: Mapped[int | None] = foreign("channels.id")
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    actor_id: Mapped[int] = foreign("users.id")
    saved_at: Mapped[Instant]


class ImportRow(Base):
    """A row that was rejected (``severity`` error) or taken in with a remark (warning)."""

    __tablename__ = "import_rows"

    id: Mapped[BigId]
    batch_id: Mapped[int] = foreign("import_batches.id", index=True)
    file: Mapped[str] = mapped_column(String(200))
    line: Mapped[int | None] = mapped_column(Integer)
    column: Mapped[str | None] = mapped_column(String(100))
    severity: Mapped[str] = mapped_column(String(10), server_default=text("'error'"))
    code: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text, server_default="")
