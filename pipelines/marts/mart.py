"""What a mart promises: its name, grain, columns, the day it is replaced by, and what always holds in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from pipelines.journal_feed import INSTANT, MONEY, QUANTITY, UNIT_COST, Schema
from pipelines.store import TableCheck

__all__ = ["INSTANT", "MONEY", "QUANTITY", "UNIT_COST", "Mart", "Schema"]


@dataclass(frozen=True)
class Mart:
    """A published table; whole days of ``day`` are replaced, files are cut by the column ``month``."""

    name: str
    day: str
    grain: Sequence[str]
    schema: Schema
    identities: Mapping[str, pl.Expr] = field(default_factory=dict)
    partition_by: Sequence[str] = ("month",)

    @property
    def check(self) -> TableCheck:
        """What the store requires before publishing."""
        return TableCheck(schema=self.schema, grain=self.grain, identities=self.identities)

    def shaped(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Bring a frame into the declared columns and types, rows in the order of the grain.

        The cast narrows what Polars widened (a sum of Decimal(14, 2) is a Decimal(38, 2)); it is strict, so a
        value that does not fit fails here.
        """
        return frame.select(pl.col(name).cast(kind) for name, kind in self.schema.items()).sort(self.grain)
