"""Jobs: bringing the marts up to date."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine

from oms_core.errors import Busy
from pipelines.journal_feed import Reading, look, newest_moment, settled_changes
from pipelines.marts import MARTS
from pipelines.marts.building import Scope, build, read_raw, rebuild, scope_of
from pipelines.marts.dimensions import copied_facts_changed, read_dimensions
from pipelines.store import Manifest, Published, Replacement, Store, Watermark

Progress = Callable[[str, float], None]
_LOCK = 7_203_021  # of refreshes of one database
_MOST_DAYS = 0.34  # of all days; beyond it the whole is as quick as its parts


def refresh(engine: Engine, store: Store, *, full: bool = False, progress: Progress | None = None) -> dict[str, Any]:
    """Bring the marts up to date by whole changed days, or rebuild them all as a new version.

    Returns ``{"marts": {name: {"rows", "version", "seconds"}}, "fresh_to", "days", "seconds"}``: ``days`` is how many
    placed days were rebuilt (None: all), the seconds of a mart are those of reading, building, checking and publishing
    it, 0 where nothing changed. Readers see all marts of one refresh at once; a crash before that leaves the former
    publication in place and only repeats work. Raises ``Busy`` when another refresh is running and ``Invalid`` when a
    mart breaks one of its promises.
    """
    report = progress or (lambda _stage, _share: None)
    with _one_reading(engine) as connection:
        report("reading", 0.0)
        started = time.perf_counter()
        reading, dimensions = look(connection), read_dimensions(connection)
        plan = _plan(connection, store, reading, dimensions, full=full)
        publishing = _Publishing(store, plan.scope, report)
        for name, frame in _frames(connection, store, plan.scope):
            publishing.publish(name, frame)
        publishing.publish_if_changed(dimensions)
        marts = _commit(store, reading, plan, publishing)
    report("done", 1.0)
    fresh_to = plan.fresh_to.isoformat() if plan.fresh_to else None
    days = len(plan.scope.placed_days) if plan.scope else None
    return {"marts": marts, "fresh_to": fresh_to, "days": days, "seconds": round(time.perf_counter() - started, 3)}


def _frames(connection: Connection, store: Store, scope: Scope | None) -> Iterable[tuple[str, pl.DataFrame]]:
    if scope is None:
        return rebuild(connection, store)
    return () if scope.is_empty else build(read_raw(connection, scope, store), store)


@contextmanager
def _one_reading(engine: Engine) -> Iterator[Connection]:
    """One snapshot for all that is read, and one refresh at a time."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        if not connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({_LOCK})").scalar_one():
            raise Busy("Another refresh of the marts is running.", code="refresh_running")
        yield connection


@dataclass(frozen=True)
class _Plan:
    """What to rebuild (no scope: everything) and how fresh the marts are then."""

    scope: Scope | None
    fresh_to: datetime | None


def _plan(connection: Connection, store: Store, reading: Reading, dimensions: pl.DataFrame, *, full: bool) -> _Plan:
    watermark = store.watermark()
    if full or watermark is None or not _continues(store, watermark, reading, dimensions):
        return _Plan(scope=None, fresh_to=newest_moment(connection, since=0, until=reading.horizon))
    changes = settled_changes(connection, since=watermark.horizon, until=reading.horizon)
    scope = scope_of(changes, store)
    days = store.scan("order_facts").select(pl.col("placed_day").n_unique()).collect().item()
    fresh_to = max((moment for moment in (changes.latest, watermark.fresh_to) if moment), default=None)
    return _Plan(scope=None if len(scope.placed_days) > max(7, _MOST_DAYS * days) else scope, fresh_to=fresh_to)


def _continues(store: Store, watermark: Watermark, reading: Reading, dimensions: pl.DataFrame) -> bool:
    """Tell whether the marts are of this database's past, have today's columns, and what they copied still holds."""
    is_own_past = watermark.database == reading.database and watermark.horizon <= reading.horizon
    is_whole = set(store.manifest().marts) >= set(MARTS)
    if not (is_own_past and is_whole):
        return False
    has_columns = all(
        dict(store.scan(name).collect_schema()) == dict(pl.Schema(mart.schema)) for name, mart in MARTS.items()
    )
    return has_columns and not copied_facts_changed(store.frame("dimensions"), dimensions)


class _Publishing:
    """Versions written so far and the seconds each took since the one before; without a scope a mart comes in parts."""

    def __init__(self, store: Store, scope: Scope | None, report: Progress) -> None:
        self.published: dict[str, Published] = {}
        self.seconds: dict[str, float] = {}
        self._store, self._scope, self._report = store, scope, report
        self._started = time.perf_counter()

    def publish(self, name: str, frame: pl.DataFrame) -> None:
        replacing = self._scope.replacement(name) if self._scope else None
        if replacing is None or not replacing.is_empty:
            self._write(name, frame, replacing)
        self._started = time.perf_counter()

    def publish_if_changed(self, dimensions: pl.DataFrame) -> None:
        if not self._store.exists("dimensions") or not dimensions.equals(self._store.frame("dimensions")):
            self._write("dimensions", dimensions, None)

    def _write(self, name: str, frame: pl.DataFrame, replacing: Replacement | None) -> None:
        self._report(name, 0.4 + 0.6 * len(self.published) / len(MARTS))
        mart = MARTS[name]
        self.published[name] = self._store.publish(
            name, frame, check=mart.check, replacing=replacing, partition_by=mart.partition_by,
            adds_to=self.published.get(name),
        )  # fmt: skip
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - self._started, 3)


def _commit(store: Store, reading: Reading, plan: _Plan, publishing: _Publishing) -> dict[str, dict[str, Any]]:
    """Name the versions that belong together; what was not rebuilt stays at the version it had."""
    marts = {name: publishing.published.get(name) or store.manifest().marts[name] for name in MARTS}
    watermark = Watermark(
        database=reading.database, horizon=reading.horizon, fresh_to=plan.fresh_to, read_at=reading.read_at
    )
    store.commit(Manifest(marts=marts, watermark=watermark))
    return {name: {**made.model_dump(), "seconds": publishing.seconds.get(name, 0.0)} for name, made in marts.items()}
