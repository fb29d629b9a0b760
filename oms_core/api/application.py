"""The REST application: its resources, its refusals and its OpenAPI document."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy.orm import Session, sessionmaker

from oms_core.api import (
    channels,
    customers,
    invoices,
    me,
    order_changes,
    order_work,
    orders,
    products,
    quotations,
    stock,
    tasks,
)
from oms_core.api.admission import LONGEST_WAIT_SECONDS, WORKED_ON_AT_ONCE, Admission
from oms_core.api.callers import ActingCaller, identify
from oms_core.api.problems import Problem, refusals, tell_problems

PREFIX = "/api/v1"
_DESCRIPTION = """
Orders, stock and products of the shop, over the same use cases as the order desk.

- **Who acts**: `Authorization: Bearer TOKEN` (`oms token add LOGIN`), or the session of a browser that is signed in.
  Every write is attributed to them in the journal, and they may do what their roles, and the token's scopes, allow.
- **Numbers**: quantities and money are strings of decimals in answers; send strings or JSON numbers.
- **Times** are ISO 8601 with offset.
- **Repeating**: send an `Idempotency-Key` (or an `external_ref`) with an order; the same request again gives the same
  order with 200, another request under the same key 409. So after a lost answer or a 503 simply repeat.
- **Lists** answer `{items, next_cursor}`; ask again with `cursor` until it is null. No row is lost or repeated.
- **Refusals** are problem documents (RFC 9457) with `code`, `detail` and `errors`; nothing was changed.
"""
_REFUSALS = {
    401: "Nobody is signed in, or the token is unknown, expired or revoked.",
    403: "The caller lacks the permission; `errors` names it.",
    422: "A field is wrong; `errors` names each.",
    503: "Busy, or the database is away; repeat after `Retry-After` seconds.",
}


def create_api(
    open_sessions: Callable[[], sessionmaker[Session]],
    *,
    routers: Sequence[APIRouter] = (),
    at_once: int = WORKED_ON_AT_ONCE,
    longest_wait: float = LONGEST_WAIT_SECONDS,
) -> FastAPI:
    """Make the application that serves ``/api/v1/…`` and ``/api/openapi.json``, by full paths.

    ``open_sessions`` is asked on each request, so nothing is opened before the first; it answers from a cache.
    ``routers`` are resources of higher rooms, served under ``/api/v1`` too. At most ``at_once``
    requests are worked on; the others wait ``longest_wait`` seconds at most.
    In a larger application put it behind ``Route("/api/{rest:path}", api)``, which leaves the path as it is.
    """
    api = FastAPI(
        title="Cadence", version="1", description=_DESCRIPTION, openapi_url=None, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    api.state.open_sessions = open_sessions
    tell_problems(api)
    orders_own = (orders.router, order_work.router, quotations.router, order_changes.router, invoices.router)
    own = (me.router, customers.router, products.router, stock.router, *orders_own, tasks.router, channels.router)
    for router in (*own, *routers):
        api.include_router(router, prefix=PREFIX, dependencies=[Depends(identify)], responses=refusals(_REFUSALS))
    api.add_middleware(Admission, at_once=at_once, longest_wait=longest_wait)
    _describe_problems(api)
    _serve_document(api)
    return api


def _serve_document(api: FastAPI) -> None:
    """Serve the OpenAPI document to whoever may call, as everything else."""

    @api.get("/api/openapi.json", include_in_schema=False)
    def get_document(_caller: ActingCaller) -> dict[str, Any]:
        return api.openapi()


def _describe_problems(api: FastAPI) -> None:
    """Add the shape of a problem document to the OpenAPI document; the refusals of every resource refer to it.

    Replacing the method on the instance is how FastAPI itself says to extend the document.
    """
    describe = api.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        schema = Problem.model_json_schema(mode="serialization")
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = schema
        return document

    api.openapi = openapi  # type: ignore[method-assign]
