"""The verb for what-ifs: whatif."""

from typing import Annotated

import typer

from pipelines.cli.answers import Json, answer
from pipelines.cli.doors import open_doors
from pipelines.cli.insight import From, To
from pipelines.replay import read_record, replay_orders
from pipelines.replay.question import read_question

Question = Annotated[
    str,
    typer.Argument(
        help="What is to be different, for example new.hands:150,ship.hours:2,without:GDN,route:most_stock,cutoff:14,"
        "promise:1,hold:48,payment:72."
    ),
]
Channel = Annotated[str, typer.Option("--channel", help="Code of the channel whose orders are replayed.")]


def add_verbs(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(whatif)


def whatif(question: Question, channel: Channel, date_from: From, date_to: To, *, as_json: Json = False) -> None:
    """Replay the orders of past days with something different, and show the figures before and after."""
    asked = read_question(question, is_strict=True)
    period = {"date_from": date_from.date(), "date_to": date_to.date()}
    outcome = replay_orders(read_record(open_doors().store, channel=channel, **period), asked)
    answer(outcome.figures.to_dicts(), as_json=as_json, title="Before and after (hours and shares)")
