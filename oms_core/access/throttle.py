"""Slowing down who guesses passwords: each failure makes the next try wait longer, by login and by address."""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from oms_core.access.sign_in_models import SignInAttempt
from oms_core.errors import Busy

WINDOW = timedelta(hours=1)  # failures count this long
FREE_TRIES_OF_LOGIN, FREE_TRIES_OF_ADDRESS = 5, 20
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=15)
_LOGIN_LENGTH = 60
_BY_LOGIN, _BY_ADDRESS = 1, 2  # namespaces of the locks that let tries come one after another


class Throttled(Busy):
    """Too many failed sign-ins; the row says after how many seconds the next try is looked at (429)."""

    code = "too_many_attempts"


def plain_login(login: str) -> str:
    """Return the login as it is counted: without blanks, in lower case, storable whatever was typed."""
    storable = login.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return storable.strip().lower()[:_LOGIN_LENGTH]


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 that one IPv6 customer is given."""
    try:
        known = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return address.replace("\0", "")[:45]
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def pause_after(failures: int, *, free_tries: int) -> timedelta:
    """How long to wait after so many failures: nothing, then 15 s, doubled by each further one, 15 min at most."""
    if failures < free_tries:
        return timedelta(0)
    return min(FIRST_PAUSE * int(2 ** min(failures - free_tries, 10)), LONGEST_PAUSE)


def record_attempt(session: Session, *, login: str, address: str, now: datetime) -> int:
    """Write a try down as failed, before the password is looked at, and return its id; raises ``Throttled``.

    Tries of one login or address come one after another here, so that many at once are counted as many. A try that
    has to wait is not written down: whoever knocks on does not lengthen the pause.
    """
    network = network_of(address)
    for space, key in ((_BY_LOGIN, login), (_BY_ADDRESS, network)):
        session.execute(text("SELECT pg_advisory_xact_lock(:space, hashtext(:key))"), {"space": space, "key": key})
    waits = (
        _wait(_failures_of_login(session, login, now), now, free_tries=FREE_TRIES_OF_LOGIN),
        _wait(_failures_of_address(session, network, now), now, free_tries=FREE_TRIES_OF_ADDRESS),
    )
    if (wait := max(waits)) > timedelta(0):
        seconds = ceil(wait.total_seconds())
        raise Throttled(f"Too many failed tries. Wait {seconds} s, then try again.", rows=[{"retry_after": seconds}])
    attempt = SignInAttempt(login=login, address=network, occurred_at=now)
    session.add(attempt)
    session.flush()
    return attempt.id


def mark_succeeded(session: Session, attempt_id: int) -> None:
    """The try was right after all: failures of its login before it no longer count."""
    session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt_id).values(succeeded=True))


def forget_failures(session: Session, login: str) -> None:
    """Let a login try again at once, as after it was given a new password."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.login == plain_login(login), ~SignInAttempt.succeeded))


def _failures_of_login(session: Session, login: str, now: datetime) -> Sequence[datetime]:
    last_success = (
        select(func.max(SignInAttempt.id))
        .where(SignInAttempt.login == login, SignInAttempt.succeeded, SignInAttempt.occurred_at > now - WINDOW)
        .scalar_subquery()
    )
    query = select(SignInAttempt.occurred_at).where(
        SignInAttempt.login == login,
        ~SignInAttempt.succeeded,
        SignInAttempt.occurred_at > now - WINDOW,
        SignInAttempt.id > func.coalesce(last_success, 0),
    )
    return session.scalars(query).all()


def _failures_of_address(session: Session, address: str, now: datetime) -> Sequence[datetime]:
    query = select(SignInAttempt.occurred_at).where(
        SignInAttempt.address == address, ~SignInAttempt.succeeded, SignInAttempt.occurred_at > now - WINDOW
    )
    return session.scalars(query).all()


def _wait(failures: Sequence[datetime], now: datetime, *, free_tries: int) -> timedelta:
    pause = pause_after(len(failures), free_tries=free_tries)
    # Without a pause nobody waits, not even for a failure whose clock was read after ours.
    return max(failures) + pause - now if pause else timedelta(0)
