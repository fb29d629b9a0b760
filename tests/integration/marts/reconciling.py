"""Random questions that a metric can answer, and its number again from nothing but the rows it opens to."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import CensoredData, ecdf

from oms_core.errors import Invalid
from pipelines import kpi
from pipelines.kpi import CUTS
from pipelines.metrics import METRICS, Lens, Metric, Shape
from pipelines.store import Store

_HOUR, _CUT = 3600, 0.3  # a part of the questions is cut
_UNFILTERED = "day"  # a day of the period is a period
Asked = dict[str, Any]


@dataclass
class Reconciled:
    """How many questions were asked, and how many, among those with a filter, met any row at all."""

    asked: int = 0
    met: dict[tuple[str, Lens], int] = field(default_factory=dict)
    met_filtered: dict[tuple[str, Lens], int] = field(default_factory=dict)


def all_lenses() -> set[tuple[str, Lens]]:
    return {(code, lens) for code, metric in METRICS.items() for lens in metric.days}


def reconcile(store: Store, days: tuple[date, int], *, seed: int, questions: int, of: int | None = None) -> Reconciled:
    """Ask every metric through each of its lenses, whole and at random; every tile must be what its rows give.

    ``of``: ask only so many lenses, drawn at random.
    """
    chance, done, lenses = random.Random(seed), Reconciled(), sorted(all_lenses())
    ever: Asked = {"date_from": days[0], "date_to": days[0] + timedelta(days=2 * days[1])}
    cuts: dict[str, dict[str, list]] = {}
    for code, lens in lenses if of is None else chance.sample(lenses, of):
        if code not in cuts:
            parts = by_every_cut(store, code, lens=METRICS[code].home.value, **ever)
            cuts[code] = {cut: frame[cut].to_list() for cut, frame in parts.items()}
        for asked in _questions(chance, (code, lens), cuts[code], days, questions):
            tiles = kpi.compute(store, code, **asked)
            require_equal(METRICS[code], tiles, kpi.drill(store, code, **asked), asked)
            done.asked += 1
            if any(tile["n"] for tile in tiles):
                done.met[code, lens] = done.met.get((code, lens), 0) + 1
                done.met_filtered[code, lens] = done.met_filtered.get((code, lens), 0) + bool(asked.get("filters"))
    return done


def by_every_cut(store: Store, code: str, **asked: Any) -> dict[str, pl.DataFrame]:
    """The metric by every cut that it has."""
    found = {}
    for cut in CUTS:
        try:
            found[cut] = kpi.measure(store, code, by=[cut], **asked)
        except Invalid as refusal:
            if refusal.code not in {"unknown_cut", "mixed_currencies"}:
                raise
    return found


def require_equal(metric: Metric, tiles: list[dict], rows: pl.DataFrame, asked: Asked) -> None:
    """Hold each tile against the rows of its own part."""
    cuts = list(asked.get("by", ()))
    parts = dict(rows.group_by([CUTS[cut] for cut in cuts])) if cuts else {(): rows}
    assert len(tiles) == len(parts), (metric.code, asked)
    for tile in tiles:
        part = parts[tuple(_as_column(cut, tile["by"][cut]) for cut in cuts)]
        for name, expected in of_rows(metric.shape, part).items():
            close = None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-6)
            assert tile[name] == close, (metric.code, name, asked, tile["by"])


def of_rows(shape: Shape, rows: pl.DataFrame) -> dict[str, float | None]:
    """The numbers again, by another hand."""
    upper = rows["numerator"].cast(pl.Float64).drop_nulls().to_numpy()
    lower = rows["denominator"].cast(pl.Float64).drop_nulls().to_numpy()
    if shape is Shape.SUM:
        return {"value": float(upper.sum()), "n": rows.height}
    if shape is Shape.LEAST:
        return {"value": float(upper.min()) if upper.size else None, "n": rows.height}
    if shape is Shape.RATIO:
        whole = float(lower.sum())
        return {"value": float(upper.sum()) / whole if whole else None, "n": int(np.count_nonzero(lower))}
    if shape is Shape.SURVIVAL:
        return {"value": _median_of_lives(upper, lower != 0), "n": rows.height}
    if not upper.size:
        return {"value": None, "p90": None, "mean": None, "n": 0}
    nearest_rank = np.sort(upper)[-(-9 * upper.size // 10) - 1]
    return {
        "value": float(np.median(upper)) / _HOUR, "p90": float(nearest_rank) / _HOUR,
        "mean": float(upper.mean()) / _HOUR, "n": upper.size,
        "business_value": float(np.median(lower)) / _HOUR if lower.size else None,
    }  # fmt: skip


def _questions(
    chance: random.Random, of: tuple[str, Lens], cuts: dict[str, list], days: tuple[date, int], questions: int
) -> Iterator[Asked]:
    (code, lens), (first, length) = of, days
    ever: Asked = {"date_from": first, "date_to": first + timedelta(days=2 * length), "lens": lens.value}
    yield ever
    plain = [cut for cut in cuts if cut not in METRICS[code].outcome_cuts]
    filtered = [cut for cut, values in cuts.items() if values and cut != _UNFILTERED]
    for _ in range(questions):
        start = first + timedelta(days=chance.randint(0, length))
        asked = ever | {"date_from": start, "date_to": start + timedelta(days=chance.randint(7, length))}
        chosen = chance.sample(filtered, min(chance.choice([1, 1, 2]), len(filtered)))
        asked["filters"] = {cut: _wanted(chance, cuts[cut]) for cut in chosen}
        if plain and chance.random() < _CUT:
            asked["by"] = [chance.choice(plain)]
        yield asked


def _wanted(chance: random.Random, values: list) -> Any:
    several = chance.sample(values, min(len(values), 3))
    return chance.choice([chance.choice(values), several])


def _as_column(cut: str, value: str | None) -> Any:
    return date.fromisoformat(value) if cut in {"day", "week"} and value else value


def _median_of_lives(lasted: np.ndarray, ended: np.ndarray) -> float | None:
    """Kaplan and Meier's median in hours, by scipy."""
    if not lasted.size:
        return None
    survival = ecdf(CensoredData(uncensored=lasted[ended], right=lasted[~ended])).sf
    reached = survival.quantiles[survival.probabilities <= 0.5 + 1e-9]
    return float(reached[0]) / _HOUR if len(reached) else None
