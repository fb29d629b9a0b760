"""The verbs of `oms` put together; refusals become exit status 1 and a sentence, never a traceback."""

import sys

import typer
from rich.console import Console

from oms_core.errors import OmsError
from pipelines.cli import insight, intake, planning, running

app = typer.Typer(
    name="oms",
    help="Cadence: an analytics-first order management system.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for room in (running, intake, insight, planning):
    room.add_verbs(app)


def main() -> None:
    """Run one verb: 0 done, 1 refused or a check found something, 2 wrong usage."""
    try:
        app()
    except OmsError as refusal:
        _complain(str(refusal), refusal.rows)
        sys.exit(1)


def _complain(message: str, rows: list[dict[str, object]]) -> None:
    console = Console(stderr=True)
    console.print(message, style="red", markup=False)
    for row in rows[:20]:
        console.print("  " + ", ".join(f"{key}: {value}" for key, value in row.items()), markup=False)
    if len(rows) > 20:
        console.print(f"  … and {len(rows) - 20} more", markup=False)
