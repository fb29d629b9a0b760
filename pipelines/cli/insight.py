"""Verbs that answer questions: refresh, metrics, kpi, drill, check."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from oms_core.errors import Invalid, NotFound
from oms_core.steering.targets import list_targets, list_team_members
from pipelines import jobs, kpi
from pipelines.cli.answers import Json, answer
from pipelines.cli.doors import Doors, open_doors, progress_bar
from pipelines.exporting import Sheet, as_csv, as_parquet, as_xlsx
from pipelines.integrity import check_all
from pipelines.metric_tables import Report, sheets_of
from pipelines.metrics import METRICS
from pipelines.metrics.reference import write_reference
from pipelines.steering.pace import filters_of, pace_of
from pipelines.store import Store
from pipelines.workload.learning import publish_effort

Code = Annotated[str, typer.Argument(help="Code of the metric; `oms metrics` lists them.")]
From = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
To = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last one.")]
By = Annotated[str, typer.Option(help="Cuts, separated by commas: month, channel, manager …")]
Lens = Annotated[str, typer.Option(help="cohort, flow or now")]
Channel = Annotated[str | None, typer.Option(help="Only this channel.")]
AgainstOption = Annotated[str | None, typer.Option("--against", help="previous, last_year or target")]
AsOf = Annotated[datetime | None, typer.Option(
    "--as-of", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
    help="As it stood then; UTC unless it says.",
)]  # fmt: skip
Out = Annotated[Path | None, typer.Option(
    "--out", help="Write it to this file instead: .csv, .xlsx or .parquet by its name.", dir_okay=False,
)]  # fmt: skip
Markdown = Annotated[bool, typer.Option("--markdown", help="The reference of metrics as a page of Markdown.")]
_TARGET = "target"
_WRITERS: dict[str, Callable[[tuple[Sheet, Sheet]], bytes]] = {
    ".csv": lambda sheets: as_csv(sheets[0]),
    ".xlsx": lambda sheets: as_xlsx(*sheets),
    ".parquet": lambda sheets: as_parquet(sheets[0]),
}


def add_verbs(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command(name="refresh")(refresh_verb)
    for verb in (metrics, check):
        app.command()(verb)
    app.command(name="kpi")(kpi_verb)
    app.command()(drill)


def refresh_verb(
    *,
    full: Annotated[bool, typer.Option("--full", help="Rebuild everything.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the marts up to date."""
    doors = open_doors()
    with progress_bar("Refreshing") as report:
        done = jobs.refresh(doors.engine, doors.store, full=full, progress=report)
    publish_effort(doors.engine, doors.store, now=datetime.now(UTC))
    if as_json:
        answer(done, as_json=True)
    else:
        rows = [{"mart": name, **figures} for name, figures in done["marts"].items()]
        answer(rows, as_json=False, title=f"Fresh to {done['fresh_to']}")


def metrics(*, as_json: Json = False, markdown: Markdown = False) -> None:
    """List every metric with its definition."""
    if markdown:
        typer.echo(write_reference(METRICS.values()), nl=False)
        return
    documents = [metric.to_json() for metric in METRICS.values()]
    shown = [{name: each[name] for name in ("code", "unit", "lenses", "definition")} for each in documents]
    answer(documents if as_json else shown, as_json=as_json, title="Metrics")


def kpi_verb(
    code: Code, *, date_from: From, date_to: To, by: By = "", lens: Lens = "cohort", channel: Channel = None,
    against: AgainstOption = None, as_of: AsOf = None, out: Out = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Compute a metric over [from, to), beside another period or the target that is set for exactly these days."""
    doors = open_doors()
    asked, store = _span(date_from, date_to, by) | {"lens": lens, "channel": channel}, _store_at(doors, as_of)
    if out is not None:
        _write_out(store, code, asked, out)
        return
    if against == _TARGET:
        rows = _beside_targets(doors, store, code, asked)
    elif against is not None:
        rows = kpi.compare(store, code, against="year" if against == "last_year" else against, **asked)
    else:
        rows = kpi.compute(store, code, **asked)
    # A duration's sums of hours say nothing to a person.
    hidden = {"code", "numerator", "denominator"} if rows and "p90" in rows[0] else {"code"}
    shown = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
    answer(rows if as_json else shown, as_json=as_json, title=METRICS[code].label)


def drill(
    code: Code, *, date_from: From, date_to: To, by: By = "", lens: Lens = "cohort", channel: Channel = None,
    limit: Annotated[int | None, typer.Option(help="At most so many rows.", min=1)] = None,
    as_of: AsOf = None, as_json: Json = False,
) -> None:  # fmt: skip
    """List the rows behind a number."""
    store = _store_at(open_doors(), as_of)
    rows = kpi.drill(store, code, **_span(date_from, date_to, by), lens=lens, channel=channel, limit=limit)
    answer(rows.to_dicts(), as_json=as_json, title=METRICS[code].label)


def check(*, as_json: Json = False) -> None:
    """Check every invariant; exit 1 where any is broken."""
    doors = open_doors()
    with doors.sessions() as session:
        findings = check_all(session, doors.store, now=datetime.now(UTC))
    told = [{"code": finding.code, "title": finding.title, "rows": finding.rows} for finding in findings]
    answer(told, as_json=as_json, title="Integrity")
    if any(finding.rows for finding in findings):
        raise typer.Exit(1)


def _beside_targets(doors: Doors, store: Store, code: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The targets set for exactly these days, of the channel and of its parts, each beside its figure."""
    channel, first, after = asked.get("channel"), asked["date_from"], asked["date_to"]
    if channel is None or asked.get("by"):
        raise Invalid("A target is of one channel, and its parts are its own: say --channel and no --by.",
                      code="unknown_comparison")  # fmt: skip
    with doors.sessions() as session:
        aims = [aim for aim in list_targets(session, channel=channel, first_day=first, after_day=after)
                if (aim.metric, aim.first_day, aim.after_day) == (code, first, after)]  # fmt: skip
        teams = list_team_members(session)
    return [
        {"code": code, "by": {aim.cut: aim.part} if aim.cut else {}, "value": pace.value, "target": pace.target,
         "due": pace.due, "ahead": pace.ahead, "forecast": pace.forecast}
        for aim in aims
        for pace in [pace_of(store, code, float(aim.target), period=(first, after), channel=channel,
                             filters=filters_of(aim.cut, aim.part, teams))]
    ]  # fmt: skip


def _write_out(store: Store, code: str, asked: dict[str, Any], out: Path) -> None:
    """Write the figure with its definition, the period, the channel and how fresh it is; beside the period before."""
    writer = _WRITERS.get(out.suffix.lower())
    if writer is None:
        raise Invalid(f"'{out.name}' names no kind of file; there are: {', '.join(_WRITERS)}.", code="unknown_file")
    if len(asked["by"]) > 1:
        raise Invalid("A file has one cut at most.", code="unknown_cut")
    if code not in METRICS:
        raise NotFound(f"There is no metric '{code}'; `oms metrics` lists them.", code="unknown_metric")
    report = Report(METRICS[code].label, [code], asked["date_from"], asked["date_to"], asked["channel"],
                    next(iter(asked["by"]), ""), {code: asked["lens"]})  # fmt: skip
    sheets = sheets_of(store, report)
    out.write_bytes(writer(sheets))
    answer({"file": str(out), "rows": sheets[0].frame.height}, as_json=True)


def _store_at(doors: Doors, as_of: datetime | None) -> Store:
    if as_of is None:
        return doors.store
    return doors.store.at(as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC))


def _span(date_from: datetime, date_to: datetime, by: str) -> dict[str, Any]:
    first: date = date_from.date()
    after: date = date_to.date()
    return {"date_from": first, "date_to": after, "by": tuple(word.strip() for word in by.split(",") if word.strip())}
