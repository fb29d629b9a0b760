"""Checks of rows: what a row's text must be, which rows it may name; what fails is rejected under its column."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import polars as pl

from pipelines.imports.report import Rejections
from pipelines.imports.source import LINE, SourceFile

EARLIEST_YEAR, LATEST_YEAR = 1970, 2100
_DAY_END = timedelta(hours=23, minutes=59, seconds=59)
_HOURS_BEFORE = timedelta(hours=3)  # no clock change skips more


class CheckedRows:
    """The rows of one file that passed every check so far (``frame``); each check narrows them.

    A row is rejected for the first check it fails. Checks of content come before those of duplicates and
    references, so that of duplicates the first sound one wins.
    """

    def __init__(self, source: SourceFile, rejections: Rejections, *, names: Mapping[str, str] | None = None) -> None:
        """Take a file's rows, of which the columns ``names`` are renamed from theirs (values) to ours (keys)."""
        self.name = source.name
        self._names = names or {}
        self.frame = source.frame.rename({theirs: ours for ours, theirs in self._names.items()})
        self._rejections = rejections

    def refuse(self, fails: pl.Expr, column: str, code: str, reason: str | pl.Expr) -> None:
        """Reject the rows for which ``fails`` is true; ``reason`` may be computed from the row."""
        failing = self.frame.select(fails.fill_null(value=False).alias("fails")).to_series()
        if not failing.any():
            return
        rejected = self.frame.filter(failing)
        reasons = rejected.select(pl.lit(reason) if isinstance(reason, str) else reason).to_series()
        if len(reasons) == 1:
            reasons = reasons.new_from_index(0, rejected.height)
        theirs = self._names.get(column, column)
        self._rejections.add_each(self.name, rejected[LINE], column=theirs, code=code, reasons=reasons)
        self.frame = self.frame.filter(~failing)

    def require(self, *columns: str) -> None:
        """Reject rows in which one of these is empty."""
        for column in columns:
            self.refuse(pl.col(column).is_null(), column, "missing", "is empty")

    def limit(self, lengths: Mapping[str, int]) -> None:
        """Reject rows whose text is longer than its column in the database."""
        for column, length in lengths.items():
            too_long = pl.col(column).str.len_chars() > length
            self.refuse(too_long, column, "too_long", f"is longer than {length} characters")

    def read_numbers(self, *columns: str, decimals: int = 2, minimum: str = "0", above: bool = False) -> None:
        """Turn text into exact Decimal(14, ``decimals``) of at least (or ``above``) ``minimum``; empty stays null."""
        for column in columns:
            number = pl.col(column).cast(pl.Decimal(16, decimals + 2), strict=False)
            least = pl.lit(minimum).cast(pl.Decimal(16, decimals + 2))
            self._replace(column, number, pl.col(column), "bad_number", "is not a number")
            value = pl.col(column)
            low = value <= least if above else value < least
            bound = f"must be above {minimum}" if above else f"must be at least {minimum}"
            self.refuse(low, column, "out_of_range", bound)
            self.refuse(value >= 10 ** (14 - decimals - 2), column, "out_of_range", "is too large")
            self.refuse(value != value.round(decimals), column, "bad_number", f"has more than {decimals} decimals")
            self.frame = self.frame.with_columns(value.cast(pl.Decimal(14, decimals)))

    def read_whole_numbers(self, *columns: str) -> None:
        """Turn text into small integers of at least 0; empty stays null."""
        for column in columns:
            number = pl.col(column).cast(pl.Int32, strict=False)
            self._replace(column, number, pl.col(column), "bad_number", "is not a whole number")
            self.refuse(pl.col(column) < 0, column, "out_of_range", "must be at least 0")

    def read_instants(
        self, *columns: str, time_zone: str, formats: Sequence[str] = ("%Y-%m-%d %H:%M:%S",), day_end: bool = False
    ) -> None:
        """Turn local times into UTC; empty stays null, ``day_end`` moves them to the last second of their day.

        What a change of the clock does, ``local_to_utc`` says.
        """
        for column in columns:
            text = pl.col(column).str.strip_chars()
            local = pl.coalesce(text.str.to_datetime(form, strict=False, time_unit="us") for form in formats)
            self._replace(column, local, pl.col(column), "bad_date", "is not a date and time")
            far = ~pl.col(column).dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR)
            self.refuse(far, column, "bad_date", f"is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
            moved = pl.col(column).dt.truncate("1d") + _DAY_END if day_end else pl.col(column)
            self.frame = self.frame.with_columns(local_to_utc(moved, time_zone))

    def refuse_duplicates(self, *key: str) -> None:
        """Reject rows whose key an earlier row has; the first wins."""
        again = ~pl.struct(key).is_first_distinct() if len(key) > 1 else ~pl.col(key[0]).is_first_distinct()
        self.refuse(again, key[-1], "duplicate", f"is a duplicate: an earlier row has the same {', '.join(key)}")

    def refuse_unknown(self, column: str, known: pl.Series, what: str) -> None:
        """Reject rows that name a ``what`` which is neither in the files nor known already, or was rejected."""
        unknown = pl.col(column).is_not_null() & ~pl.col(column).is_in(known.implode())
        self.refuse(unknown, column, "unknown_reference", f"names no {what} that went in")

    def _replace(self, column: str, value: pl.Expr, given: pl.Expr, code: str, reason: str) -> None:
        """Put the parsed ``value`` in place of the text; where there was text but no value, reject the row."""
        parsed = self.frame.select(value.alias("value")).to_series()
        failing = parsed.is_null() & self.frame.select(given.is_not_null().alias("given")).to_series()
        if failing.any():
            shown = pl.format(f"{{}} {reason}", pl.col(column))
            self.refuse(pl.lit(failing), column, code, shown)
            parsed = parsed.filter(~failing)
        self.frame = self.frame.with_columns(parsed.alias(column))


def local_to_utc(local: pl.Expr, time_zone: str) -> pl.Expr:
    """Convert local times to UTC: one that occurs twice is the earlier, one that is skipped moves on by the gap."""
    earliest = local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    earlier = (local - _HOURS_BEFORE).dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    by_the_old_clock = earlier.dt.convert_time_zone("UTC") + _HOURS_BEFORE
    return pl.coalesce(earliest.dt.convert_time_zone("UTC"), by_the_old_clock)
