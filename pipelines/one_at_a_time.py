"""Work that one process of a database does at a time: an advisory lock, held for as long as its connection lives."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from oms_core.errors import Busy

_TAKE = text("SELECT pg_try_advisory_lock(:lock)")
_GIVE_BACK = text("SELECT pg_advisory_unlock(:lock)")


@contextmanager
def one_at_a_time(engine: Engine, lock: int, refusal: Busy) -> Iterator[Connection]:
    """Hold the lock without a transaction; raises ``refusal`` where another one holds it.

    The connection is lent to see whether the lock still holds: it goes with the connection.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(_TAKE, {"lock": lock}).scalar_one():
            raise refusal
        try:
            yield connection
        finally:
            # A connection that was lost has lost the lock; one that lives goes back to the pool and would keep it.
            if not connection.invalidated:
                connection.execute(_GIVE_BACK, {"lock": lock})
