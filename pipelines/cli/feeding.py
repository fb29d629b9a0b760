"""Verbs for what comes in by itself: feed add, list, pull, reconcile."""

import tomllib
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from oms_core import door
from oms_core.errors import Invalid
from oms_core.intake.feeds import FeedView, add_feed, list_feeds
from oms_core.intake.inbound_models import FeedKind
from oms_core.intake.inbound_views import count_overdue
from pipelines.cli.answers import Json, answer
from pipelines.cli.doors import Doors, open_doors
from pipelines.feeds.deciding import decide_stored
from pipelines.feeds.pulling import pull_feed, reconcile_day, repull
from pipelines.feeds.source import FeedAwayError

feeds = typer.Typer(help="Where orders and letters come in by themselves.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="Code of the feed.")]
Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business day of the channel; default yesterday.")
]


def add_verbs(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.add_typer(feeds, name="feed")


@feeds.command()
def add(
    code: Code,
    *,
    channel: Annotated[str, typer.Option(help="Code of the channel.")],
    kind: Annotated[FeedKind, typer.Option(help="Orders over HTTP, a mailbox by IMAP, or one that is a folder.")],
    address: Annotated[str, typer.Option(help="https://…, imaps://user@host/INBOX, file:///folder")],
    secret: Annotated[str, typer.Option(help="Where the secret lies: env:OMS_FEED_NAME or file:NAME.")] = "",
    settings: Annotated[
        Path | None, typer.Option(help="TOML file: how it is asked and read.", exists=True, dir_okay=False)
    ] = None,
    every: Annotated[int, typer.Option(help="Minutes between two looks.")] = 5,
    overlap: Annotated[int, typer.Option(help="Minutes that are looked at twice, for what arrives late.")] = 15,
    begins: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="What changed before is not asked for.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Set up where a channel's messages come from."""
    doors = open_doors()
    facts: dict[str, Any] = {"secret": secret, "settings": _read_settings(settings), "every_minutes": every}
    facts |= {"overlap_minutes": overlap, "begins": begins.date() if begins else None}
    _door(doors)(add_feed, code=code, channel=channel, kind=kind.value, address=address, **facts)
    [added] = [feed for feed in _listed(doors) if feed.code == code]
    answer(_told(added), as_json=as_json, title="Feed")


@feeds.command(name="list")
def list_verb(*, as_json: Json = False) -> None:
    """List the feeds with how they do."""
    answer([_told(feed) for feed in _listed(open_doors())], as_json=as_json, title="Feeds")


@feeds.command()
def pull(code: Code, *, as_json: Json = False) -> None:
    """Fetch now what is new, and give it its outcome; exit status 1 where the feed cannot be asked."""
    doors = open_doors()
    run, read = _door(doors), partial(door.read, doors.sessions, doors.actor)
    pulled = pull_feed(run, code, doors.settings.home)
    told = asdict(pulled) | {"decided": decide_stored(run, read)}
    told["overdue"] = read(count_overdue, now=datetime.now(UTC))
    answer(told, as_json=as_json, title="Pulled")
    if pulled.failure:
        raise typer.Exit(1)


@feeds.command()
def reconcile(
    code: Code,
    day: Day = None,
    *,
    fetch: Annotated[bool, typer.Option("--fetch", help="Fetch what is missing, and give it its outcome.")] = False,
    as_json: Json = False,
) -> None:
    """Hold a day of the channel's own list against what is here; exit status 1 where something is still missing."""
    doors = open_doors()
    run, read = _door(doors), partial(door.read, doors.sessions, doors.actor)
    wanted: date = day.date() if day else (datetime.now(UTC) - timedelta(days=1)).date()
    try:
        counted = reconcile_day(run, read, code, wanted, doors.settings.home)
        fetched = list(repull(run, read, counted, doors.settings.home)) if fetch else []
    except FeedAwayError as error:
        raise Invalid(f"The feed '{code}' cannot be asked. {error}", code="feed_away") from error
    left = [name for name in counted.still_missing if name not in fetched]
    decide_stored(run, read)
    told = {"feed": code, "day": wanted, "theirs": counted.theirs, "ours": counted.theirs - len(left)}
    answer(told | {"missing": counted.still_missing, "fetched": fetched}, as_json=as_json, title="Reconciled")
    if left:
        raise typer.Exit(1)


def _door(doors: Doors) -> Callable[..., Any]:
    return partial(door.run, doors.sessions, doors.actor)


def _listed(doors: Doors) -> list[FeedView]:
    return door.read(doors.sessions, doors.actor, list_feeds)


def _told(feed: FeedView) -> dict[str, Any]:
    shown = ("code", "channel", "kind", "address", "secret", "every_minutes", "is_active", "watermark", "polled_at")
    told = {name: getattr(feed, name) for name in shown} | {"kind": feed.kind.value}
    return told | {"failed_since": feed.failed_since, "failure": feed.failure, "stored": feed.stored, "gaps": feed.gaps}


def _read_settings(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path.name} is not TOML: {error}.", code="invalid_feed") from error
