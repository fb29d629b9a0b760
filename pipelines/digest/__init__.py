"""Digests: a board's figures and what changed, as of one publication, as a document to be sent and kept."""

from pipelines.digest.composing import Digest, DigestTerms, compose
from pipelines.digest.printing import NoFont, as_pdf
from pipelines.digest.workbook import as_workbook

__all__ = ["Digest", "DigestTerms", "NoFont", "as_pdf", "as_workbook", "compose"]
