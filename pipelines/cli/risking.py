"""Verbs for promises: risk run, risk judge, risk list.

scikit-learn takes seconds to import, so what needs it is imported by the verb that uses it.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import polars as pl
import typer

from oms_core import door
from pipelines.cli.answers import Json, answer, say
from pipelines.cli.doors import open_doors

At = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Score as of this moment (UTC).")
]
Most = Annotated[int, typer.Option("--most", min=1, help="How many orders.")]

risks = typer.Typer(help="Which open orders will miss their first promise.", no_args_is_help=True)


def add_verbs(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.add_typer(risks, name="risk")


@risks.command()
def run(at: At = None, *, as_json: Json = False) -> None:
    """Learn from past promises, score the open orders and publish the scores; those of now are marked at the desk."""
    from pipelines.promise_risk import keep_published, publish_risks

    doors = open_doors()
    done = publish_risks(doors.store, at=at.replace(tzinfo=UTC) if at else None).to_json()
    if at is None:  # the desk shows how things stand, not how they stood
        keep_published(partial(door.run, doors.sessions, doors.actor), doors.store, now=datetime.now(UTC))
    if as_json:
        answer(done, as_json=True)
    else:
        trials = done.pop("stages")
        say(done, title="Promise risk")
        say(trials, title="Model and simple rules on the newest quarter")


@risks.command()
def judge(*, as_json: Json = False) -> None:
    """Judge how well the risks of the last five weeks' orders were told, the simple rules beside it."""
    from pipelines.promise_risk import publish_judgement

    judged = publish_judgement(open_doors().store)
    answer(judged.to_dicts(), as_json=as_json, title="How well risks were told")


@risks.command(name="list")
def list_risks(most: Most = 20, *, as_json: Json = False) -> None:
    """List the open orders most likely to miss their first promise, with the leading cause."""
    store = open_doors().store
    numbers = store.scan("order_facts").select("order_id", "number", "first_promised_day")
    riskiest = (
        store.scan("promise_risk")
        .join(numbers, on="order_id", how="left")
        .sort("probability", "order_id", descending=[True, False])
        .head(most)
        .select("number", "first_promised_day", "milestone", pl.col("probability").round(4), "cause", "served", "at")
    )
    answer(riskiest.collect().to_dicts(), as_json=as_json, title="Promises at risk")
