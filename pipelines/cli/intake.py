"""Verbs that bring data in: import olist, orders, products, stock, list and undo; simulate."""

import re
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from oms_core.access.actors import refuse_unless
from oms_core.access.permissions import Permission
from oms_core.catalog.models import Channel
from oms_core.orders.models import Order
from pipelines.cli.answers import Json, answer, say
from pipelines.cli.doors import Doors, open_doors, progress_bar
from pipelines.imports.mapping import read_mapping
from pipelines.imports.olist import import_olist
from pipelines.imports.orders import import_orders
from pipelines.imports.products import import_products
from pipelines.imports.rehearsal import through_the_door
from pipelines.imports.report import ImportReport
from pipelines.imports.stock import import_stock
from pipelines.imports.undoing import list_batches, undo_import
from pipelines.simulation import simulate
from pipelines.simulation.sign_ins import FILE, give_sign_ins

imports = typer.Typer(help="Bring in data from elsewhere.", no_args_is_help=True)
SHOWN_ROWS = 20
CHANNEL_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")

File = Annotated[Path, typer.Argument(help="CSV or XLSX file.", exists=True, dir_okay=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and report; write nothing.")]
ChannelCode = Annotated[str, typer.Option(help="Code of the channel; made where new.")]


def add_verbs(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.add_typer(imports, name="import")
    app.command(name="simulate")(simulate_verb)


@imports.command()
def olist(
    folder: Annotated[Path, typer.Argument(help="Folder with the Olist files.", exists=True, file_okay=False)],
    *,
    as_json: Json = False,
) -> None:
    """Take in the Olist orders as channel `olist`."""
    doors = open_doors()
    with progress_bar("Importing") as report:
        done = import_olist(doors.engine, folder, actor=doors.actor, progress=report)
    _conclude(done, as_json=as_json)


@imports.command()
def orders(
    file: File,
    channel: ChannelCode,
    mapping: Annotated[Path | None, typer.Option(help="TOML file: ours = theirs.", exists=True, dir_okay=False)] = None,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take in orders of your own, one row a line of an order."""
    doors = open_doors()
    if not CHANNEL_CODE.fullmatch(channel):
        raise typer.BadParameter("1 to 40 letters, digits, points, hyphens, underscores", param_hint="--channel")
    chosen = read_mapping(mapping) if mapping else None
    done = import_orders(
        doors.engine, file, channel=channel, mapping=chosen, dry_run=dry_run, actor=doors.actor, now=_now()
    )
    _conclude(done, as_json=as_json, dry_run=dry_run)


@imports.command()
def products(file: File, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take in products with prices and terms of supply."""
    doors = open_doors()
    done = import_products(doors.engine, file, dry_run=dry_run, actor=doors.actor, now=_now())
    _conclude(done, as_json=as_json, dry_run=dry_run)


@imports.command()
def stock(file: File, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take in stock on hand as receipts."""
    doors = open_doors()
    done = import_stock(doors.engine, file, dry_run=dry_run, actor=doors.actor, now=_now())
    _conclude(done, as_json=as_json, dry_run=dry_run)


@imports.command()
def undo(batch: Annotated[int, typer.Argument(help="Number of the import.")], *, as_json: Json = False) -> None:
    """Take back everything an import brought in, unless somebody has built on it."""
    doors = open_doors()
    done = through_the_door(doors.engine, doors.actor, _now())(undo_import, batch=batch)
    answer(done.to_json(), as_json=as_json, title="Undone")


@imports.command(name="list")
def list_verb(*, as_json: Json = False) -> None:
    """List the latest imports: who brought in what, and when."""
    doors = open_doors()
    refuse_unless(doors.actor, Permission.IMPORT_RUN)
    with doors.sessions() as session:
        rows = [asdict(batch) | {"started_at": batch.started_at.isoformat()} for batch in list_batches(session)]
    answer(rows, as_json=as_json, title="Imports")


def simulate_verb(
    days: Annotated[int, typer.Option(help="Days of life.", min=1)] = 730,
    orders_per_day: Annotated[int, typer.Option(help="Mean number of orders a day.", min=1)] = 60,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day lived; default yesterday.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another shop.")] = 1,
    truth: Annotated[Path | None, typer.Option(help="Folder for what is known to be true.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Live through the days of a believable shop as channel `demo`."""
    doors = open_doors()
    last_day = until.date() if until else _yesterday()
    with progress_bar("Simulating") as report:
        done = simulate(
            doors.engine,
            days=days,
            orders_per_day=orders_per_day,
            until=last_day,
            seed=seed,
            truth_dir=truth,
            progress=report,
        )
    give_sign_ins(doors.engine, doors.settings.home)
    answer(done.to_json(), as_json=as_json, title="Simulated")
    if not as_json:
        typer.echo(f"Its people sign in with the password in {doors.settings.home / FILE}.")


def live_through_demo(doors: Doors) -> bool:
    """Simulate two years unless channel `demo` has orders already; say whether it did."""
    with doors.sessions() as session:
        lived = session.scalar(select(Order.id).join(Channel).where(Channel.code == "demo").limit(1))
    if lived is None:
        with progress_bar("Simulating") as report:
            simulate(doors.engine, until=_yesterday(), progress=report)
    return lived is None


def _conclude(done: ImportReport, *, as_json: bool, dry_run: bool = False) -> None:
    document = done.to_json()
    if as_json:
        answer(document, as_json=True)
    else:
        _tell(document, title="Would be created" if dry_run else "Created")
    if done.nothing_went_in:
        raise typer.Exit(1)


def _tell(document: dict[str, Any], *, title: str) -> None:
    created = {name: count for name, count in document["created"].items() if count}
    say(created | {"unchanged": document["unchanged"]}, title=title)
    for part in ("warnings", "rejected"):
        rows = document[part]
        if rows:
            cut = f", the first {SHOWN_ROWS}; --json lists all" if len(rows) > SHOWN_ROWS else ""
            say(rows[:SHOWN_ROWS], title=f"{part.capitalize()}: {len(rows)}{cut}")


def _now() -> datetime:
    return datetime.now(UTC)


def _yesterday() -> date:
    return (datetime.now(UTC) - timedelta(days=1)).date()
