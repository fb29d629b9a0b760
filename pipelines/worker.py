"""The worker: what happens by itself as time passes, each sweep in transactions of its own; one worker at a time."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.access.sessions import sweep_sign_ins
from oms_core.automation.time_events import SweptTime, sweep_time_events
from oms_core.bulk import release_uncovered
from oms_core.errors import Busy, Conflict, OmsError
from oms_core.orders.approvals import escalate_due
from oms_core.orders.expiry import expire_reservations
from oms_core.orders.hold_watch import Swept, sweep_holds
from oms_core.orders.stage_pace import measure_paces
from oms_core.tasks.cover import list_uncovered_tasks
from oms_core.tasks.progress import hand_task
from pipelines.digest.sending import send_digests
from pipelines.feeds.deciding import decide_stored
from pipelines.feeds.pulling import pull_due, reconcile_due
from pipelines.jobs import refresh
from pipelines.mail.carriers import Carrier
from pipelines.mail.delivery import deliver_due
from pipelines.nightly_plan import plan_by_night
from pipelines.one_at_a_time import one_at_a_time
from pipelines.steering.watching import watch
from pipelines.store import Store
from pipelines.workload.learning import publish_effort

EVERY_SECONDS = 60.0
_HOUR = 3600.0
_DAY = 24 * _HOUR
_MAIL_SECONDS = 15.0
_INBOUND_SECONDS = 15.0
_PLAN_SECONDS = 600.0
_LOCK = 7_203_022  # of the one worker of a database
_PAUSE_SECONDS = 5.0
_HELD = text("""
SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 0 AND objid = :lock AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
""")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sweep:
    """Something done again and again; ``work`` returns how much there was to do."""

    name: str
    every_seconds: float
    work: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Mail:
    """By what way messages leave, and in whose name; digests link to the pages where ``public_url`` says where."""

    carrier: Carrier
    sender: str
    public_url: str = ""


def sweeps_of(
    engine: Engine, sessions: sessionmaker[Session], store: Store, system: Actor, *, refresh_minutes: int,
    mail: Mail | None = None, home: Path | None = None, cluster: str | None = None,
) -> list[Sweep]:  # fmt: skip
    """List what is done by itself, in the order of a round: stock is freed before holds are looked at.

    Orders of who is away are in the pool before the rules may give them to somebody. Without ``mail`` messages wait.
    Feeds are pulled where ``home`` says where their secrets lie; what they brought is decided in the same round.
    """
    run, read = partial(door.run, sessions, system), partial(door.read, sessions, system)
    feeds = [] if home is None else [
        Sweep("feeds", EVERY_SECONDS, partial(pull_due, run, read, home)),
        Sweep("reconciliations", _HOUR, partial(reconcile_due, run, read, home)),
    ]  # fmt: skip
    sweeps = [
        *feeds,
        Sweep("inbound", _INBOUND_SECONDS, partial(decide_stored, run, read)),
        Sweep("reservations", EVERY_SECONDS, partial(_exhaust, run, expire_reservations)),
        Sweep("holds", EVERY_SECONDS, partial(_hold_all, run)),
        Sweep("approvals", EVERY_SECONDS, partial(_exhaust, run, escalate_due)),
        Sweep("absences", EVERY_SECONDS, partial(release_uncovered, sessions, system)),
        Sweep("tasks", EVERY_SECONDS, partial(_cover_tasks, run, read)),
        Sweep("automation", EVERY_SECONDS, partial(_tell_all, run)),
        Sweep("sign_ins", _HOUR, partial(run, sweep_sign_ins)),
        Sweep("paces", _DAY, partial(run, measure_paces)),
    ]
    if mail is not None:
        sweeps.append(Sweep("messages", _MAIL_SECONDS, partial(deliver_due, run, read, mail.carrier, mail.sender)))
        digests = partial(send_digests, run, read, store, mail.carrier, sender=mail.sender, public_url=mail.public_url)
        sweeps.append(Sweep("digests", EVERY_SECONDS, digests))
    if refresh_minutes:
        sweeps.append(Sweep("marts", refresh_minutes * 60.0, partial(_refresh, engine, store)))
        sweeps.append(Sweep("alerts", refresh_minutes * 60.0, partial(watch, run, read, store)))
        sweeps.append(Sweep("risks", _HOUR, partial(_tell_risks, run, store)))
        sweeps.append(Sweep("risk_judgement", _DAY, partial(_judge_risks, store)))
        sweeps.append(Sweep("effort", _DAY, partial(_learn_effort, engine, store)))
        sweeps.append(Sweep("plan", _PLAN_SECONDS, partial(_plan, sessions, store, system, cluster)))
    return sweeps


def work(engine: Engine, sweeps: Sequence[Sweep], *, stop: threading.Event, once: bool = False) -> None:
    """Go round until ``stop`` is set, or once. A sweep that fails is logged whole and comes again in its time.

    Raises ``Busy`` (``worker_running``) where another worker of this database is at it. A database that goes away is
    waited for.
    """
    due = {sweep.name: 0.0 for sweep in sweeps}
    running = Busy("Another worker is running for this database.", code="worker_running")
    while not stop.is_set():
        try:
            with one_at_a_time(engine, _LOCK, running) as connection:
                while not stop.is_set():
                    connection.execute(text("SELECT 1"))  # without it the lock is gone, and another worker may begin
                    _round(sweeps, due, stop)
                    if once:
                        return
                    stop.wait(max(0.1, min(due.values()) - time.monotonic()))
        except DBAPIError:
            log.exception("worker.database_away")
            if once:
                raise
            stop.wait(_PAUSE_SECONDS)


def is_running(engine: Engine) -> bool:
    """Tell whether a worker of this database is at it."""
    with engine.connect() as connection:
        return bool(connection.execute(_HELD, {"lock": _LOCK}).scalar_one())


def _round(sweeps: Sequence[Sweep], due: dict[str, float], stop: threading.Event) -> None:
    for sweep in sweeps:
        if stop.is_set():
            return
        if time.monotonic() < due[sweep.name]:
            continue
        due[sweep.name] = time.monotonic() + sweep.every_seconds
        started = time.perf_counter()
        try:
            found = sweep.work()
        except OmsError as refusal:
            log.warning("worker.sweep_refused", sweep=sweep.name, code=refusal.code, message=str(refusal))
        except Exception:
            log.exception("worker.sweep_failed", sweep=sweep.name)
        else:
            seconds = round(time.perf_counter() - started, 3)
            log.info("worker.swept", sweep=sweep.name, found=found, seconds=seconds)


def _exhaust(run: Callable[..., int], sweep: Callable[..., int]) -> int:
    """Do all that is due, a part at a time."""
    done = 0
    while count := run(sweep):
        done += count
    return done


def _hold_all(run: Callable[..., Swept]) -> int:
    """Look through all orders whose holds time may change, a part at a time."""
    changed, after = 0, 0
    while True:
        swept = run(sweep_holds, after=after)
        changed += swept.changed
        if swept.next_after is None:
            return changed
        after = swept.next_after


def _cover_tasks(run: Callable[..., object], read: Callable[..., Sequence[tuple[int, str | None]]]) -> int:
    """Let nothing that is due meanwhile wait for who is away."""
    covered = 0
    for task_id, taker in read(list_uncovered_tasks, now=datetime.now(UTC)):
        with suppress(OmsError):  # done or handed over meanwhile: no longer ours
            run(hand_task, task_id=task_id, to=taker)
            covered += 1
    return covered


def _tell_all(run: Callable[..., SweptTime]) -> int:
    """Let the rules answer to all that time brought, a part at a time."""
    told, after = 0, None
    while True:
        swept = run(sweep_time_events, after=after)
        told += swept.told
        if not swept.next_after:
            return told
        after = swept.next_after


def _refresh(engine: Engine, store: Store) -> int:
    return len(refresh(engine, store)["marts"])


def _learn_effort(engine: Engine, store: Store) -> int:
    return publish_effort(engine, store, now=datetime.now(UTC))


def _plan(sessions: sessionmaker[Session], store: Store, system: Actor, cluster: str | None) -> int:
    return plan_by_night(sessions, store, system, now=datetime.now(UTC), cluster=cluster)


def _tell_risks(run: Callable[..., int], store: Store) -> int:
    """Learn anew and score what is open; a shop too young to be learnt from has no scores yet."""
    from pipelines.promise_risk import keep_published, publish_risks  # scikit-learn takes seconds to import

    try:
        publish_risks(store)
    except Conflict:
        return 0
    return keep_published(run, store, now=datetime.now(UTC))


def _judge_risks(store: Store) -> int:
    """Look how well risks were told of the orders of late."""
    from pipelines.promise_risk import publish_judgement

    try:
        return publish_judgement(store).height
    except Conflict:
        return 0
