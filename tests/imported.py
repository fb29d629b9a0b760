"""Looking at what an import did: rows of the database, rejections and warnings of its report."""

from typing import Any

from sqlalchemy import Engine, text

from oms_core import integrity
from oms_core.db import make_sessions
from pipelines.imports.report import ImportReport


def rows_of(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def rejected(report: ImportReport) -> list[tuple[int, str]]:
    """Line and column of every rejected row."""
    return [(row["line"], row["column"]) for row in report.to_json()["rejected"]]


def rejected_by_file(report: ImportReport) -> list[tuple[str, int, str]]:
    """File, line and column of every rejected row."""
    return [(row["file"], row["line"], row["column"]) for row in report.to_json()["rejected"]]


def warned(report: ImportReport) -> dict[str, int]:
    """Code and count of every warning."""
    return {row["code"]: row["count"] for row in report.to_json()["warnings"]}


def broken_invariants(engine: Engine) -> list[object]:
    with make_sessions(engine)() as session:
        return [finding for finding in integrity.check(session) if finding.rows]
