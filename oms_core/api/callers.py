"""Who calls: the acting user of a request, and the door they come through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor
from oms_core.access.tokens import resume_token, touch_token
from oms_core.api.problems import UnknownCaller

T = TypeVar("T")
SIGNED_IN = "signed_in"  # in the state of a request: whom the gate before us found signed in (``Resumed``), or None
_BEARER = HTTPBearer(auto_error=False, description="An API token: `oms token add LOGIN`, or the page of tokens.")


@dataclass(frozen=True, slots=True)
class Caller:
    """An acting user at the door of the order service."""

    sessions: sessionmaker[Session]
    actor: Actor

    def do(self, use_case: Callable[..., T], **facts: Any) -> T:  # noqa: ANN401 - whatever the use case takes
        """Run a use case in a transaction of its own, attributed to this user."""
        return door.run(self.sessions, self.actor, use_case, **facts)

    def read(self, query: Callable[..., T], **facts: Any) -> T:  # noqa: ANN401 - whatever the query takes
        """Run a query in a read-only transaction."""
        return door.read(self.sessions, self.actor, query, **facts)


def identify(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
) -> Caller:
    """Find the acting user by the API token, else by the session that the gate found; raises ``UnknownCaller``."""
    sessions: sessionmaker[Session] = request.app.state.open_sessions()
    if credentials is None:
        signed_in = getattr(request.state, SIGNED_IN, None)
        if signed_in is None:
            raise UnknownCaller("Sign in, or send an API token: `Authorization: Bearer TOKEN`.", code="not_signed_in")
        return Caller(sessions, signed_in.actor)
    now = datetime.now(UTC)
    token = door.read(sessions, None, resume_token, secret=credentials.credentials, now=now)
    if token is None:
        raise UnknownCaller("The API token is unknown, expired or revoked.", code="unknown_token")
    if token.touch_is_due:
        door.run(sessions, token.actor, touch_token, at=now, token_id=token.token_id)
    return Caller(sessions, token.actor)


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=180,
        pattern=r"^[\x20-\x7e]+$",
        description="Your name for this request; the same request again under it changes nothing more.",
    ),
]
ActingCaller = Annotated[Caller, Depends(identify)]
