"""The verb that lets time have its effect: worker."""

import signal
import threading
from types import FrameType
from typing import Annotated

import structlog
import typer

from oms_core.config import Settings
from pipelines.cli.doors import open_doors
from pipelines.mail.carriers import carrier_of
from pipelines.worker import Mail, sweeps_of, work

log = structlog.get_logger()


def add_verbs(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(worker)


def worker(
    *, once: Annotated[bool, typer.Option("--once", help="Go round once and end, as a cron job would.")] = False
) -> None:
    """Free what was reserved for a time, watch holds, run timed rules, send messages, until stopped."""
    doors = open_doors()
    minutes = doors.settings.refresh_minutes
    mail = _mail_of(doors.settings)
    sweeps = sweeps_of(
        doors.engine, doors.sessions, doors.store, doors.actor, refresh_minutes=minutes, mail=mail,
        home=doors.settings.home, cluster=doors.settings.dask_scheduler,
    )  # fmt: skip
    stop = threading.Event()

    def end(number: int, _frame: FrameType | None) -> None:
        log.info("worker.stopping", signal=signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    log.info("worker.started", sweeps=[sweep.name for sweep in sweeps])
    work(doors.engine, sweeps, stop=stop, once=once)
    log.info("worker.stopped")


def _mail_of(settings: Settings) -> Mail | None:
    """How messages leave, where that was set up."""
    address = settings.mail_url.get_secret_value()
    return Mail(carrier_of(address), settings.mail_from, settings.public_url) if address else None
