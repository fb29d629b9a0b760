"""Seconds to import the Olist orders, against COPY of the same seven files as text into plain tables.

Run as ``python -m benchmarks.import``; ours and the bound take turns on one server, unpacking included on both sides.
"""

import argparse
import gzip
import io
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg2
from sqlalchemy import URL, make_url

from benchmarks.scratch import empty_database, scratch_shop
from oms_core.access.actors import find_actor
from oms_core.config import Settings
from oms_core.db import make_sessions
from pipelines.imports.olist import import_olist


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, ours and the bound in turn")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    options = parser.parse_args(argv)
    sys.stdout.write(json.dumps(measure(Settings(), rounds=options.rounds)) + "\n")
    return 0


def measure(settings: Settings, *, rounds: int) -> dict[str, object]:
    """Return the medians in seconds and their ratio; a first import warms the process and is not counted."""
    folder = settings.shared / "data" / "olist"
    _import_seconds(settings, folder)
    ours, bound = [], []
    for _ in range(rounds):
        ours.append(_import_seconds(settings, folder))
        bound.append(_bound_seconds(settings, folder))
    return {
        "name": "import",
        "ours": round(statistics.median(ours), 3),
        "bound": round(statistics.median(bound), 3),
        "ratio": round(statistics.median(ours) / statistics.median(bound), 2),
        "unit": "seconds",
        "rounds": {"ours": [round(each, 3) for each in ours], "bound": [round(each, 3) for each in bound]},
    }


def _import_seconds(settings: Settings, folder: Path) -> float:
    with scratch_shop(settings) as engine:
        with make_sessions(engine)() as session:
            actor = find_actor(session, "admin")
        start = time.perf_counter()
        report = import_olist(engine, folder, actor=actor)
        seconds = time.perf_counter() - start
    if not report.created["orders"]:
        raise RuntimeError("nothing was imported: there is nothing to measure")
    return seconds


def _bound_seconds(settings: Settings, folder: Path) -> float:
    with empty_database(settings) as url:
        connection = psycopg2.connect(_plain(url))
        files = sorted(folder.glob("*.csv.gz"))
        with connection, connection.cursor() as cursor:
            for file in files:
                with gzip.open(file, "rt", encoding="utf-8") as text:
                    columns = [f'"{name.strip()}" text' for name in text.readline().split(",")]
                identity = "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
                cursor.execute(f"CREATE TABLE {_table(file)} ({identity}, {', '.join(columns)})")
        start = time.perf_counter()
        with connection, connection.cursor() as cursor:
            for file in files:
                data = io.BytesIO(gzip.decompress(file.read_bytes()))
                header = data.readline().decode().strip()
                cursor.copy_expert(f"COPY {_table(file)} ({header}) FROM STDIN (FORMAT csv)", data)
        seconds = time.perf_counter() - start
        connection.close()
    return seconds


def _table(file: Path) -> str:
    return file.name.removesuffix(".csv.gz")


def _plain(url: URL | str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


if __name__ == "__main__":
    sys.exit(main())
