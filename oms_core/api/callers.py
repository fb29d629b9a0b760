"""Who calls: the acting user of a request, and the door they come through."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.api.problems import UnknownCaller
from oms_core.errors import NotFound

T = TypeVar("T")
DEFAULT_LOGIN = "admin"


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
    request: Request,
    login: Annotated[
        str, Header(alias="X-OMS-Actor", description="Login of the acting user; every write is attributed to them.")
    ] = DEFAULT_LOGIN,
) -> Caller:
    """Find the acting user; raises ``UnknownCaller``."""
    sessions: sessionmaker[Session] = request.app.state.open_sessions()
    try:
        actor = door.read(sessions, None, find_actor, login=login)
    except NotFound as refusal:
        raise UnknownCaller(str(refusal), rows=[{"field": "X-OMS-Actor", "value": login}]) from refusal
    return Caller(sessions, actor)


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
