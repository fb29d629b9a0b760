"""Admission: how many requests are worked on at once, and how long the others wait for their turn."""

import asyncio
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from oms_core.api.problems import problem_response

# Each request being worked on uses one thread of the server's 40 and at most one of the engine's 40 connections.
# Half of both are left to the pages; more at once only queue for the processor and for the same stock.
WORKED_ON_AT_ONCE = 16
LONGEST_WAIT_SECONDS = 20.0


class Admission:
    """Pure ASGI: lets so many requests in at once; who waits too long is told to come back (503, Retry-After)."""

    def __init__(self, app: ASGIApp, *, at_once: int, longest_wait: float) -> None:
        self._app = app
        self._places = asyncio.Semaphore(at_once)
        self._longest_wait = longest_wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when there is a place for it."""
        try:
            async with asyncio.timeout(self._longest_wait):
                await self._places.acquire()
        except TimeoutError:
            refusal = problem_response(
                HTTPStatus.SERVICE_UNAVAILABLE,
                code="busy",
                detail="Too many requests at once; repeat this one shortly, with the same Idempotency-Key.",
            )
            await refusal(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._places.release()
