"""Publishing and reading: checked before it is published, atomic, versioned, cached by version."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NoReturn

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from oms_core.errors import Invalid, NotFound
from pipelines.store.checking import Replacement, TableCheck, first_rows
from pipelines.store.manifest import Manifest, Published, Watermark

_MANIFEST = "manifest"
_PASTS = 3  # kept in memory at once
_MOST_ROWS_KEPT = 2_000_000  # of a table kept in memory; of a larger one only the columns and days asked for are read
_NOT_KEPT = datetime.min.replace(tzinfo=UTC)
# Versions are kept this long for reports as of a past moment.
_KEPT = {"delta.logRetentionDuration": "interval 400 days", "delta.deletedFileRetentionDuration": "interval 400 days"}


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
        self._past: dict[int, Store] = {}
        self._seen: dict[int, datetime] = {}
        self._lock = threading.Lock()

    def manifest(self) -> Manifest:
        """Return the newest publication; an empty one before the first."""
        newest = self._newest(_MANIFEST)
        if newest != self._manifest[0]:
            self._manifest = (newest, self._read_manifest(newest) if newest >= 0 else Manifest())
        return self._manifest[1]

    def at(self, instant: datetime) -> "Store":
        """The same tables as readers saw them at an instant: those of the last publication by then, for reading only.

        Tables outside the manifest are as they were when it was published. Raises ``NotFound`` (``past_not_kept``)
        where nothing is kept from so early.
        """
        version = self._published_by(instant)
        with self._lock:
            past = self._past.pop(version, None) or _Past(self._url, version, self._read_manifest(version))
            self._past[version] = past
            while len(self._past) > _PASTS:
                del self._past[next(iter(self._past))]
        return past

    def kept_since(self) -> datetime | None:
        """The earliest instant whose figures are still kept; None before the first publication."""
        versions = range(self._newest(_MANIFEST) + 1)
        first = bisect_left(versions, True, key=lambda version: self._seen_from(version) != _NOT_KEPT)
        return self._seen_from(first) if first < len(versions) else None

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

    def written(self, name: str) -> pl.LazyFrame:
        """Read a table lazily as it was written last, whether readers see that yet or not."""
        return self.scan(name, version=self._newest(name))

    def lazy(self, name: str) -> pl.LazyFrame:
        """Read a table lazily: from memory where it fits there well, else only what is asked for from its files."""
        published = self.manifest().marts.get(name)
        return self.scan(name) if published and published.rows > _MOST_ROWS_KEPT else self.frame(name).lazy()

    def publish(
        self,
        name: str,
        frame: pl.DataFrame | pl.LazyFrame,
        *,
        check: TableCheck | None = None,
        replacing: Replacement | None = None,
        partition_by: Iterable[str] = (),
        adds_to: Published | None = None,
    ) -> Published:
        """Check a frame and write it as a new version: the whole table, or the whole days of ``replacing``.

        With ``adds_to`` it is a further part of the whole table that was written last.

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
                raise Invalid(f"{name}: rows outside the days replaced", code="mart_days", rows=first_rows(stray))
            # An empty frame with a predicate clears those days, as it should.
            options["predicate"] = replacing.sql()
            self._take_back_unseen(name)
        elif adds_to is None:
            options |= {"schema_mode": "overwrite", "partition_by": list(partition_by) or None}
        mode: Literal["append", "overwrite"] = "overwrite" if adds_to is None else "append"
        collected.write_delta(self._address(name), mode=mode, delta_write_options=options)
        newest = self._newest(name)
        if adds_to is not None:
            return Published(version=newest, rows=adds_to.rows + collected.height)
        rows = (
            collected.height if not replacing else pl.scan_delta(self._address(name)).select(pl.len()).collect().item()
        )
        return Published(version=newest, rows=rows)

    def commit(self, manifest: Manifest) -> None:
        """Let readers see a publication, from now unless it says; last of all, so that a crash only repeats work."""
        told = manifest.model_copy(update={"published_at": manifest.published_at or datetime.now(UTC)})
        document = pl.DataFrame({"document": [told.model_dump_json()]})
        document.write_delta(self._address(_MANIFEST), mode="overwrite", delta_write_options={"configuration": _KEPT})

    def _address(self, name: str) -> str:
        return f"{self._url}/{name}"

    def _take_back_unseen(self, name: str) -> None:
        """Return to the version readers see: what a crash left after it may be the first parts of a whole."""
        seen = self.manifest().marts.get(name)
        if seen and seen.version != self._newest(name):
            DeltaTable(self._address(name)).restore(seen.version)

    def _read_manifest(self, version: int) -> Manifest:
        document = pl.read_delta(self._address(_MANIFEST), version=version)
        return Manifest.model_validate_json(document["document"][0])

    def _published_by(self, instant: datetime) -> int:
        """Version of the last manifest that readers saw by then: they follow each other in time."""
        versions = range(self._newest(_MANIFEST) + 1)
        later = bisect_right(versions, instant, key=self._seen_from)
        if later == 0 or self._seen_from(later - 1) == _NOT_KEPT:
            raise NotFound(f"No figures are kept that were published by {instant.isoformat()}.", code="past_not_kept")
        return later - 1

    def _seen_from(self, version: int) -> datetime:
        if version not in self._seen:
            try:
                self._seen[version] = self._read_manifest(version).seen_from or _NOT_KEPT
            except (DeltaError, OSError, pl.exceptions.ComputeError):  # its log or its file is no longer kept
                return _NOT_KEPT
        return self._seen[version]

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


class _Past(Store):
    """A publication of the past and the tables beside it."""

    def __init__(self, marts_url: str, version: int, manifest: Manifest) -> None:
        super().__init__(marts_url)
        self._manifest = (version, manifest)

    def publish(self, *_facts: object, **_more: object) -> NoReturn:
        raise TypeError("the past is not written")

    commit = publish

    def _newest(self, name: str) -> int:
        version, manifest = self._manifest
        if name == _MANIFEST:
            return version
        try:
            table = DeltaTable(self._address(name))
            table.load_as_version(manifest.seen_from or _NOT_KEPT)
        except (TableNotFoundError, DeltaError):
            return -1
        return int(table.version())
