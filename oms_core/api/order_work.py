"""Work on an order over HTTP: moves, shipments, cancellations. Each answers with the order as it is then."""

from typing import Annotated

from fastapi import APIRouter, Path

from oms_core.api.callers import ActingCaller
from oms_core.api.order_requests import CancellationBody, ShipmentBody, TransitionBody
from oms_core.api.order_shapes import OrderShape
from oms_core.api.problems import refusals
from oms_core.api.shapes import Text
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.card import read_order
from oms_core.orders.fulfilment import ship_order
from oms_core.orders.progress import move_order

router = APIRouter(
    prefix="/orders/{number}",
    tags=["orders"],
    responses=refusals(
        {404: "There is no such order.", 409: "The order does not permit it now, or `version` is stale: both values."}
    ),
)
Number = Annotated[Text, Path(description="The order's number.")]


@router.post("/transitions", summary="Move an order to a status")
def post_transition(number: Number, body: TransitionBody, caller: ActingCaller) -> OrderShape:
    """Move the order to one of its `next` statuses.

    Into delivery: everything open and reserved is shipped. Cancelling needs a reason: use `/cancellations`.
    """
    caller.do(move_order, number=number, to=body.to, version=body.version)
    return OrderShape.of(caller.read(read_order, number=number))


@router.post("/shipments", summary="Ship an order or a part of it")
def post_shipment(number: Number, body: ShipmentBody, caller: ActingCaller) -> OrderShape:
    """Hand over the given lines, or everything reserved; what stays open leaves the order where it is."""
    lines = None if body.lines is None else [line.of_line() for line in body.lines]
    caller.do(
        ship_order, number=number, lines=lines, carrier=body.carrier, tracking=body.tracking,
        warehouse=body.warehouse, version=body.version,
    )  # fmt: skip
    return OrderShape.of(caller.read(read_order, number=number))


@router.post("/cancellations", summary="Cancel an order or a part of it")
def post_cancellation(number: Number, body: CancellationBody, caller: ActingCaller) -> OrderShape:
    """Cancel the given lines, or everything open, for a reason; what was reserved for it becomes free."""
    lines = None if body.lines is None else [line.of_line() for line in body.lines]
    caller.do(cancel_order, number=number, reason=body.reason, lines=lines, note=body.note, version=body.version)
    return OrderShape.of(caller.read(read_order, number=number))
