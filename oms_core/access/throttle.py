"""Slowing down who guesses passwords: each failure makes the next try wait longer.

Where a login signed in lately it is known: there only its own failures from there count. From elsewhere its failures
from everywhere count, and, far later, those of the address whatever the login.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session, aliased

from oms_core.access.sign_in_models import SignInAttempt
from oms_core.errors import Busy

WINDOW = timedelta(hours=1)  # failures count this long
FREE_TRIES_OF_LOGIN, FREE_TRIES_OF_ADDRESS = 5, 100
KNOWN_FOR = timedelta(days=30)  # so long after its last success a login is known at an address
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
    if (wait := _wait_of(session, login, network, now)) > timedelta(0):
        seconds = ceil(wait.total_seconds())
        raise Throttled(f"Too many failed tries. Wait {seconds} s, then try again.", rows=[{"retry_after": seconds}])
    attempt = SignInAttempt(login=login, address=network, occurred_at=now)
    session.add(attempt)
    session.flush()
    return attempt.id


def mark_succeeded(session: Session, attempt_id: int) -> None:
    """The try was right after all: failures of its login from its address before it no longer count."""
    session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt_id).values(succeeded=True))


def forget_failures(session: Session, login: str) -> None:
    """Let a login try again at once, as after it was given a new password."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.login == plain_login(login), ~SignInAttempt.succeeded))


def _wait_of(session: Session, login: str, network: str, now: datetime) -> timedelta:
    failures = _failures_of_login(session, login, now)
    if _is_known_at(session, login, network, now):
        # Who guesses elsewhere, or others behind the same address, cannot keep them out.
        own = [at for at, address in failures if address == network]
        return _wait(own, now, free_tries=FREE_TRIES_OF_LOGIN)
    return max(
        _wait([at for at, _address in failures], now, free_tries=FREE_TRIES_OF_LOGIN),
        _wait(_failures_of_address(session, network, now), now, free_tries=FREE_TRIES_OF_ADDRESS),
    )


def _is_known_at(session: Session, login: str, network: str, now: datetime) -> bool:
    signed_in = select(SignInAttempt.id).where(
        SignInAttempt.login == login,
        SignInAttempt.address == network,
        SignInAttempt.succeeded,
        SignInAttempt.occurred_at > now - KNOWN_FOR,
    )
    return session.scalar(signed_in.limit(1)) is not None


def _failures_of_login(session: Session, login: str, now: datetime) -> list[tuple[datetime, str]]:
    """When and from where the login failed; a success clears what failed before it from the same address only."""
    later = aliased(SignInAttempt)
    cleared = select(later.id).where(
        later.login == login,
        later.address == SignInAttempt.address,
        later.succeeded,
        later.occurred_at > now - WINDOW,
        later.id > SignInAttempt.id,
    )
    query = select(SignInAttempt.occurred_at, SignInAttempt.address).where(
        SignInAttempt.login == login,
        ~SignInAttempt.succeeded,
        SignInAttempt.occurred_at > now - WINDOW,
        ~cleared.exists(),
    )
    return [(row.occurred_at, row.address) for row in session.execute(query)]


def _failures_of_address(session: Session, address: str, now: datetime) -> Sequence[datetime]:
    query = select(SignInAttempt.occurred_at).where(
        SignInAttempt.address == address, ~SignInAttempt.succeeded, SignInAttempt.occurred_at > now - WINDOW
    )
    return session.scalars(query).all()


def _wait(failures: Sequence[datetime], now: datetime, *, free_tries: int) -> timedelta:
    pause = pause_after(len(failures), free_tries=free_tries)
    # Without a pause nobody waits, not even for a failure whose clock was read after ours.
    return max(failures) + pause - now if pause else timedelta(0)
