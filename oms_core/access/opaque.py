"""Opaque secrets: what a browser or a program shows to be let in; the database keeps only their SHA-256."""

import hashlib
import secrets

_BYTES = 32  # 256 bits: nobody guesses one, so a fast hash keeps it as well as a slow one


def new_secret(prefix: str = "") -> str:
    """Make a random secret of 256 bits, safe in an address and in a header."""
    return prefix + secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
