"""What every verb needs: settings, the database, the marts, an actor; and how it answers."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from oms_core import embedded
from oms_core.access.actors import Actor, find_actor
from oms_core.config import Settings
from oms_core.db import make_engine, make_sessions
from oms_core.logs import configure_logging
from oms_core.migrations import require_current
from pipelines.store import Store

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]
Report = Callable[[str, float], None]


@dataclass(frozen=True)
class Doors:
    """The settings of this process and, when first asked for, the database and the marts behind them."""

    settings: Settings

    @cached_property
    def engine(self) -> Engine:
        """Engine on the configured database; starts the embedded one where none is configured."""
        return make_engine(self.settings.database_url or embedded.ensure_running(self.settings.home))

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """Factory of sessions on that database; refuses one that was not migrated."""
        require_current(self.engine)
        return make_sessions(self.engine)

    @cached_property
    def store(self) -> Store:
        """The published marts."""
        return Store(self.settings.marts_url)

    @cached_property
    def actor(self) -> Actor:
        """The system itself: what the command line does is attributed to it."""
        with self.sessions() as session:
            return find_actor(session, "system")


def open_doors() -> Doors:
    """Read the environment and configure logging."""
    settings = Settings()
    configure_logging(settings.log_level)
    return Doors(settings)


@contextmanager
def progress_bar(title: str) -> Iterator[Report]:
    """Show what is under way on a terminal (stderr); elsewhere say nothing."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=1.0)

        def report(stage: str, share: float) -> None:
            progress.update(task, description=f"{title}: {stage}", completed=share)

        yield report


def answer(document: object, *, as_json: bool, title: str = "") -> None:
    """Print a document: as JSON, or as a table that a person can read."""
    if as_json:
        sys.stdout.write(json.dumps(document, default=_plain, ensure_ascii=False) + "\n")
    else:
        say(document, title=title)


def say(document: object, *, title: str = "") -> None:
    """Print a document for a person: a list as a table, a mapping as two columns."""
    console = Console()
    if isinstance(document, Mapping):
        table = Table("", "", title=title or None, show_header=False)
        for key, value in document.items():
            table.add_row(str(key), _cell(value))
    elif isinstance(document, Sequence) and not isinstance(document, str) and document:
        rows = [_flat(row) for row in document]
        table = Table(*rows[0], title=title or None)
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
    else:
        console.print("Nothing to show." if document == [] else str(document))
        return
    console.print(table)


def _flat(row: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON-like row
    flat: dict[str, Any] = {}
    for key, value in dict(row).items():
        flat.update(value if isinstance(value, Mapping) else {key: value})
    return flat


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    return str(value)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
