"""Quotations over HTTP: making, listing, reading, and making one an order."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from oms_core.api.callers import ActingCaller
from oms_core.api.order_requests import CustomerBody
from oms_core.api.order_shapes import OrderShape
from oms_core.api.problems import refusals
from oms_core.api.shapes import Cursor, Limit, Money, PageOf, Quantity, RequestBody, ResponseBody, Text, Version
from oms_core.orders.card import read_order
from oms_core.orders.placement_request import LineRequest
from oms_core.orders.quotation_reads import list_quotations, read_quotation
from oms_core.orders.quotation_views import QuotationCard, QuotationRow, QuotationState
from oms_core.orders.quotation_writing import LONGEST_DAYS
from oms_core.orders.quotations import USUAL_DAYS, make_quotation, order_quotation
from oms_core.workflow.models import DEFAULT_TYPE

router = APIRouter(prefix="/quotations", tags=["quotations"])
Number = Annotated[Text, Path(description="The quotation's number.", examples=["Q1001"])]


class OfferBody(RequestBody):
    """A product offered; `discount` is money off the whole line."""

    sku: Text = Field(examples=["MUG-BLUE"])
    quantity: Quantity = Field(description="Above 0, at most three decimals.", examples=["2"])
    unit_price: Money | None = Field(default=None, description="Without it the channel's price list tells it.")
    discount: Money = Decimal(0)


class QuotationBody(RequestBody):
    """A quotation to make."""

    channel: Text = Field(examples=["api"])
    type: Text = Field(default=DEFAULT_TYPE, description="A type of order in use.")
    customer: CustomerBody
    lines: list[OfferBody]
    valid_days: Annotated[int, Field(ge=0, le=LONGEST_DAYS)] = USUAL_DAYS
    shipping: Money | None = Field(default=None, description="Without it the delivery method's charge.")
    delivery_method: Text | None = None
    comment: Text = ""


class QuotedOrderBody(RequestBody):
    """How a quotation is to become an order."""

    version: Version | None = None
    allow_backorder: bool = Field(default=False, description="True: what is short waits. False: 409 with what is free.")


class QuotationRowShape(ResponseBody):
    """A quotation in the list; `order` is the number of what it became."""

    number: str
    state: QuotationState
    customer_id: int
    customer: str
    channel: str
    currency: str
    total: Money
    line_count: int
    valid_until: date
    created_at: datetime
    order: str | None
    version: int


class QuotationLineShape(ResponseBody):
    """A line as offered; `available` is what is free of the product now."""

    position: int
    sku: str
    quantity: Quantity
    unit_price: Money
    discount: Money
    net: Money
    tax: Money
    gross: Money
    available: Quantity


class QuotationShape(QuotationRowShape):
    """A quotation whole."""

    type: str
    net: Money
    tax: Money
    gross: Money
    shipping: Money
    comment: str
    ship_to: Mapping[str, Any] | None
    delivery_method: str | None
    lines: list[QuotationLineShape]

    @classmethod
    def of(cls, card: QuotationCard) -> "QuotationShape":
        """Say what the card of a quotation says."""
        row = {name: getattr(card.row, name) for name in QuotationRow.__slots__}
        own = {name: getattr(card, name) for name in QuotationCard.__slots__ if name not in {"row", "order_type"}}
        return cls.model_validate({**row, **own, "type": card.order_type}, from_attributes=True)


@router.post("", status_code=201, summary="Make a quotation")
def post_quotation(body: QuotationBody, caller: ActingCaller, response: Response) -> QuotationShape:
    """Offer goods at the prices said, else those of the list, until a day; nothing is reserved."""
    lines = [LineRequest(line.sku, line.quantity, line.unit_price, line.discount) for line in body.lines]
    made = caller.do(
        make_quotation, channel=body.channel, customer=body.customer.reference(), lines=lines, order_type=body.type,
        valid_days=body.valid_days, shipping=body.shipping, delivery_method=body.delivery_method, comment=body.comment,
    )  # fmt: skip
    response.headers["Location"] = f"/api/v1/quotations/{quote(made.number, safe='')}"
    return _read(caller, made.number)


@router.get("", summary="List quotations, the newest first")
def get_quotations(
    caller: ActingCaller,
    *,
    state: Annotated[QuotationState | None, Query(description="Where it stands.")] = None,
    customer_id: Annotated[int | None, Query(ge=1, le=2**62, description="Whose they are.")] = None,
    q: Annotated[Text, Query(max_length=200, description="A number's beginning, or the customer's name.")] = "",
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> PageOf[QuotationRowShape]:
    """List the quotations that match all filters."""
    rows, following = caller.read(
        list_quotations, now=datetime.now(UTC), state=state, customer_id=customer_id, q=q, cursor=cursor, limit=limit
    )
    return PageOf(items=[QuotationRowShape.model_validate(row) for row in rows], next_cursor=following)


@router.get("/{number}", summary="Read a quotation", responses=refusals({404: "There is no such quotation."}))
def get_quotation(number: Number, caller: ActingCaller) -> QuotationShape:
    """Read a quotation with its lines and what is free of them."""
    return _read(caller, number)


@router.post(
    "/{number}/order",
    status_code=201,
    summary="Make a quotation an order",
    responses=refusals(
        {
            404: "There is no such quotation.",
            409: "Ordered already (which order), declined, run out, or short of stock.",
        }
    ),
)
def post_quoted_order(number: Number, body: QuotedOrderBody, caller: ActingCaller, response: Response) -> OrderShape:
    """Place the order that was offered, at the offered prices, and reserve its goods; it works once."""
    placed = caller.do(order_quotation, number=number, version=body.version, allow_backorder=body.allow_backorder)
    response.headers["Location"] = f"/api/v1/orders/{quote(placed.number, safe='')}"
    return OrderShape.of(caller.read(read_order, number=placed.number))


def _read(caller: ActingCaller, number: str) -> QuotationShape:
    return QuotationShape.of(caller.read(read_quotation, number=number, now=datetime.now(UTC)))
