"""All series of a history as dense matrices (series × periods), which every estimator works on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.periods import Freq, periods_after

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

ALWAYS_OPEN = "open"
"""A known covariate of this name says by 0 that no demand is possible in the period."""


@dataclass(frozen=True)
class Covariates:
    """Names of the history's extra columns: ahead of time known, known only in the past, or per series."""

    known: Sequence[str] = ()
    past: Sequence[str] = ()
    static: Sequence[str] = ()


@dataclass(frozen=True)
class Panel:
    """Demand of n series over T periods up to the cutoff and what is known of the `horizon` periods after it.

    `demand` is NaN before a series' start; missing and censored periods hold an estimate from the past
    alone (see `restore_censored`); where it is no more than that `is_uncertain`. `is_whole`: a series'
    demand comes in whole units. `known` covers T + horizon periods.
    """

    ids: pl.Series
    dates: list[date]
    future: list[date]
    cutoff: date
    freq: Freq
    season_length: int
    demand: FloatArray
    smooth: FloatArray
    start: IntArray
    is_uncertain: BoolArray
    is_whole: BoolArray
    known: dict[str, FloatArray] = field(default_factory=dict)
    past: dict[str, FloatArray] = field(default_factory=dict)
    static: dict[str, FloatArray] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many series."""
        return len(self.demand)

    @property
    def periods(self) -> int:
        """How many periods up to and including the cutoff."""
        return len(self.dates)

    @property
    def horizon(self) -> int:
        """How many periods after the cutoff."""
        return len(self.future)

    def is_open(self) -> FloatArray:
        """1 where demand is possible, 0 where the place is closed: series × horizon."""
        known = self.known.get(ALWAYS_OPEN)
        if known is None:
            return np.ones((self.size, self.horizon))
        return np.where(known[:, self.periods :] == 0, 0.0, 1.0)

    def until(self, origin: int) -> "Panel":
        """The same panel as it stood at the end of period `origin`, with the following horizon ahead."""
        end = origin + 1
        ahead = [*self.dates[end:], *self.future][: self.horizon]
        alive = self.start <= origin
        return Panel(
            ids=self.ids.filter(pl.Series(alive)),
            dates=self.dates[:end],
            future=ahead,
            cutoff=self.dates[origin],
            freq=self.freq,
            season_length=self.season_length,
            demand=self.demand[alive, :end],
            smooth=self.smooth[alive, :end],
            start=self.start[alive],
            is_uncertain=self.is_uncertain[alive, :end],
            is_whole=self.is_whole[alive],
            known={name: values[alive, : end + len(ahead)] for name, values in self.known.items()},
            past={name: values[alive, :end] for name, values in self.past.items()},
            static={name: values[alive] for name, values in self.static.items()},
        )


def build_panel(
    history: pl.DataFrame,
    *,
    cutoff: date | None,
    horizon: int,
    freq: Freq,
    season_length: int,
    covariates: Covariates | None = None,
    future: pl.DataFrame | None = None,
) -> Panel:
    """Lay a history (`forecasting.history.SCHEMA`; `censored_share` optional) out as a panel.

    Nothing after `cutoff` is read from `history`; known covariates ahead come from `future` (unique_id,
    ds, the known names) alone. Dates ahead are those of `future` where it has them all, else counted on.
    """
    covariates = covariates or Covariates()
    rows = history if cutoff is None else history.filter(pl.col("ds") <= cutoff)
    if rows.is_empty():
        raise ValueError("no history up to the cutoff")
    rows = rows.with_columns(pl.col("unique_id").cast(pl.String))
    dates = rows["ds"].unique().sort().to_list()
    ids = rows["unique_id"].unique().sort()
    ahead = _dates_ahead(dates[-1], horizon, freq, future)
    place = _Places(ids, [*dates, *ahead])
    raw = place.matrix(rows, "demand")[:, : len(dates)]
    present = place.presence(rows)[:, : len(dates)]
    start = np.argmax(present, axis=1).astype(np.int64)
    share = np.zeros_like(raw)
    if "censored_share" in rows.columns:
        share = np.nan_to_num(place.matrix(rows, "censored_share")[:, : len(dates)])
    known = {name: _known(place, rows, future, name) for name in covariates.known}
    if ALWAYS_OPEN in known:
        share = np.where(known[ALWAYS_OPEN][:, : len(dates)] == 0, 1.0, share)
    demand, smooth, uncertain = restore_censored(raw, start, share)
    return Panel(
        ids=ids,
        dates=dates,
        future=ahead,
        cutoff=cutoff or dates[-1],
        freq=freq,
        season_length=season_length,
        demand=demand,
        smooth=smooth,
        start=start,
        is_uncertain=uncertain,
        is_whole=(np.nan_to_num(raw) % 1 == 0).all(axis=1),
        known=known,
        past={name: place.matrix(_numbered(rows, name), name)[:, : len(dates)] for name in covariates.past},
        static={name: _static(ids, rows, name) for name in covariates.static},
    )


def restore_censored(raw: FloatArray, start: IntArray, share: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Estimate what censored and missing periods would have asked for, and tame single spikes.

    Returns demand, a copy winsorised against its own past (five times the usual size), and a mark where
    demand is not known. A censored period rises by its share of the trailing level, never above that
    level (unless more was asked for); a missing one takes it. A censored period that asked for the level
    before its shelf was empty is known well enough: shelves run empty when much is asked for, and to leave
    such periods out would be to learn from the quiet ones alone. Each period looks back only: no leak.
    """
    size, periods = raw.shape
    demand, smooth = np.full(raw.shape, np.nan), np.full(raw.shape, np.nan)
    level, usual, sales = np.zeros(size), np.zeros(size), np.zeros(size)
    missing, is_short = ~np.isfinite(raw), np.zeros(raw.shape, dtype=bool)
    for period in range(periods):
        alive = period >= start
        observed = np.where(missing[:, period], level, np.maximum(raw[:, period], 0.0))
        is_short[:, period] = (share[:, period] > 0) & (observed < level)
        restored = np.minimum(observed + share[:, period] * level, np.maximum(observed, level))
        tamed = np.where(sales >= 2, np.minimum(restored, 5.0 * usual), restored)
        demand[:, period] = np.where(alive, restored, np.nan)
        smooth[:, period] = np.where(alive, tamed, np.nan)
        sold = alive & (tamed > 0)
        sales += sold
        usual = np.where(sold, usual + (tamed - usual) / np.clip(sales, 1, 6), usual)
        age = np.clip(period - start + 1, 1, 8)
        level = np.where(alive, level + (tamed - level) / age, level)
    alive = np.arange(periods) >= start[:, None]
    return demand, smooth, alive & (missing | is_short)


@dataclass(frozen=True)
class _Places:
    ids: pl.Series
    dates: list[date]

    def matrix(self, rows: pl.DataFrame, column: str) -> FloatArray:
        filled = np.full((len(self.ids), len(self.dates)), np.nan)
        at = self._at(rows)
        filled[at["row"].to_numpy(), at["column"].to_numpy()] = (
            at[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        )
        return filled

    def presence(self, rows: pl.DataFrame) -> BoolArray:
        at = self._at(rows)
        present = np.zeros((len(self.ids), len(self.dates)), dtype=bool)
        present[at["row"].to_numpy(), at["column"].to_numpy()] = True
        return present

    def _at(self, rows: pl.DataFrame) -> pl.DataFrame:
        series = self.ids.to_frame("unique_id").with_row_index("row")
        columns = pl.DataFrame({"ds": self.dates}, schema={"ds": pl.Date}).with_row_index("column")
        return rows.join(series, on="unique_id").join(columns, on="ds")


def _dates_ahead(last: date, horizon: int, freq: Freq, future: pl.DataFrame | None) -> list[date]:
    if future is not None:
        given = future.filter(pl.col("ds") > last)["ds"].unique().sort().head(horizon).to_list()
        # A series may rest on working days only: then the caller's own dates are the calendar.
        if len(given) == horizon:
            return [day for day in given if isinstance(day, date)]
    return periods_after(last, horizon, freq)


def _numbered(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Codes for text, in alphabetical order; numbers as they are."""
    if rows.schema[column] == pl.String:
        return rows.with_columns(pl.col(column).rank("dense").cast(pl.Float64))
    return rows


def _known(place: _Places, rows: pl.DataFrame, future: pl.DataFrame | None, name: str) -> FloatArray:
    parts = [rows.select("unique_id", "ds", name)]
    if future is not None and name in future.columns:
        last = rows["ds"].max()
        parts.append(future.filter(pl.col("ds") > last).select(pl.col("unique_id").cast(pl.String), "ds", name))
    return place.matrix(_numbered(pl.concat(parts, how="vertical_relaxed"), name), name)


def _static(ids: pl.Series, rows: pl.DataFrame, name: str) -> FloatArray:
    last = _numbered(rows, name).group_by("unique_id").agg(pl.col(name).last().cast(pl.Float64))
    joined = ids.to_frame("unique_id").join(last, on="unique_id", how="left", maintain_order="left")
    return joined[name].fill_null(float("nan")).to_numpy()
