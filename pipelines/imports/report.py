"""What an import did: counts, every rejected row, warnings with examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

EXAMPLES = 5
DEFAULTED = "defaulted"
REJECTED_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "file": pl.String, "line": pl.Int64, "column": pl.String, "code": pl.String, "reason": pl.String,
}  # fmt: skip


@dataclass
class Rejections:
    """Rows that did not go in, gathered check by check; a row is named once, for the first check it failed."""

    _parts: list[pl.DataFrame] = field(default_factory=list)

    def copy(self) -> "Rejections":
        """Gather on from here without touching these."""
        return Rejections(list(self._parts))

    def add(self, file: str, lines: Sequence[int] | pl.Series, *, column: str, code: str, reason: str) -> None:
        """Reject these lines of a file for one reason."""
        self.add_each(file, lines, column=column, code=code, reasons=[reason] * len(lines))

    def add_each(
        self, file: str, lines: Sequence[int] | pl.Series, *, column: str, code: str, reasons: Sequence[str] | pl.Series
    ) -> None:
        """Reject these lines of a file, each for a reason of its own."""
        part = pl.DataFrame({"line": lines, "reason": reasons}, schema={"line": pl.Int64, "reason": pl.String})
        named = part.with_columns(file=pl.lit(file), column=pl.lit(column), code=pl.lit(code))
        self._parts.append(named.select(list(REJECTED_SCHEMA)))

    def frame(self) -> pl.DataFrame:
        """All of them (columns of REJECTED_SCHEMA), by file and line."""
        return pl.concat([pl.DataFrame(schema=REJECTED_SCHEMA), *self._parts]).sort("file", "line", maintain_order=True)


@dataclass
class Warnings:
    """What went in although it is untidy: for each code the references (of orders, mostly) it concerns."""

    references: dict[str, pl.Series] = field(default_factory=dict)

    def add(self, code: str, references: Sequence[str] | pl.Series) -> None:
        """Note ``references`` under ``code``; none, and the code does not appear."""
        if len(references):
            self.references[code] = pl.Series(code, references, dtype=pl.String)

    def to_json(self) -> list[dict[str, Any]]:
        """Codes by name, each with its count and the first few references; what was defaulted is told in full."""
        return [
            {
                "code": code,
                "count": len(references),
                "examples": references.sort().head(len(references) if code == DEFAULTED else EXAMPLES).to_list(),
            }
            for code, references in sorted(self.references.items())
        ]

    def frame(self) -> pl.DataFrame:
        """One row per code and reference."""
        parts = [
            pl.DataFrame({"reference": each}).with_columns(code=pl.lit(code)) for code, each in self.references.items()
        ]
        return pl.concat([pl.DataFrame(schema={"reference": pl.String, "code": pl.String}), *parts])


@dataclass(frozen=True)
class ImportReport:
    """The outcome of one import; ``batch`` is None where nothing was written.

    ``files`` holds name and rows of each file, ``unchanged`` counts the orders (or products, or stock rows) that
    were there before.
    """

    batch: int | None
    files: Mapping[str, int]
    created: Mapping[str, int]
    unchanged: int
    rejected: pl.DataFrame
    warnings: Warnings

    @property
    def nothing_went_in(self) -> bool:
        """Whether rows were rejected and none was taken in or known already."""
        return not any(self.created.values()) and not self.unchanged and not self.rejected.is_empty()

    def to_json(self) -> dict[str, Any]:
        """The document of INTERFACES: the list of rejected rows is complete."""
        return {
            "batch": self.batch,
            "files": [{"file": name, "rows": rows} for name, rows in self.files.items()],
            "created": dict(self.created),
            "unchanged": self.unchanged,
            "rejected": self.rejected.select("file", "line", "column", "reason").to_dicts(),
            "warnings": self.warnings.to_json(),
        }
