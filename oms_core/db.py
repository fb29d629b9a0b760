"""The database: declarative base, column types, naming convention, engine and session factory."""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Enum,
    ForeignKey,
    Identity,
    MetaData,
    Numeric,
    create_engine,
)
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

LOCK_TIMEOUT_MS = 3_000
STATEMENT_TIMEOUT_MS = 60_000

BigId = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Money = Annotated[Decimal, mapped_column(Numeric(14, 2))]
UnitCost = Annotated[Decimal, mapped_column(Numeric(14, 4))]
Quantity = Annotated[Decimal, mapped_column(Numeric(14, 3))]
Rate = Annotated[Decimal, mapped_column(Numeric(7, 4))]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]


class Base(DeclarativeBase):
    """Base of every table; constraint names are predictable so that migrations and errors can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def enum_type(members: type[StrEnum], name: str) -> Enum:
    """VARCHAR with a CHECK holding the members' values (SQLAlchemy would store member names)."""
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda kind: [member.value for member in kind],
    )


def foreign(target: str, *, use_alter: bool = False, **options: Any) -> Any:  # noqa: ANN401 - what mapped_column itself takes and gives
    """BIGINT column pointing at ``table.column``; ``use_alter`` where two tables point at each other."""
    return mapped_column(BigInteger, ForeignKey(target, use_alter=use_alter), **options)


class FairPool(QueuePool):
    """A pool that hands connections out first come, first served.

    SQLAlchemy's own lets whoever returns a connection take it again before those who wait: with more threads than
    connections some wait for ten seconds and are turned away while the others work.
    """

    def __init__(self, creator: Any, **options: Any) -> None:  # noqa: ANN401 - what QueuePool itself takes
        super().__init__(creator, **options)
        self._free = self.size() + self._max_overflow
        self._waiting: deque[threading.Event] = deque()
        self._guard = threading.Lock()

    def _do_get(self) -> ConnectionPoolEntry:
        self._take_turn()
        try:
            return super()._do_get()
        except BaseException:
            self._give_turn()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self._give_turn()

    def _take_turn(self) -> None:
        with self._guard:
            if self._free > 0:
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(self._timeout):
            return
        with self._guard:
            if turn.is_set():
                return  # it came at the last moment
            self._waiting.remove(turn)
        raise PoolExhausted(f"No connection became free within {self._timeout:.0f} s.")

    def _give_turn(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


def make_engine(url: str, *, pool_size: int = 10, max_overflow: int = 30) -> Engine:
    """Engine with bounded waits: no lock is waited for longer than 3 s, no statement runs past 60 s."""
    return create_engine(
        url,
        poolclass=FairPool,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=10,
        connect_args={
            "application_name": "cadence",
            "connect_timeout": 5,
            "options": f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"
            " -c plan_cache_mode=force_generic_plan",  # what we prepare is meant to be planned once
        },
    )


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Factory of sessions; rows stay readable after the commit at the door."""
    return sessionmaker(engine, expire_on_commit=False)


class Numbers(str):
    """An array of numbers as the server reads it; made by ``numbers`` alone, so it needs no quoting."""

    __slots__ = ()


def numbers(values: Iterable[int | Decimal | None]) -> Numbers:
    """Write an array of numbers: one literal is cheaper to parse than one per number."""
    return Numbers("{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}")


class Prepared:
    """A statement of a hot path, prepared once per connection: the server parses and plans it only there.

    ``parameters`` are the SQL types of ``$1``, ``$2`` … in order. It runs on the driver's own cursor, inside the
    session's transaction, and therefore raises the driver's errors; flush what the session holds unwritten first.
    """

    def __init__(self, name: str, parameters: Sequence[str], sql: str) -> None:
        self.name = name
        self.parameters = parameters
        self.sql = sql

    def run(self, session: Session, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Execute with ``values`` for ``$1``, ``$2`` … and return all rows."""
        return list(_execute(session, [(self, values)]).fetchall())


def run_together(session: Session, calls: Sequence[tuple[Prepared, Sequence[Any]]]) -> None:
    """Execute several statements that return nothing in one message to the server, in their order."""
    _execute(session, calls)


def _execute(session: Session, calls: Sequence[tuple[Prepared, Sequence[Any]]]) -> Any:  # noqa: ANN401 - no types
    bound = session.bind
    connection = bound if isinstance(bound, Connection) else session.connection()
    cursor = connection.connection.cursor()
    prepared = connection.info.setdefault("prepared_statements", set())
    words = []
    for statement, values in calls:
        if statement.name not in prepared:
            cursor.execute(f"PREPARE {statement.name} ({', '.join(statement.parameters)}) AS {statement.sql}")
            prepared.add(statement.name)
        literals = [_literal(cursor, value) for value in values]
        words.append(f"EXECUTE {statement.name} ({','.join(literals)})")
    cursor.execute(";".join(words))
    return cursor


def _literal(cursor: Any, value: object) -> str:  # noqa: ANN401 - psycopg2 has no types
    """Quote a value. What cannot hold a quote is spared the driver's slower way, and the server the driver's casts."""
    kind = type(value)
    if value is None:
        return "NULL"
    if kind is int or kind is Decimal or kind is Numbers:
        return f"'{value}'"
    if kind is datetime:
        return f"'{value.isoformat()}'"  # type: ignore[attr-defined]
    return str(cursor.mogrify("%s", (value,)), "utf-8")
