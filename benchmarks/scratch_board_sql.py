"""The overview board as an analyst writes it in SQL for DuckDB: a statement per figure and question."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
from deltalake import DeltaTable

from benchmarks.scratch_marts import AFTER, AS_OF, FIRST, MADE

_MIDDLE = date(2024, 1, 1)
_TODAY = f"DATE '{AS_OF.date()}'"
_DUE = f"is_counted AND NOT is_cancelled AND first_promised_day < {_TODAY}"
_KEPT = "count(*) FILTER (WHERE is_delivered_in_full AND delivered_day <= first_promised_day) / count(*)"


@dataclass(frozen=True)
class _Figure:
    """How a figure is written; without a day it is what stands now."""

    table: str
    value: str
    where: str
    day: str | None = "placed_day"


FIGURES = {
    "orders_received": _Figure("order_facts", "count(*)", "is_counted"),
    "ordered_value": _Figure("order_lines", "sum(gross)", "is_counted"),
    "net_revenue": _Figure("revenue", "sum(net)", "is_counted", "day"),
    "average_order_value": _Figure("order_facts", "sum(gross) / count(*)", "is_counted"),
    "cycle_time": _Figure("order_facts", "median(cycle_wall_seconds) / 3600, quantile_disc(cycle_wall_seconds, 0.9), "
                          "avg(cycle_wall_seconds), median(cycle_business_seconds)",
                          "is_counted AND is_delivered AND cycle_wall_seconds IS NOT NULL"),
    "on_time_rate": _Figure("order_facts", _KEPT, _DUE, "first_promised_day"),
    "cancel_rate": _Figure("order_facts", "count(*) FILTER (WHERE is_cancelled) / count(*)", "is_counted"),
    "open_late": _Figure("order_facts", "count(*)", f"is_counted AND is_open AND promised_day < {_TODAY}", None),
}  # fmt: skip


def answers_in_sql(folder: str) -> dict[str, list[Any]]:
    """Answer every question of the board over the files of the tables as they are published now."""
    with duckdb.connect() as connection:
        for name in MADE:
            files = DeltaTable(f"{folder}/{name}").file_uris()
            source = f"read_parquet({files!r}, hive_partitioning=true, hive_types_autocast=false)"
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {source}")
        answers: dict[str, list[Any]] = {}
        for code, figure in FIGURES.items():
            answers[f"{code} now"] = [_asked(connection, figure, (_MIDDLE, AFTER))[0][0]]
            before = _asked(connection, figure, (FIRST, _MIDDLE))[0][0] if figure.day else None
            answers[f"{code} before"] = [before]
            answers[f"{code} by month"] = [row[:2] for row in _asked(connection, figure, (_MIDDLE, AFTER), "month")]
            rows = _asked(connection, figure, (_MIDDLE, AFTER), "month", "channel")
            answers[f"{code} by month and channel"] = [row[:3] for row in rows]
    return answers


def _asked(
    connection: duckdb.DuckDBPyConnection, figure: _Figure, period: tuple[date, date], *cuts: str
) -> list[tuple[Any, ...]]:
    day = figure.day or "placed_day"
    columns = {"month": f"strftime({day}, '%Y-%m') AS month", "channel": "channel"}
    within = f" AND {day} >= DATE '{period[0]}' AND {day} < DATE '{period[1]}'" if figure.day else ""
    grouped = f" GROUP BY {', '.join(map(str, range(1, len(cuts) + 1)))} ORDER BY ALL" if cuts else ""
    head = "".join(f"{columns[cut]}, " for cut in cuts)
    statement = f"SELECT {head}{figure.value} FROM {figure.table} WHERE {figure.where}{within}{grouped}"
    return [tuple(map(_plain, row)) for row in connection.execute(statement).fetchall()]


def _plain(value: Any) -> Any:  # noqa: ANN401 - of any column type
    return value if value is None or isinstance(value, str) else float(value)
