"""A digest as a workbook of Excel: the figures, what changed, the definitions."""

from dataclasses import replace

from pipelines.digest.composing import Digest
from pipelines.exporting import as_xlsx


def as_workbook(digest: Digest) -> bytes:
    """Write the sheets of a digest, each with its own heading; the address of the figures stands among the facts."""
    opened = [(digest.terms.report.name, digest.link)] if digest.link else []
    return as_xlsx(replace(digest.table, facts=[*digest.table.facts, *opened]), digest.changes, digest.definitions)
