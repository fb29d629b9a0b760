"""Refusals: expected, typed, and nothing was changed."""

from collections.abc import Mapping, Sequence
from typing import Any


class OmsError(Exception):
    """A use case refused; the transaction wrote nothing.

    ``code`` is stable and for machines, the message is for people, ``rows`` names the rows or fields at fault
    (one mapping each, for example ``{"field": "lines[2].sku", "value": "X-9"}``).
    """

    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, rows: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.rows = [dict(row) for row in rows]


class NotFound(OmsError):
    """What was named does not exist (404)."""

    code = "not_found"


class Conflict(OmsError):
    """The present state does not permit it: stale version, short stock, another body under one key (409)."""

    code = "conflict"


class Invalid(OmsError):
    """The input breaks a rule; ``rows`` names each field (422)."""

    code = "invalid"


class Forbidden(OmsError):
    """The actor lacks the permission (403)."""

    code = "forbidden"


class Busy(OmsError):
    """The database could not take the write after the retries; try again shortly (503)."""

    code = "busy"


class DatabaseAway(OmsError):
    """No connection to the database could be made; the message says how to bring it back (503)."""

    code = "database_away"
