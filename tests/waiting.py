"""Who waits for a lock in the test's own database: the server is shared with tests that run at the same time."""

from sqlalchemy import Engine, text

_WAITERS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def waiters(engine: Engine) -> int:
    """Count the connections that wait now; in a transaction of its own, which sees one moment only."""
    with engine.connect() as observer:
        return int(observer.execute(_WAITERS).scalar_one())
