"""What a frame must satisfy to be published, and the whole days it replaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from oms_core.errors import Invalid


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
            raise Invalid(f"{name}: {twice.height} rows share their grain", code="mart_grain", rows=first_rows(twice))
        for title, holds in self.identities.items():
            broken = frame.filter(~holds.fill_null(value=False))
            if broken.height:
                raise Invalid(f"{name}: {title} fails", code="mart_identity", rows=first_rows(broken))


def _literal(day: date) -> str:
    return f"DATE '{day.isoformat()}'"


def first_rows(rows: pl.DataFrame) -> list[dict[str, object]]:
    """The rows that a refusal shows."""
    return rows.head(5).to_dicts()
