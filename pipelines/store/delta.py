"""Publishing and reading: checked before it is published, atomic, versioned, cached by version."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from oms_core.errors import Invalid, NotFound
from pipelines.store.manifest import Manifest, Published, Watermark

_MANIFEST = "manifest"
# Versions are kept this long for reports as of a past moment.
_KEPT = {"delta.logRetentionDuration": "interval 400 days", "delta.deletedFileRetentionDuration": "interval 400 days"}


@dataclass(frozen=True)
class Replacement:
    """The whole days that a frame replaces: the named ones and every one from ``since`` on."""

    column: str
    days: Sequence[date] = ()
    since: date | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is replaced."""
        return not self.days and self.since is None

    def sql(self) -> str:
        """Predicate of the rows replaced, in Delta's SQL."""
        parts = [f"{self.column} IN ({', '.join(_literal(day) for day in self.days)})"] if self.days else []
        parts += [f"{self.column} >= {_literal(self.since)}"] if self.since else []
        return " OR ".join(parts)

    def expression(self) -> pl.Expr:
        """Tell of each row whether it is replaced."""
        named = pl.col(self.column).is_in(pl.Series(sorted(self.days), dtype=pl.Date).implode())
        return named | (pl.col(self.column) >= self.since) if self.since else named


@dataclass(frozen=True)
class TableCheck:
    """What a frame must satisfy to be published; ``identities`` are true on every row."""

    schema: Mapping[str, pl.DataType | type[pl.DataType]]
    grain: Sequence[str]
    identities: Mapping[str, pl.Expr]

    def require(self, name: str, frame: pl.DataFrame) -> None:
        """Refuse a frame that breaks a promise, naming the promise and the first rows at fault."""
        if dict(frame.schema) != dict(pl.Schema(self.schema)):
            differing = sorted(str(field) for field in set(frame.schema.items()) ^ set(pl.Schema(self.schema).items()))
            raise Invalid(f"{name}: the frame does not have the declared columns: {differing}", code="mart_schema")
        twice = frame.select(self.grain).filter(pl.struct(self.grain).is_duplicated()) if self.grain else frame.clear()
        if twice.height:
            raise Invalid(f"{name}: {twice.height} rows share their grain", code="mart_grain", rows=_first(twice))
        for title, holds in self.identities.items():
            broken = frame.filter(~holds.fill_null(value=False))
            if broken.height:
                raise Invalid(f"{name}: {title} fails", code="mart_identity", rows=_first(broken))


class Store:
    """Delta tables under one address (a folder or an object store).

    Tables in the manifest are read at the version it names, so that all marts of one refresh appear at once;
    any other table (forecasts) is read at its newest version.
    """

    def __init__(self, marts_url: str) -> None:
        """Name the address; nothing is opened yet."""
        self._url = marts_url.rstrip("/")
        self._frames: dict[str, tuple[int, pl.DataFrame]] = {}
        self._manifest: tuple[int, Manifest] = (-1, Manifest())
        self._lock = threading.Lock()

    def manifest(self) -> Manifest:
        """Return the newest publication; an empty one before the first."""
        newest = self._newest(_MANIFEST)
        if newest != self._manifest[0]:
            document = pl.read_delta(self._address(_MANIFEST), version=newest) if newest >= 0 else None
            loaded = Manifest() if document is None else Manifest.model_validate_json(document["document"][0])
            self._manifest = (newest, loaded)
        return self._manifest[1]

    def watermark(self) -> Watermark | None:
        """Up to where the feeds are in the marts; None before the first refresh."""
        return self.manifest().watermark

    def fresh_to(self) -> datetime | None:
        """When the newest event in the marts happened; None before the first refresh."""
        watermark = self.watermark()
        return watermark.fresh_to if watermark else None

    def exists(self, name: str) -> bool:
        """Tell whether the table was ever published."""
        return self._version(name) >= 0

    def version(self, name: str) -> int:
        """Version that readers see; raises ``NotFound`` before the first publication."""
        version = self._version(name)
        if version < 0:
            raise NotFound(f"'{name}' is not published yet; run `oms refresh`.", code="mart_missing")
        return version

    def versions(self, *names: str) -> str:
        """Key that changes whenever the marts, or one of the other tables named, are published anew; cheap."""
        return ":".join(str(self._newest(name)) for name in (_MANIFEST, *names))

    def scan(self, name: str, *, version: int | None = None) -> pl.LazyFrame:
        """Read a table lazily at the version readers see, or at a given one."""
        return pl.scan_delta(self._address(name), version=self.version(name) if version is None else version)

    def frame(self, name: str) -> pl.DataFrame:
        """Read a whole table; kept in this process until its version changes. Do not modify it."""
        version = self.version(name)
        with self._lock:
            cached = self._frames.get(name)
        if cached is None or cached[0] != version:
            cached = (version, self.scan(name, version=version).collect())
            with self._lock:
                self._frames[name] = cached
        return cached[1]

    def publish(
        self,
        name: str,
        frame: pl.DataFrame | pl.LazyFrame,
        *,
        check: TableCheck | None = None,
        replacing: Replacement | None = None,
        partition_by: Iterable[str] = (),
    ) -> Published:
        """Check a frame and write it as a new version: the whole table, or the whole days of ``replacing``.

        A table of the manifest is seen by readers once ``commit`` names the version. Raises ``Invalid`` and writes
        nothing when a check fails.
        """
        collected = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
        if check:
            check.require(name, collected)
        options: dict[str, object] = {"configuration": _KEPT}
        if replacing:
            stray = collected.filter(~replacing.expression())
            if stray.height:
                raise Invalid(f"{name}: rows outside the days replaced", code="mart_days", rows=_first(stray))
            # An empty frame with a predicate clears those days, as it should.
            options["predicate"] = replacing.sql()
        else:
            options |= {"schema_mode": "overwrite", "partition_by": list(partition_by) or None}
        collected.write_delta(self._address(name), mode="overwrite", delta_write_options=options)
        newest = self._newest(name)
        rows = (
            collected.height if not replacing else pl.scan_delta(self._address(name)).select(pl.len()).collect().item()
        )
        return Published(version=newest, rows=rows)

    def commit(self, manifest: Manifest) -> None:
        """Let readers see a publication; call it last, so that a crash before it only repeats work."""
        document = pl.DataFrame({"document": [manifest.model_dump_json()]})
        document.write_delta(self._address(_MANIFEST), mode="overwrite", delta_write_options={"configuration": _KEPT})

    def _address(self, name: str) -> str:
        return f"{self._url}/{name}"

    def _version(self, name: str) -> int:
        published = self.manifest().marts.get(name)
        return published.version if published else self._newest(name)

    def _newest(self, name: str) -> int:
        """Newest version of a table, −1 when there is none; for a folder a directory listing answers."""
        if "://" not in self._url:
            logged = Path(self._address(name), "_delta_log").glob("*.json")
            return max((int(entry.stem) for entry in logged if entry.stem.isdigit()), default=-1)
        try:
            return int(DeltaTable(self._address(name)).version())
        except TableNotFoundError:
            return -1


def _literal(day: date) -> str:
    return f"DATE '{day.isoformat()}'"


def _first(rows: pl.DataFrame) -> list[dict[str, object]]:
    return rows.head(5).to_dicts()
