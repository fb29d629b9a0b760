"""Changing a placed order over HTTP, and reading what it was before; earlier entries of its journal."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field

from oms_core.api.callers import ActingCaller
from oms_core.api.order_shapes import EventShape, OrderShape
from oms_core.api.problems import refusals
from oms_core.api.shapes import Limit, Money, Quantity, RequestBody, ResponseBody, Text, Version
from oms_core.billing.changes import change_and_refund
from oms_core.orders.card import list_events, read_order
from oms_core.orders.change_document import CLEARABLE, LineEdit, OrderEdit
from oms_core.orders.change_log import list_changes

_LARGEST_POSITION = 2**15 - 1
_LARGEST_SEQUENCE = 2**31 - 1
router = APIRouter(
    prefix="/orders/{number}", tags=["orders"], responses=refusals({404: "There is no such order."})
)  # fmt: skip
Number = Annotated[Text, Path(description="The order's number.")]


class LineEditBody(RequestBody):
    """A line as it shall be: one that is there by its position, a new one without."""

    position: Annotated[int, Field(ge=1, le=_LARGEST_POSITION)] | None = None
    sku: Text = Field(examples=["MUG-BLUE"])
    quantity: Quantity = Field(description="Not below what is shipped and cancelled.", examples=["2"])
    unit_price: Money | None = Field(default=None, description="Without it the line's own, or the price list's.")
    discount: Money | None = Field(default=None, description="Off the whole line; without it the line's own.")

    def edit(self) -> LineEdit:
        """The line as the order service knows it."""
        return LineEdit(self.sku, self.quantity, self.position, self.unit_price, self.discount)


class ChangeBody(RequestBody):
    """What is to change: a field that is left out stays, one that is null is emptied."""

    version: Version
    lines: list[LineEditBody] | None = Field(
        default=None, description="All the order shall have; a line that is missing here is removed."
    )
    ship_to: Text | dict[Text, Text] | None = Field(default=None, description="Text, or its parts by name.")
    ship_region: Text | None = None
    delivery_method: Text | None = Field(default=None, description="The code of a delivery method in use.")
    shipping: Money | None = None
    requested_at: datetime | None = None
    comment: Text | None = None
    note: Text = Field(default="", description="Why; kept with the change.")
    refund: bool = Field(default=False, description="Give back at once what is then paid too much.")

    def edit(self) -> OrderEdit:
        """The change as the order service knows it."""
        given: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set & _HEADER}
        if isinstance(self.ship_to, str):
            given["ship_to"] = {"text": self.ship_to}
        cleared = frozenset(name for name, value in given.items() if value is None and name in CLEARABLE)
        lines = None if self.lines is None else [line.edit() for line in self.lines]
        return OrderEdit(lines=lines, cleared=cleared, **given)


_HEADER = {"ship_to", "ship_region", "delivery_method", "shipping", "requested_at", "comment"}


class VersionShape(ResponseBody):
    """A change: `version` is the order's after it, `before` the order as it was until then."""

    version: int
    changed_at: datetime
    actor: str
    note: str
    before: dict[str, Any]
    diff: list[dict[str, Any]]


@router.patch(
    "",
    summary="Change an order",
    responses=refusals({409: "It is handed over, or `version` is stale: both values of each field are told."}),
)
def patch_order(number: Number, body: ChangeBody, caller: ActingCaller) -> OrderShape:
    """Change lines, prices, address, delivery or dates of an order that is not handed over, all at once or not at all.

    What it was before stays readable under `/changes`.
    """
    caller.do(
        change_and_refund, number=number, version=body.version, change=body.edit(), note=body.note, refund=body.refund
    )
    return OrderShape.of(caller.read(read_order, number=number))


@router.get("/changes", summary="List the versions of an order")
def get_changes(number: Number, caller: ActingCaller) -> list[VersionShape]:
    """List the changes of an order, the newest first, each with the order as it was until then."""
    return [VersionShape.model_validate(change) for change in caller.read(list_changes, number=number)]


@router.get("/events", summary="List earlier entries of an order's journal")
def get_events(
    number: Number,
    caller: ActingCaller,
    before: Annotated[int, Query(ge=1, le=_LARGEST_SEQUENCE, description="A sequence.")] = _LARGEST_SEQUENCE,
    limit: Annotated[Limit, Query()] = 50,
) -> list[EventShape]:
    """List the entries that come before a sequence, the last of them at the end; an order itself shows the newest."""
    events = caller.read(list_events, number=number, before=before, limit=limit)
    return [EventShape.model_validate(event) for event in events]
