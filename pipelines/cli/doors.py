"""What every verb needs: settings, the database, the marts, an actor."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from oms_core import embedded
from oms_core.access.actors import Actor, find_actor
from oms_core.config import Settings
from oms_core.db import make_engine, make_sessions
from oms_core.errors import Invalid
from oms_core.logs import configure_logging
from oms_core.migrations import require_current
from pipelines.store import Store

Report = Callable[[str, float], None]


@dataclass(frozen=True)
class Doors:
    """The settings of this process and, when first asked for, the database and the marts behind them."""

    settings: Settings

    @cached_property
    def engine_as_found(self) -> Engine:
        """Engine on the configured database, migrated or not; starts the embedded one where none is configured."""
        try:
            return make_engine(self.settings.database_url or embedded.ensure_running(self.settings.home))
        except OSError as error:
            raise Invalid(f"OMS_HOME cannot be used ({error}). Choose another folder.") from error

    @cached_property
    def engine(self) -> Engine:
        """Engine on that database; refuses one that was not migrated."""
        require_current(self.engine_as_found)
        return self.engine_as_found

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """Factory of sessions on that database."""
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
    """Read the environment and configure logging; raises ``Invalid`` naming the variables that make no sense."""
    try:
        settings = Settings()
    except ValidationError as error:
        faults = [
            (f"OMS_{fault['loc'][0]}".upper(), fault["msg"].removeprefix("Value error, ")) for fault in error.errors()
        ]
        rows = [{"setting": name, "message": message} for name, message in faults]
        raise Invalid("The environment holds a setting that cannot be used.", rows=rows) from None
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
