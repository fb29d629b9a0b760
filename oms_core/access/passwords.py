"""Passwords: hashed with argon2id, never kept or logged in clear, and none that everybody guesses first."""

import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pwdlib import PasswordHash

from oms_core.errors import Busy, Invalid

MINIMUM_LENGTH, MAXIMUM_LENGTH = 10, 200
# Checked where there is no hash to check, so that an unknown login takes as long as a known one; nobody knows its word.
DUMMY_HASH = "$argon2id$v=19$m=65536,t=3,p=4$08+5+mbq740s2/+c/AThJA$UQpHebrVDPEV2cKz45ZdHTGxgIOg6FvAqk/HJtP5jrw"
_AT_ONCE = 4  # a hash takes 64 MiB on purpose: a flood of sign-ins waits its turn instead of taking all memory
_WAIT_SECONDS = 10.0
# A one-time password is read aloud and typed: no letters that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_ONE_TIME_GROUPS, _ONE_TIME_LETTERS = 4, 4  # 79 bits
# What the lists of leaked passwords begin with: no password may be one of these with digits or signs around it.
_COMMONEST = frozenset(
    """
    password passw0rd p@ssword p@ssw0rd passwort parol парол пароль haslo hasło motdepasse contraseña senha mima
    qwerty qwertyui qwertyuiop qwertz qwertzuiop azerty azertyuiop йцукен йцукенг йцукенгшщз asdfgh asdfghjkl zxcvbn
    zxcvbnm qazwsx qazwsxedc qweasd qweasdzxc iloveyou iloveu letmein welcome admin administrator root superuser
    monkey dragon master football baseball basketball superman batman trustno sunshine princess shadow michael
    jennifer jordan michelle abcdef abcdefg abcdefgh abcdefghij changeme secret login guest default test testing
    tester user cadence company manager warehouse orders
    """.split()  # noqa: SIM905 - a list of one word a line would be longer than the module
)

_hasher = PasswordHash.recommended()
_turns = threading.BoundedSemaphore(_AT_ONCE)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password that was found good and hashed: hashing takes long, so it is done before a transaction begins."""

    hashed: str = field(repr=False)
    clear: str = field(repr=False)
    is_one_time: bool = False


def prepare_password(password: str, *, login: str) -> NewPassword:
    """Hash a password that somebody chose; raises ``Invalid`` (``weak_password``, the row says why) for a poor one."""
    if problem := _problem(password, login):
        raise Invalid(
            f"This password cannot be used: it {problem}.",
            code="weak_password",
            rows=[{"field": "password", "message": problem}],
        )
    return NewPassword(hash_password(password), password)


def one_time_password() -> NewPassword:
    """Make a random password that its owner must replace at the first sign-in; say ``clear`` once."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_ONE_TIME_LETTERS)) for _ in range(_ONE_TIME_GROUPS))
    clear = "-".join(groups)
    return NewPassword(hash_password(clear), clear, is_one_time=True)


def hash_password(password: str) -> str:
    """Hash with argon2id; takes about 0.1 s and 64 MiB, so call it outside any transaction."""
    with _turn():
        return _hasher.hash(_normalised(password))


def verify(password: str, hashed: str | None) -> bool:
    """Tell whether the password is the one that was hashed; without a hash it takes as long and is never right."""
    is_right = False
    with _turn():
        is_right = _hasher.verify(_normalised(password[:MAXIMUM_LENGTH]), hashed or DUMMY_HASH)
    return is_right and hashed is not None and len(password) <= MAXIMUM_LENGTH


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=_WAIT_SECONDS):
        raise Busy("Too many are signing in at once; try again shortly.")
    try:
        yield
    finally:
        _turns.release()


def _normalised(password: str) -> bytes:
    """One password, however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _problem(password: str, login: str) -> str | None:
    if len(password) < MINIMUM_LENGTH:
        return f"has fewer than {MINIMUM_LENGTH} characters"
    if len(password) > MAXIMUM_LENGTH:
        return f"has more than {MAXIMUM_LENGTH} characters"
    folded = unicodedata.normalize("NFKC", password).casefold()
    words = {re.sub(r"[\d\W_]+", "", folded), re.sub(r"^[\d\W_]+|[\d\W_]+$", "", folded)}
    if login.casefold() in words | {folded}:
        return "is the login"
    if words & (_COMMONEST | {""}) or len(set(folded)) < 5:
        return "is among the first that anybody would try"
    return None
