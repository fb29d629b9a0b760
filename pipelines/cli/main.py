"""The verbs of `oms` put together; refusals become exit status 1 and a sentence, never a traceback."""

import sys
from collections.abc import Mapping, Sequence

import psycopg2
import typer
from deltalake.exceptions import DeltaError
from rich.console import Console
from sqlalchemy.exc import OperationalError

from oms_core.errors import OmsError
from pipelines.cli import feeding, insight, intake, people, planning, replaying, risking, running, working

SHOWN_ROWS = 20

app = typer.Typer(
    name="oms",
    help="Cadence: an analytics-first order management system.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for room in (running, people, intake, insight, planning, risking, replaying, working, feeding):
    room.add_verbs(app)


def main() -> None:
    """Run one verb: 0 done, 1 refused or a check found something, 2 wrong usage."""
    try:
        app()
    except OmsError as refusal:
        _refuse(str(refusal), refusal.rows)
    except OperationalError as failure:
        _refuse(_without_database(failure.orig))
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as failure:
        _refuse(_without_database(failure))
    except DeltaError as failure:
        _refuse(f"The marts cannot be reached or written; see that OMS_MARTS_URL is right ({_first_line(failure)}).")
    except OSError as failure:
        _refuse(f"{failure.filename}: {failure.strerror}." if failure.filename else str(failure))


def _without_database(cause: BaseException | None) -> str:
    return (
        f"The database cannot be reached or gave up ({_first_line(cause)}). See that it runs and that "
        "OMS_DATABASE_URL is right, then run the command again: nothing half-done was kept."
    )


def _first_line(cause: BaseException | None) -> str:
    return str(cause).strip().partition("\n")[0]


def _refuse(message: str, rows: Sequence[Mapping[str, object]] = ()) -> None:
    console = Console(stderr=True, soft_wrap=True)
    console.print(message.strip(), style="red", markup=False)
    for row in rows[:SHOWN_ROWS]:
        console.print("  " + ", ".join(f"{key}: {value}" for key, value in row.items()), markup=False)
    if len(rows) > SHOWN_ROWS:
        console.print(f"  … and {len(rows) - SHOWN_ROWS} more", markup=False)
    sys.exit(1)
