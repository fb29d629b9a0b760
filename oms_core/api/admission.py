"""Admission: how many requests are worked on at once, how long the others wait, how large a body may be."""

import asyncio
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oms_core.api.problems import problem_response

# Each request being worked on uses one thread of the server's 40 and at most one of the engine's 40 connections.
# Half of both are left to the pages; more at once only queue for the processor and for the same stock.
WORKED_ON_AT_ONCE = 16
LONGEST_WAIT_SECONDS = 20.0
LARGEST_BODY_BYTES = 1_048_576  # an order of a thousand lines is a fifth of it
_TOO_LARGE = f"The body may have at most {LARGEST_BODY_BYTES} bytes."


class Admission:
    """Pure ASGI: lets so many requests in at once; who waits too long is told to come back (503, Retry-After).

    A body that is too large is refused (413), unread where its length was declared.
    """

    def __init__(self, app: ASGIApp, *, at_once: int, longest_wait: float) -> None:
        self._app = app
        self._places = asyncio.Semaphore(at_once)
        self._longest_wait = longest_wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when there is a place for it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif int(Headers(scope=scope).get("content-length", "0")) > LARGEST_BODY_BYTES:
            await _too_large()(scope, receive, send)
        elif not await self._take_place():
            await _too_many()(scope, receive, send)
        else:
            try:
                await self._app(scope, _limited(receive), send)
            finally:
                self._places.release()

    async def _take_place(self) -> bool:
        try:
            async with asyncio.timeout(self._longest_wait):
                return await self._places.acquire()
        except TimeoutError:
            return False


def _limited(receive: Receive) -> Receive:
    """Count what comes in; the application answers what is raised here, as it reads, by a problem document."""
    received = 0

    async def receive_within_limit() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > LARGEST_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE)
        return message

    return receive_within_limit


def _too_large() -> Response:
    return problem_response(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        code="body_too_large",
        detail=_TOO_LARGE,
    )


def _too_many() -> Response:
    return problem_response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        code="busy",
        detail="Too many requests at once; repeat this one shortly, with the same Idempotency-Key.",
    )
