"""What is done to digests from their page."""

from dashboard.actions import attempt
from dashboard.translation import _
from oms_core.steering.digests import DigestView, DigestWish, ask_digest, keep_digest, remove_digest


def keep(wish: DigestWish, present: DigestView | None, *, is_active: bool = True) -> bool:
    """Keep a new digest, or one as it was changed; False when refused."""
    known = {} if present is None else {"digest_id": present.id, "version": present.version}
    return attempt(keep_digest, _("The digest is kept"), wish=wish, is_active=is_active, **known) is not None


def switch(digest: DigestView) -> None:
    """Pause a digest, or let it go on."""
    told = _("The digest is paused") if digest.is_active else _("The digest comes again")
    known = {"digest_id": digest.id, "version": digest.version}
    attempt(keep_digest, told, wish=digest.wish, is_active=not digest.is_active, **known)


def remove(digest: DigestView) -> None:
    """Have a digest no longer."""
    attempt(remove_digest, _("The digest is removed"), digest_id=digest.id, version=digest.version)


def send_now(digest: DigestView) -> None:
    """Have a digest sent as soon as the worker looks."""
    attempt(ask_digest, _("The digest goes out within a minute"), digest_id=digest.id)
