"""Sending digests: each that is due is composed of one publication and handed to e-mail, at most once."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any

import structlog

from oms_core.errors import NotFound, OmsError
from oms_core.steering.digest_runs import ClaimedRun, claim_run, list_lost, note_due, settle_run
from oms_core.tasks.sending import IN_DOUBT, Fate
from pipelines.digest.composing import DIGEST_WORDS, Digest
from pipelines.digest.printing import figures_of
from pipelines.digest.wished import compose_wished, files_of
from pipelines.exporting import XLSX_TYPE
from pipelines.mail.carriers import Carrier, InDoubtError, NotTakenError
from pipelines.store import Store

_TYPES = {"pdf": "application/pdf", "xlsx": XLSX_TYPE}
Run = Callable[..., Any]
log = structlog.get_logger()


def send_digests(
    run: Run, read: Run, store: Store, carrier: Carrier, *, sender: str, public_url: str = "",
    now: datetime | None = None,
) -> int:  # fmt: skip
    """Send every digest that is due by now and return how many were taken; ``run`` and ``read`` are the door.

    What a worker that came to grief had in its hands is settled first. One that cannot be sent is tried again.
    """
    now = now or datetime.now(UTC)
    for lost in read(list_lost, now=now):
        _settle_lost(run, carrier, lost, sender)
    run(note_due, at=now)
    taken = 0
    while (claimed := run(claim_run, at=now)) is not None:
        fate, error, as_of = _send(claimed, store, carrier, sender=sender, now=now, public_url=public_url)
        run(settle_run, at=now, run_id=claimed.id, fate=fate, error=error, as_of=as_of)
        taken += fate is Fate.TAKEN
    return taken


def _send(
    claimed: ClaimedRun, store: Store, carrier: Carrier, *, sender: str, now: datetime, public_url: str
) -> tuple[Fate, str, datetime | None]:
    """Compose and hand over one digest; what its reader may not see or cannot get is refused for good."""
    if not claimed.email:
        return Fate.REFUSED, "no_email", None
    seen = store.manifest().seen_from
    if seen is None:
        return Fate.AGAIN, "mart_missing", None
    try:
        digest = compose_wished(
            store.at(seen), claimed.wish, reader=claimed.reader, due_at=claimed.due_at, zone=claimed.zone,
            currency=claimed.currency, cards=claimed.cards, public_url=public_url,
        )  # fmt: skip
        mail = write_mail(digest, claimed, sender=sender, now=now)
    except NotFound as refusal:  # published anew in this moment
        return Fate.AGAIN, refusal.code, None
    except OmsError as refusal:
        return Fate.REFUSED, refusal.code, None
    except (ValueError, IndexError) as error:  # what the library of e-mail says of a header it will not write
        return Fate.REFUSED, str(error), None
    return (*_carry(carrier, mail), seen)


def write_mail(digest: Digest, claimed: ClaimedRun, *, sender: str, now: datetime) -> EmailMessage:
    """Write the e-mail of a digest: its figures in words, the whole of it as files beside."""
    name, address = parseaddr(sender)
    say, report, due_on = digest.terms.say, digest.terms.report, f"{claimed.due_at:%Y-%m-%d}"
    mail = EmailMessage()
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(addr_spec=claimed.email)
    mail["Subject"] = f"{report.name} · {report.date_from:%Y-%m-%d} – {_last_day(digest)}"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(claimed.id, sender)
    mail["Auto-Submitted"] = "auto-generated"
    facts = [
        f"{label}: {value}"
        for label, value in digest.table.facts[1 : len(digest.table.facts) - digest.definitions.frame.height]
    ]
    told = [f"{row[0]}: {row[1]} ({row[3]})" for row in figures_of(digest)]
    opened = [f"{say(DIGEST_WORDS['open'])}: {digest.link}"] if digest.link else []
    mail.set_content("\n".join([*facts, "", *told, "", *opened]), cte="quoted-printable")
    for ending, content in files_of(digest, claimed.wish.file_kind).items():
        kind, _slash, subtype = _TYPES[ending].partition("/")
        mail.add_attachment(content, maintype=kind, subtype=subtype, filename=f"digest-{due_on}.{ending}")
    return mail


def message_id(run_id: int, sender: str) -> str:
    """The name of a digest's message, the same whenever it is handed over."""
    return f"<cadence.digest-{run_id}@{parseaddr(sender)[1].rpartition('@')[2]}>"


def _last_day(digest: Digest) -> str:
    after = digest.terms.report.date_to
    return f"{after.fromordinal(after.toordinal() - 1):%Y-%m-%d}"


def _carry(carrier: Carrier, mail: EmailMessage) -> tuple[Fate, str]:
    try:
        with carrier.open() as line:
            line.carry(mail)
    except NotTakenError as error:
        log.warning("digests.not_taken", error=str(error))
        return (Fate.REFUSED if error.is_final else Fate.AGAIN), str(error)
    except InDoubtError as error:
        log.warning("digests.in_doubt", error=str(error))
        return Fate.REFUSED, IN_DOUBT
    return Fate.TAKEN, ""


def _settle_lost(run: Run, carrier: Carrier, run_id: int, sender: str) -> None:
    known = carrier.has_taken(message_id(run_id, sender))
    fate = {True: Fate.TAKEN, False: Fate.AGAIN, None: Fate.REFUSED}[known]
    log.warning("digests.unsettled", run=run_id, fate=fate.value)
    run(settle_run, run_id=run_id, fate=fate, error=IN_DOUBT if known is None else "")
