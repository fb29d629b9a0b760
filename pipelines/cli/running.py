"""Verbs that run the shop: init, demo, up, down, bench."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from oms_core import embedded
from oms_core.errors import Invalid
from oms_core.migrations import upgrade
from oms_core.seeding import seed
from pipelines.cli.answers import Json, say
from pipelines.cli.doors import Doors, open_doors
from pipelines.cli.intake import live_through_demo
from pipelines.cli.people import FIRST_ADMIN, greet_first_admin
from pipelines.cli.planning import forecast_and_plan
from pipelines.jobs import refresh
from pipelines.simulation.sign_ins import give_sign_ins
from pipelines.worker import is_running
from pipelines.workload.learning import publish_effort

HOST = "127.0.0.1"
PORT = 8501
ROOT = Path(__file__).parents[2]
BENCHMARKS = sorted(
    file.stem for file in (ROOT / "benchmarks").glob("*.py") if not file.stem.startswith(("__", "scratch"))
)

Host = Annotated[str, typer.Option(help="Address to bind to.")]
Port = Annotated[int, typer.Option(help="Port to serve on.", min=1, max=65535)]


def add_verbs(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    for verb in (init, demo, up, down, bench):
        app.command()(verb)


def init() -> None:
    """Migrate the database and seed what every shop starts with; safe to repeat. The first administrator is greeted."""
    doors = open_doors()
    prepare(doors)
    greet_first_admin(doors)
    typer.echo("The database is ready.")


def prepare(doors: Doors) -> None:
    """Bring the database to the newest schema and seed it."""
    upgrade(doors.engine_as_found)
    with doors.sessions.begin() as session:
        seed(session, currency=doors.settings.currency)


def demo(
    *,
    serve: Annotated[bool, typer.Option(help="Serve the screens when all is ready.")] = True,
    port: Port = PORT,
) -> None:
    """Make the simulated shop of two years, its marts, forecasts and plan, and serve it."""
    doors = open_doors()
    prepare(doors)
    is_new = live_through_demo(doors)
    # Each step is also done where an interrupted first run left it undone.
    if is_new or doors.store.watermark() is None:
        refresh(doors.engine, doors.store)
        publish_effort(doors.engine, doors.store, now=datetime.now(UTC))
    if is_new or not doors.store.exists("forecasts"):
        forecast_and_plan(doors)
    people = give_sign_ins(doors.engine, doors.settings.home, also=(FIRST_ADMIN,))
    say([one._asdict() | {"password": one.password or "(their own)"} for one in people], title="Sign in as")
    if serve:
        up(host=HOST, port=port)


def up(host: Host = HOST, port: Port = PORT) -> None:
    """Serve the screens and the API in one process."""
    doors = open_doors()
    prepare(doors)
    greet_first_admin(doors)
    has_worker = is_running(doors.engine)
    doors.engine.dispose()
    typer.echo(f"Cadence: http://{host}:{port}")
    if not has_worker:
        typer.echo("No worker runs: what only time brings waits. Start one beside it: oms worker")
    # The screens stand above the pipelines, so they are started by name, never imported.
    os.execv(sys.executable, [sys.executable, "-m", "dashboard.server", "--host", host, "--port", str(port)])  # noqa: S606 - our own module


def down() -> None:
    """Stop the embedded database."""
    settings = open_doors().settings
    if settings.database_url:
        raise Invalid("OMS_DATABASE_URL is set: that database is not ours to stop.")
    embedded.stop(settings.home)


def bench(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(BENCHMARKS)}.")],
    *,
    as_json: Json = False,
) -> None:
    """Run a benchmark against its bound, in a scratch database of its own."""
    if name not in BENCHMARKS:
        raise Invalid(f"There is no benchmark {name!r}; there are {', '.join(BENCHMARKS)}.")
    words = [sys.executable, "-m", f"benchmarks.{name}", *(["--json"] if as_json else [])]
    raise typer.Exit(subprocess.run(words, check=False, cwd=ROOT).returncode)  # noqa: S603 - our own module
