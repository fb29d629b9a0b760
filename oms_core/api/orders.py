"""Orders over HTTP: placing, listing, reading."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response

from oms_core.api.callers import ActingCaller, IdempotencyKey
from oms_core.api.order_requests import OrderBody
from oms_core.api.order_shapes import OrderRowShape, OrderShape
from oms_core.api.problems import refusals
from oms_core.api.shapes import Cursor, Limit, PageOf, Text
from oms_core.orders.card import read_order
from oms_core.orders.placement import place_order
from oms_core.orders.queries import list_orders
from oms_core.workflow.models import Group

SEARCHED = (
    "What is known of an order: its number, external reference (as it was written), tracking number, phone or e-mail, "
    "each from its beginning (a phone by its last digits too); words of the customer's name or of a comment; a whole "
    "SKU. Who may not see personal data finds nothing by name, phone or e-mail."
)
router = APIRouter(prefix="/orders", tags=["orders"])


@router.post(
    "",
    status_code=201,
    summary="Place an order",
    responses={
        200: {"model": OrderShape, "description": "The same request had placed it before; this is that order."},
        **refusals({409: "Short of stock (what is available), or the key was used for another request."}),
    },
)
def post_order(body: OrderBody, caller: ActingCaller, response: Response, key: IdempotencyKey = None) -> OrderShape:
    """Place an order and reserve what is in stock for it, at once or not at all.

    A request named by `external_ref` or `Idempotency-Key` may be repeated safely.
    """
    placed = caller.do(
        place_order, channel=body.channel, external_ref=body.external_ref, idempotency_key=key,
        customer=body.customer.reference(), warehouse=body.warehouse, lines=[line.request() for line in body.lines],
        allow_backorder=body.allow_backorder, comment=body.comment, order_type=body.type, manager=body.manager,
        delivery_method=body.delivery_method,
    )  # fmt: skip
    if not placed.created:
        response.status_code = 200
    response.headers["Location"] = f"/api/v1/orders/{quote(placed.number, safe='')}"
    return OrderShape.of(caller.read(read_order, number=placed.number))


@router.get("", summary="List orders, the newest first")
def get_orders(
    caller: ActingCaller,
    *,
    status_group: Annotated[Group | None, Query(description="The work outstanding, or how it ended.")] = None,
    channel: Annotated[Text | None, Query(description="A channel's code.")] = None,
    manager: Annotated[Text | None, Query(description="A manager's login.")] = None,
    q: Annotated[Text, Query(max_length=200, description=SEARCHED)] = "",
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> PageOf[OrderRowShape]:
    """List the orders that match all filters, from the newest to the oldest."""
    page = caller.read(
        list_orders, now=datetime.now(UTC), status_group=status_group, channel=channel, manager=manager, q=q,
        cursor=cursor, limit=limit,
    )  # fmt: skip
    rows = [OrderRowShape.model_validate(row) for row in page.rows]
    return PageOf(items=rows, next_cursor=page.next_cursor)


@router.get("/{number}", summary="Read an order", responses=refusals({404: "There is no such order."}))
def get_order(number: Annotated[Text, Path(description="The order's number.")], caller: ActingCaller) -> OrderShape:
    """Read an order with its lines, holds, events, and what may be done next."""
    return OrderShape.of(caller.read(read_order, number=number))
