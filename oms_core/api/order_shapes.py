"""What we say about orders: a row of the list, and an order with all that a client works with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from oms_core.api.shapes import Money, Quantity, ResponseBody
from oms_core.orders.card_views import OrderCard
from oms_core.orders.views import PaidState
from oms_core.workflow.models import Group


class OrderRowShape(ResponseBody):
    """An order in the list; `manager` is a login, `total` is goods and shipping."""

    number: str
    type: str
    channel: str
    external_ref: str | None
    customer: str
    status: str
    status_group: Group
    manager: str | None
    warehouse: str | None
    version: int
    currency: str
    total: Money
    paid_state: PaidState
    placed_at: datetime
    promised_at: datetime | None
    line_count: int
    is_late: bool
    is_backordered: bool
    is_on_hold: bool


class CustomerShape(ResponseBody):
    """Who ordered."""

    id: int
    name: str
    kind: str
    region: str | None
    phones: list[str]
    emails: list[str]


class TotalsShape(ResponseBody):
    """Money of the order as ordered, in its currency: `gross` is the goods with tax, `shipping` comes on top."""

    net: Money
    tax: Money
    gross: Money
    shipping: Money
    paid: Money


class LineShape(ResponseBody):
    """A line and what became of its quantity; `backordered` is what no stock covers yet."""

    position: int
    sku: str
    quantity: Quantity
    reserved: Quantity
    backordered: Quantity
    shipped: Quantity
    cancelled: Quantity
    returned: Quantity
    unit_price: Money
    gross: Money


class HoldShape(ResponseBody):
    """Something that keeps work from starting."""

    kind: str
    reference: str
    cause: str
    opened_at: datetime


class EventShape(ResponseBody):
    """An entry of the order's journal; `actor` is a login, `from` and `to` are statuses where one changed.

    `rule` (`code@version`) is the rule that acted or warned.
    """

    sequence: int
    kind: str = Field(examples=["order.placed"])
    occurred_at: datetime
    actor: str
    from_status: str | None = Field(serialization_alias="from")
    to_status: str | None = Field(serialization_alias="to")
    payload: Mapping[str, Any] | None
    rule: str | None


class NextShape(ResponseBody):
    """A move on offer, the natural one first: possible at once when `needs` is empty. `to` is a status."""

    to: str
    label: str
    needs: list[str]


class OrderShape(ResponseBody):
    """An order as it is now; send its `version` with what you do to it."""

    number: str
    type: str
    channel: str
    external_ref: str | None
    customer: CustomerShape
    status: str
    status_group: Group
    manager: str | None
    version: int
    currency: str
    placed_at: datetime
    promised_at: datetime | None
    delivery_method: str | None
    totals: TotalsShape
    lines: list[LineShape]
    holds: list[HoldShape]
    events: list[EventShape]
    next: list[NextShape]

    @classmethod
    def of(cls, card: OrderCard) -> "OrderShape":
        """Say what the card of an order says."""
        return cls.model_validate(card)
