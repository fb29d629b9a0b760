"""Verbs for buyers: forecast run, forecast runs, forecast bench, plan, supplier-terms, promotion.

scikit-learn takes seconds to import, so what needs it is imported by the verb that uses it.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oms_core import door
from oms_core.catalog.promotions import plan_promotion
from oms_core.errors import Invalid
from oms_core.purchasing.plan_settings import read_plan_settings, set_supplier_terms
from pipelines.cli.answers import Json, answer, say
from pipelines.cli.doors import Doors, open_doors, progress_bar

if TYPE_CHECKING:
    from pipelines.demand_forecast import ForecastRun

SHOWN_SCORES = ("series_class", "model", "wape", "bias", "coverage_80", "mase")
SHOWN_OF_RUNS = ("made_at", "series", "wape", "naive_wape", "bias", "coverage_80", "methods")

forecasts = typer.Typer(help="Demand forecasts.", no_args_is_help=True)


def add_verbs(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.add_typer(forecasts, name="forecast")
    app.command()(plan)
    app.command(name="supplier-terms")(supplier_terms)
    app.command()(promotion)


@forecasts.command()
def run(*, as_json: Json = False) -> None:
    """Fit and publish the forecasts of every product in every warehouse."""
    doors = open_doors()
    with progress_bar("Forecasting") as report:
        done = _publish(doors, report)
    document = done.to_json()
    if as_json:
        answer(document, as_json=True)
    else:
        scores = [{name: row[name] for name in SHOWN_SCORES} for row in document.pop("scores")]
        say(document, title="Forecast")
        say(scores, title="Scores by rolling origin")


@forecasts.command()
def runs(*, as_json: Json = False) -> None:
    """List the runs of 400 days, the latest first: methods that served, scores beside seasonal naive."""
    from pipelines.forecast_runs import WHOLE, read_runs

    rows = read_runs(open_doors().store).sort("made_at", descending=True, maintain_order=True).to_dicts()
    if as_json:
        answer([{**row, "settings": json.loads(row["settings"])} for row in rows], as_json=True)
    else:
        whole = [row for row in rows if row["series_class"] == WHOLE]
        say([{name: row[name] for name in SHOWN_OF_RUNS} for row in whole], title="Forecast runs")


@forecasts.command()
def bench(
    folder: Annotated[Path, typer.Argument(help="A benchmark set.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="Parquet file for the forecasts.")],
    cumulative: Annotated[Path | None, typer.Option(help="Parquet file for the sums.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the sampled rows and of the trees.")] = 0,
    *,
    as_json: Json = False,
) -> None:
    """Forecast a benchmark set, using nothing after each cutoff."""
    from forecasting.benchmark import run_benchmark

    for file in (out, cumulative or out):  # better now than after the work
        if not file.parent.is_dir():
            raise Invalid(f"There is no folder {file.parent} to write {file.name} into.")
    done = run_benchmark(folder, seed)
    done.forecasts.write_parquet(out)
    if cumulative:
        done.cumulative.write_parquet(cumulative)
    figures = {"series": done.series, "fit_seconds": done.fit_seconds, "predict_seconds": done.predict_seconds}
    answer(figures, as_json=as_json, title="Benchmark")


def plan(*, as_json: Json = False) -> None:
    """Propose what to buy, from whom, how much and why."""
    from pipelines.replenishment import plan_replenishment

    doors = open_doors()
    done = plan_replenishment(doors.sessions, doors.store, actor=doors.actor, now=datetime.now(UTC))
    answer(done.to_json(), as_json=as_json, title="Plan")


def supplier_terms(
    code: Annotated[str, typer.Argument(help="Code of the supplier.")],
    *,
    minimum_value: Annotated[str | None, typer.Option(help="What an order must be worth; 0: nothing.")] = None,
    closed: Annotated[
        list[str] | None, typer.Option(help="First and last closed day, 2026-12-24..2027-01-02; may be repeated.")
    ] = None,
    never_closed: Annotated[bool, typer.Option("--never-closed", help="Forget all closed days.")] = False,
    as_json: Json = False,
) -> None:
    """Show a supplier's terms, or set those that are given; the rest stays as it is."""
    doors = open_doors()
    known = {one.code: one for one in door.read(doors.sessions, doors.actor, read_plan_settings).suppliers.values()}
    if code not in known:
        raise Invalid(f"There is no supplier {code!r}; there are {', '.join(sorted(known)) or 'none'}.")
    terms = known[code]
    if minimum_value is not None or closed or never_closed:
        least = terms.minimum_order_value if minimum_value is None else _amount(minimum_value)
        days = [_days(one, "--closed") for one in closed or []] if closed or never_closed else terms.closures
        terms = door.run(
            doors.sessions, doors.actor, set_supplier_terms, supplier=code, minimum_order_value=least, closures=days
        )
    told = {
        "code": terms.code, "name": terms.name, "minimum_order_value": terms.minimum_order_value,
        "closed": [f"{first}..{last}" for first, last in terms.closures],
    }  # fmt: skip
    answer(told, as_json=as_json, title="Terms")


def promotion(
    skus: Annotated[list[str], typer.Argument(help="Products.")],
    *,
    off: Annotated[int, typer.Option(min=5, max=75, help="Per cent off the price.")],
    days: Annotated[str, typer.Option(help="First and last day, 2026-12-01..2026-12-07.")],
    as_json: Json = False,
) -> None:
    """Plan a lower price for days to come; the forecast counts on it from its next run."""
    doors, (first, last) = open_doors(), _days(days, "--days")
    planned = door.run(
        doors.sessions, doors.actor, plan_promotion, skus=skus, off=Decimal(off) / 100, first=first, last=last
    )
    told = {"products": planned, "off": off, "first": first.isoformat(), "last": last.isoformat()}
    answer(told, as_json=as_json, title="Promotion")


def _amount(written: str) -> Decimal | None:
    try:
        value = Decimal(written)
    except InvalidOperation:
        raise Invalid(f"--minimum-value {written!r} is no amount: write it as 250 or 250.50.") from None
    return value or None


def _days(written: str, option: str) -> tuple[date, date]:
    first, _, last = written.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise Invalid(f"{option} {written!r} is no period: write it as 2026-12-24..2027-01-02.") from None


def forecast_and_plan(doors: Doors) -> None:
    """Forecast, then plan: what the demo shop and the nightly run do."""
    from pipelines.replenishment import plan_replenishment

    with progress_bar("Forecasting") as report:
        _publish(doors, report)
    plan_replenishment(doors.sessions, doors.store, actor=doors.actor, now=datetime.now(UTC))


def _publish(doors: Doors, report: Callable[[str, float], None]) -> "ForecastRun":
    from pipelines.demand_forecast import forecast_shop

    return forecast_shop(
        doors.sessions, doors.store, doors.actor, now=datetime.now(UTC), progress=report,
        cluster=doors.settings.dask_scheduler,
    )  # fmt: skip
