"""Delivery: what waits to be sent is handed to the carrier, one message after the other, each at most once."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any

import structlog

from oms_core.tasks.sending import IN_DOUBT, Fate, Outgoing, claim_message, is_due, list_unsettled, settle_message
from pipelines.mail.carriers import Carrier, InDoubtError, Line, NotTakenError

Run = Callable[..., Any]
log = structlog.get_logger()


def deliver_due(run: Run, read: Run, carrier: Carrier, sender: str) -> int:
    """Hand over all that is due and return how many messages were taken.

    ``run`` and ``read`` are the door. What a worker that came to grief had in its hands is settled first: it went out
    where the carrier knows of it, is tried again where the carrier knows it did not, else people are told. Where the
    carrier cannot be reached every due message is put off, with the reason.
    """
    for lost in read(list_unsettled):
        _settle_lost(run, carrier, lost, sender)
    if not read(is_due, now=datetime.now(UTC)):
        return 0
    try:
        with carrier.open() as line:  # before the first is claimed: what is not in hand cannot be lost
            return _carry_all(run, line, sender)
    except NotTakenError as error:
        _put_off(run, str(error))
        return 0


def compose(outgoing: Outgoing, sender: str) -> EmailMessage:
    """Write the e-mail; raises ``ValueError`` where a header would hold a second line."""
    name, address = parseaddr(sender)
    mail = EmailMessage()
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(addr_spec=outgoing.recipient)
    mail["Subject"] = outgoing.subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = message_id(outgoing, sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(outgoing.body, cte="quoted-printable")
    return mail


def message_id(outgoing: Outgoing, sender: str) -> str:
    """The name of a message, the same whenever it is handed over: who gets it twice can tell."""
    return f"<cadence.{outgoing.reference}@{parseaddr(sender)[1].rpartition('@')[2]}>"


def _carry_all(run: Run, line: Line, sender: str) -> int:
    taken = 0
    while (claimed := run(claim_message)) is not None:
        fate, error = _carry(line, claimed, sender)
        run(settle_message, message_id=claimed.id, fate=fate, error=error)
        taken += fate is Fate.TAKEN
    return taken


def _carry(line: Line, outgoing: Outgoing, sender: str) -> tuple[Fate, str]:
    try:
        line.carry(compose(outgoing, sender))
    except NotTakenError as error:
        return (Fate.REFUSED if error.is_final else Fate.AGAIN), str(error)
    except InDoubtError as error:
        log.warning("mail.in_doubt", message=outgoing.id, error=str(error))
        return Fate.REFUSED, IN_DOUBT
    except (ValueError, IndexError) as error:  # what the library of e-mail says of a header it will not write
        return Fate.REFUSED, str(error)
    return Fate.TAKEN, ""


def _put_off(run: Run, error: str) -> None:
    log.warning("mail.not_reached", error=error)
    while (claimed := run(claim_message)) is not None:
        run(settle_message, message_id=claimed.id, fate=Fate.AGAIN, error=error)


def _settle_lost(run: Run, carrier: Carrier, lost: Outgoing, sender: str) -> None:
    known = carrier.has_taken(message_id(lost, sender))
    fate = {True: Fate.TAKEN, False: Fate.AGAIN, None: Fate.REFUSED}[known]
    log.warning("mail.unsettled", message=lost.id, fate=fate.value)
    run(settle_message, message_id=lost.id, fate=fate, error=IN_DOUBT if known is None else "")
