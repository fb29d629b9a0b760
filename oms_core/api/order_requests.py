"""What clients send about orders."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from oms_core.api.shapes import Money, Quantity, RequestBody, Text, Version
from oms_core.customers.registration import CustomerRef
from oms_core.orders.locking import LineQuantity
from oms_core.orders.placement_request import LineRequest
from oms_core.workflow.models import DEFAULT_TYPE

_LARGEST_ID, _LARGEST_POSITION = 2**63 - 1, 2**15 - 1


class CustomerBody(RequestBody):
    """Who orders: a known customer by ``id``, or a name with ways to reach them.

    Whoever has the same name and the same e-mail or phone is the same customer.
    """

    id: Annotated[int, Field(ge=1, le=_LARGEST_ID)] | None = None
    name: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    address: Text | dict[Text, Text] | None = Field(
        default=None, description="Where to: text, or its parts by name.", examples=["ul. Długa 1, Kraków"]
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if self.id is not None and any((self.name, self.phone, self.email, self.address)):
            raise ValueError("give either the id or name, phone, email and address")
        return self

    def reference(self) -> CustomerRef:
        """The customer as the order service knows it."""
        return CustomerRef(id=self.id, name=self.name, phone=self.phone, email=self.email, address=self.address)


class LineBody(RequestBody):
    """A product asked for."""

    sku: Text = Field(examples=["MUG-BLUE"])
    quantity: Quantity = Field(description="Above 0, at most three decimals.", examples=["2"])
    unit_price: Money | None = Field(default=None, description="Without it the channel's price list tells it.")

    def request(self) -> LineRequest:
        """The line as the order service knows it."""
        return LineRequest(sku=self.sku, quantity=self.quantity, unit_price=self.unit_price)


class OrderBody(RequestBody):
    """An order to place."""

    channel: Text = Field(examples=["api"])
    type: Text = Field(default=DEFAULT_TYPE, description="A type of order in use.", examples=["wholesale"])
    external_ref: Text | None = Field(
        default=None, description="Your own number; unique in the channel, so a repeated request is recognised."
    )
    customer: CustomerBody
    warehouse: Text | None = Field(default=None, description="From where, if you care; else the channel's own first.")
    lines: list[LineBody]
    allow_backorder: bool = Field(
        default=True, description="True: what is short waits for stock. False: all of it is in stock, or 409."
    )
    comment: Text = ""
    manager: Annotated[Text, Field(max_length=60)] | None = Field(
        default=None, description="Login of who answers for it. Another than yourself: needs `order.assign`."
    )
    delivery_method: Text | None = Field(
        default=None, description="The code of a delivery method in use: its charge, route and promise come with it."
    )


class TransitionBody(RequestBody):
    """Where the order is to go: ``to`` of one of its ``next`` moves that needs nothing more."""

    to: Text = Field(description="A status code.", examples=["confirm"])
    version: Version | None = None


class LineQuantityBody(RequestBody):
    """How much of an order's line."""

    position: Annotated[int, Field(ge=1, le=_LARGEST_POSITION)]
    quantity: Quantity

    def of_line(self) -> LineQuantity:
        """The quantity as the order service knows it."""
        return LineQuantity(position=self.position, quantity=self.quantity)


class ShipmentBody(RequestBody):
    """What was handed over; without ``lines`` everything that is open and reserved."""

    lines: list[LineQuantityBody] | None = None
    carrier: Annotated[Text, Field(max_length=60)] = ""
    tracking: Annotated[Text, Field(max_length=100)] = ""
    warehouse: Text | None = Field(default=None, description="Only what is reserved there.")
    version: Version | None = None


class CancellationBody(RequestBody):
    """What is cancelled and why; without ``lines`` everything that is open."""

    reason: Text = Field(description="The code of an active cancel reason.", examples=["changed_mind"])
    lines: list[LineQuantityBody] | None = None
    note: Annotated[Text, Field(max_length=10_000)] = ""
    version: Version | None = None
