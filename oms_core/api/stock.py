"""Stock over HTTP: goods coming in, and what lies where."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from oms_core.api.callers import ActingCaller, Caller, IdempotencyKey
from oms_core.api.problems import refusals
from oms_core.api.shapes import Money, Quantity, RequestBody, ResponseBody, Text
from oms_core.errors import Invalid
from oms_core.inventory.availability import list_stock
from oms_core.inventory.movements import Moved, ReceiptRequest
from oms_core.inventory.receiving import receive_goods

router = APIRouter(prefix="/stock", tags=["stock"])


class ReceiptBody(RequestBody):
    """Goods of one product that came into a warehouse."""

    warehouse: Text = Field(examples=["MAIN"])
    sku: Text
    quantity: Quantity = Field(description="Above 0, at most three decimals.", examples=["10"])
    unit_cost: Money | None = Field(default=None, description="What one cost us.")
    reference: Annotated[Text, Field(max_length=60)] = ""


class StockShape(ResponseBody):
    """What lies in a warehouse: `available` is `on_hand` less `reserved`, `on_order` is still to come."""

    sku: str
    warehouse: str
    on_hand: Quantity
    reserved: Quantity
    available: Quantity
    on_order: Quantity


@router.post(
    "/receipts",
    status_code=201,
    summary="Take goods into stock",
    responses={
        200: {"model": StockShape, "description": "The same goods came in under this key before."},
        **refusals({409: "The key was used for other goods."}),
    },
)
def post_receipt(body: ReceiptBody, caller: ActingCaller, response: Response, key: IdempotencyKey = None) -> StockShape:
    """Take goods in; orders that wait for them are served first, the oldest first. Answers with the stock after it."""
    if not _receive(body, caller, key).created:
        response.status_code = 200
    [row] = caller.read(list_stock, sku=body.sku, warehouse=body.warehouse)
    return StockShape.model_validate(row)


@router.get("", summary="What lies where")
def get_stock(
    caller: ActingCaller,
    sku: Annotated[Text | None, Query(description="One product alone.")] = None,
    warehouse: Annotated[Text | None, Query(description="One warehouse alone, by code.")] = None,
) -> list[StockShape]:
    """List the stock of every product in every warehouse that keeps or awaits it."""
    rows = caller.read(list_stock, sku=sku, warehouse=warehouse, limit=None)
    return [StockShape.model_validate(row) for row in rows]


def _receive(body: ReceiptBody, caller: Caller, key: str | None) -> Moved:
    """Receive; the fields at fault are named as they are in this body, which holds one line."""
    # Keys are unique in all stock moves, and a client's key is the client's own.
    own_key = None if key is None else f"{caller.actor.id}:{key}"
    line = ReceiptRequest(sku=body.sku, quantity=body.quantity, unit_cost=body.unit_cost)
    try:
        return caller.do(
            receive_goods, warehouse=body.warehouse, lines=[line], reference=body.reference, idempotency_key=own_key
        )
    except Invalid as refusal:
        rows = [{**row, "field": str(row["field"]).removeprefix("lines[0].")} for row in refusal.rows]
        raise Invalid(str(refusal).replace("lines[0].", ""), code=refusal.code, rows=rows) from refusal
