"""The verb that lets time have its effect: worker."""

import signal
import threading
from types import FrameType
from typing import Annotated

import structlog
import typer

from pipelines.cli.doors import open_doors
from pipelines.worker import sweeps_of, work

log = structlog.get_logger()


def add_verbs(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(worker)


def worker(
    *, once: Annotated[bool, typer.Option("--once", help="Go round once and end, as a cron job would.")] = False
) -> None:
    """Free what was reserved for a time, watch holds, escalate approvals, run timed rules, until stopped."""
    doors = open_doors()
    minutes = doors.settings.refresh_minutes
    sweeps = sweeps_of(doors.engine, doors.sessions, doors.store, doors.actor, refresh_minutes=minutes)
    stop = threading.Event()

    def end(number: int, _frame: FrameType | None) -> None:
        log.info("worker.stopping", signal=signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    log.info("worker.started", sweeps=[sweep.name for sweep in sweeps])
    work(doors.engine, sweeps, stop=stop, once=once)
    log.info("worker.stopped")
