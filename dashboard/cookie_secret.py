"""The secret that signs what a browser keeps while it signs in: given by the environment, else made once and kept."""

import os
import secrets
from contextlib import suppress
from functools import cache
from pathlib import Path

from oms_core.config import Settings
from oms_core.errors import Invalid

FILE = "cookie_secret"


def cookie_secret(settings: Settings) -> str:
    """Return the secret; raises ``Invalid`` where none is given and none can be kept."""
    given = settings.cookie_secret
    return given.get_secret_value() if given else _kept(settings.home / FILE)


@cache
def _kept(file: Path) -> str:
    try:
        if not file.exists():
            _make(file)
        return file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise Invalid(
            f"No secret for cookies can be kept in {file} ({error.strerror}). Set OMS_COOKIE_SECRET, or OMS_HOME to a "
            "folder that can be written.",
            rows=[{"setting": "OMS_COOKIE_SECRET"}],
        ) from error


def _make(file: Path) -> None:
    """Write it whole under another name, then give it its own: two servers that start at once find one secret."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{FILE}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(48))
    with suppress(FileExistsError):
        file.hardlink_to(draft)
    draft.unlink()
