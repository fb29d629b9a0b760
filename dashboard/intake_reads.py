"""What the page of imports reads: uploaded files, kept mappings, past imports."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dashboard.intake_faults import fault_words
from dashboard.reads import ask, channel_named
from oms_core.errors import Invalid
from pipelines.imports.kept_mappings import KeptMapping, list_mappings
from pipelines.imports.report import ImportReport, Rejections
from pipelines.imports.source import LINE, is_sheet, read_own_file
from pipelines.imports.undoing import KeptBatch, RejectedRow, list_batches, list_rejected

REASONS = "reasons"
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


@dataclass(frozen=True)
class Upload:
    """A file as it came from the browser."""

    name: str
    data: bytes

    def put_into(self, folder: str) -> Path:
        """Write it where an import can read it."""
        path = Path(folder) / Path(self.name).name
        path.write_bytes(self.data)
        return path


def read_upload(upload: Upload, encoding: str = "utf-8") -> pl.DataFrame:
    """Read its rows as text; raises ``Invalid`` for what is no table."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return read_own_file(upload.put_into(folder), needs=[], rejections=Rejections(), encoding=encoding).frame
        except (UnicodeDecodeError, LookupError) as error:
            raise Invalid(f"{upload.name} cannot be read as text.", code="unreadable_file") from error


def rows_to_mend(upload: Upload, report: ImportReport, encoding: str = "utf-8") -> pl.DataFrame:
    """Make a table of the rejected rows with what is wrong with each, to be mended and uploaded again."""
    said = [fault_words(*fault) for fault in report.rejected.select("code", "reason").iter_rows()]
    told = report.rejected.with_columns(pl.Series("reason", said, dtype=pl.String))
    reasons = told.group_by("line", maintain_order=True).agg(
        pl.format("{}: {}", "column", "reason").str.join("; ").alias(REASONS)
    )
    rows = read_upload(upload, encoding).join(reasons, left_on=LINE, right_on="line", maintain_order="left")
    return rows.drop(LINE)


def is_workbook(upload: Upload) -> bool:
    """Tell whether it is a workbook, which has no encoding to choose."""
    return is_sheet(upload.name)


def is_code(channel: str) -> bool:
    """Tell whether a channel may have this code."""
    return _CODE.fullmatch(channel) is not None


def known_channel(code: str) -> str | None:
    """The channel a mapping is kept for: one that is there already."""
    return code if channel_named(code) else None


def kept_mappings() -> list[KeptMapping]:
    """The mappings kept by name."""
    return ask(list_mappings)


def batches() -> list[KeptBatch]:
    """The latest imports."""
    return ask(list_batches)


def rejected_rows(batch: int) -> list[RejectedRow]:
    """What an import did not take in."""
    return ask(list_rejected, batch=batch)
