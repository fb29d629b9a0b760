"""Digests by schedule: once each, of what its reader may see, equal to the metrics at the instant it names."""

import email
import email.policy
import io
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role
from oms_core.db import make_sessions
from oms_core.steering.digest_models import SUPERSEDED, DigestFile, DigestPeriod, Rhythm, RunState
from oms_core.steering.digest_runs import claim_run
from oms_core.steering.digests import DigestWish, ask_digest, keep_digest, list_runs
from pipelines import kpi
from pipelines.digest.sending import send_digests
from pipelines.mail.carriers import Folder
from pipelines.metrics import METRICS
from pipelines.steering.boards import USUAL
from tests.lasting_shops import LivedShop
from tests.signing_in import add_person

SENDER, SUNDAY = "Shop <shop@example.com>", datetime(2026, 6, 21, 12, tzinfo=UTC)
MONDAY = datetime(2026, 6, 22, 9, tzinfo=UTC)
WISH = DigestWish(
    "Monday", "demo", DigestPeriod.LAST_WEEK, Rhythm.WEEKLY, 7, day=0, figures=USUAL, file_kind=DigestFile.XLSX
)


@pytest.fixture(scope="module")
def sessions(lived_template: Path, lasting_database: Callable[..., Engine]) -> sessionmaker[Session]:
    """The lived shop once more, for what is written here."""
    return make_sessions(lasting_database(of=lived_template.parent.name))


@pytest.fixture
def reader(sessions: sessionmaker[Session]) -> Actor:
    """A lead of their own for each test, by no calendar: their clock is UTC; nobody else has a digest."""
    with sessions.begin() as session:
        session.execute(text("DELETE FROM digest_subscriptions"))
        count = session.scalar(text("SELECT count(*) FROM users"))
    login = f"reader{count}"
    add_person(sessions, login, Role.LEAD)
    with sessions.begin() as session:
        session.execute(text("UPDATE users SET email = login || '@example.com' WHERE login = :one"), {"one": login})
        return find_actor(session, login)


@pytest.fixture
def send(sessions: sessionmaker[Session], lived_shop: LivedShop, tmp_path: Path) -> Callable[..., int]:
    with sessions() as session:
        system = find_actor(session, "system")
    run, read = partial(door.run, sessions, system), partial(door.read, sessions, system)

    def sweep(now: datetime = MONDAY, *, folder: Path = tmp_path) -> int:
        return send_digests(run, read, lived_shop.store, Folder(folder), sender=SENDER, now=now)

    return sweep


def keep(sessions: sessionmaker[Session], reader: Actor, wish: DigestWish = WISH, **facts: object) -> int:
    return door.run(sessions, reader, keep_digest, at=SUNDAY, wish=wish, **facts)


def mails(folder: Path) -> list[EmailMessage]:
    return [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in sorted(folder.glob("*.eml"))
    ]


def attached(mail: EmailMessage) -> dict[str, bytes]:
    return {part.get_filename().rpartition(".")[2]: part.get_content() for part in mail.iter_attachments()}


def table_of(workbook: bytes) -> dict[str, dict[str, str]]:
    """The rows of the first sheet's table by the code of their figure."""
    sheet = next(iter(pl.read_excel(io.BytesIO(workbook), sheet_id=0, read_options={"header_row": None}).values()))
    rows = [[str(cell) if cell is not None else "" for cell in row] for row in sheet.rows()]
    head = next(place for place, row in enumerate(rows) if row[0] == "Code")
    return {row[0]: dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]}


def at_once(count: int, work: Callable[[], object]) -> list:
    """What work comes to in so many threads that begin together."""
    start, done = threading.Barrier(count), []

    def begin() -> None:
        start.wait()
        done.append(work())

    workers = [threading.Thread(target=begin) for _ in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return done


def test_every_figure_of_the_workbook_is_that_of_the_metrics_at_its_instant(
    sessions, reader, send, lived_shop, tmp_path
):
    keep(sessions, reader)
    assert send() == 1
    (mail,) = mails(tmp_path)
    (run,) = door.read(sessions, reader, list_runs)
    assert run.state is RunState.SENT
    tiles = kpi.board(
        lived_shop.store.at(run.as_of), USUAL, channel="demo", date_from=date(2026, 6, 15), date_to=date(2026, 6, 22)
    )
    told = table_of(attached(mail)["xlsx"])
    assert list(told) == list(USUAL)
    for code, tile in tiles.items():
        for heading, value in (("Value", tile.current["value"]), ("Before", tile.previous["value"])):
            assert (
                told[code][heading] == ""
                if value is None
                else float(told[code][heading]) == pytest.approx(float(value))
            ), (code, heading)


def test_two_workers_at_once_send_it_once(sessions, reader, send, tmp_path):
    keep(sessions, reader)
    taken = at_once(2, send)
    assert sorted(taken) == [0, 1]
    assert len(mails(tmp_path)) == 1
    assert send(MONDAY + timedelta(hours=3)) == 0, "nor again later the same day"


def test_of_two_who_claim_at_once_one_has_it(sessions, reader):
    digest_id, system = keep(sessions, reader), find(sessions, "system")
    for turn in range(10):
        at = MONDAY + timedelta(minutes=turn)
        door.run(sessions, reader, ask_digest, at=at, digest_id=digest_id)
        claimed = at_once(4, partial(door.run, sessions, system, claim_run, at=at))
        assert sum(one is not None for one in claimed) == 1


def test_asked_for_three_times_before_it_went_it_is_sent_once(sessions, reader, send, tmp_path):
    digest_id = door.run(sessions, reader, keep_digest, at=MONDAY, wish=WISH)
    for minute in range(3):
        door.run(sessions, reader, ask_digest, at=MONDAY + timedelta(minutes=minute), digest_id=digest_id)
    assert send(MONDAY + timedelta(minutes=5)) == 1
    assert len(mails(tmp_path)) == 1


def test_one_that_waited_when_it_was_paused_is_not_sent_once_it_goes_on(sessions, reader, send, tmp_path):
    digest_id = keep(sessions, reader)
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    send(folder=blocked)
    for version, is_active in ((1, False), (2, True)):
        at = MONDAY + timedelta(hours=version)
        door.run(sessions, reader, keep_digest, at=at, wish=WISH, digest_id=digest_id, version=version,
                 is_active=is_active)  # fmt: skip
    assert send(MONDAY + timedelta(days=2)) == 0
    assert door.read(sessions, reader, list_runs)[0].error == SUPERSEDED


def test_of_what_was_missed_only_the_newest_is_sent_late(sessions, reader, send, tmp_path):
    keep(sessions, reader)
    assert send(MONDAY + timedelta(weeks=3, hours=30)) == 1
    (run,) = door.read(sessions, reader, list_runs)
    assert run.due_at == datetime(2026, 7, 13, 7, tzinfo=UTC)
    assert "2026-07-06 – 2026-07-12" in mails(tmp_path)[0]["Subject"], "the week before it was due"


def test_mail_that_fails_is_told_and_tried_again(sessions, reader, send, tmp_path):
    keep(sessions, reader)
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert send(folder=blocked) == 0
    (run,) = door.read(sessions, reader, list_runs)
    assert (run.state, run.attempts) == (RunState.WAITING, 1)
    assert "file" in run.error
    assert send(MONDAY + timedelta(seconds=30)) == 0, "not before its pause"
    assert send(MONDAY + timedelta(minutes=2)) == 1
    assert door.read(sessions, reader, list_runs)[0].state is RunState.SENT


def test_one_that_never_went_out_is_superseded_by_the_next(sessions, reader, send, tmp_path):
    keep(sessions, reader)
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    send(folder=blocked)
    assert send(MONDAY + timedelta(weeks=1)) == 1
    newest, older = door.read(sessions, reader, list_runs)
    assert (newest.state, older.state, older.error) == (RunState.SENT, RunState.FAILED, SUPERSEDED)


def test_who_died_while_sending_is_settled_by_what_the_carrier_knows(sessions, reader, send, tmp_path):
    keep(sessions, reader)
    assert send() == 1
    with sessions.begin() as session:  # as it is left by a worker killed right after the file was written
        session.execute(text("UPDATE digest_runs SET state = 'sending', sent_at = NULL, try_at = :at"), {"at": MONDAY})
    send(MONDAY + timedelta(hours=1))
    assert door.read(sessions, reader, list_runs)[0].state is RunState.SENT
    assert len(mails(tmp_path)) == 1


def test_who_is_no_longer_active_is_sent_nothing(sessions, reader, send, tmp_path):
    digest_id = keep(sessions, reader)
    door.run(sessions, reader, ask_digest, at=SUNDAY, digest_id=digest_id)
    with sessions.begin() as session:
        session.execute(text("UPDATE users SET is_active = false WHERE id = :id"), {"id": reader.id})
    assert send() == 0
    assert mails(tmp_path) == []


def test_nobody_is_sent_a_figure_that_they_may_not_see(sessions, reader, send, tmp_path):
    costs = next(code for code, metric in METRICS.items() if metric.shows_cost)
    wish = DigestWish("Costs", "demo", DigestPeriod.LAST_WEEK, Rhythm.DAILY, 7, figures=["orders_received", costs],
                      file_kind=DigestFile.XLSX)  # fmt: skip
    keep(sessions, reader, wish)
    with sessions.begin() as session:
        session.execute(text("DELETE FROM role_permissions WHERE permission IN ('cost.view', 'cost:view')"))
        session.execute(text("DELETE FROM user_roles WHERE user_id = :id"), {"id": reader.id})
        session.execute(text("INSERT INTO user_roles (user_id, role) VALUES (:id, 'lead')"), {"id": reader.id})
    assert send() == 1
    (mail,) = mails(tmp_path)
    assert list(table_of(attached(mail)["xlsx"])) == ["orders_received"]
    with sessions.begin() as session:
        session.execute(text("DELETE FROM user_roles WHERE user_id = :id"), {"id": reader.id})
    assert send(MONDAY + timedelta(days=1)) == 0
    assert door.read(sessions, find(sessions, "admin"), list_runs) == []


def find(sessions: sessionmaker[Session], login: str) -> Actor:
    with sessions() as session:
        return find_actor(session, login)


def test_what_was_due_before_it_was_wished_for_is_not_sent(sessions, reader, send):
    door.run(sessions, reader, keep_digest, at=MONDAY, wish=WISH)
    assert send(MONDAY + timedelta(minutes=5)) == 0
    door.run(sessions, find(sessions, "system"), claim_run)
    assert door.read(sessions, reader, list_runs) == []
