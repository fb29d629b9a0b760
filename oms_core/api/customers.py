"""Customers over HTTP: finding them, reading one."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from oms_core.api.callers import ActingCaller
from oms_core.api.problems import refusals
from oms_core.api.shapes import Cursor, Limit, Money, PageOf, ResponseBody, Text
from oms_core.customers.directory import list_customers
from oms_core.customers.editing import address_text
from oms_core.customers.models import CustomerKind
from oms_core.customers.profile import read_customer
from oms_core.customers.views import CustomerProfile

router = APIRouter(prefix="/customers", tags=["customers"])


class CustomerRowShape(ResponseBody):
    """A customer in the list; `value` is what their orders in `currency` came to, net of refunds."""

    id: int
    name: str
    kind: CustomerKind
    region: str | None
    tags: list[str]
    phone: str | None
    email: str | None
    manager: str | None
    orders: int
    open_orders: int
    value: Money
    currency: str | None
    last_order_at: datetime | None


class FiguresShape(ResponseBody):
    """What the orders of one currency came to; `owed` was paid for orders that were cancelled."""

    currency: str
    orders: int
    cancelled: int
    open_orders: int
    late_orders: int
    value: Money
    paid: Money
    refunded: Money
    due: Money
    owed: Money
    first_order_at: datetime | None
    last_order_at: datetime | None


class OpenOrderShape(ResponseBody):
    """An order that is not closed."""

    number: str
    status: str
    total: Money
    currency: str
    placed_at: datetime
    promised_at: datetime | None
    is_late: bool


class OneCustomerShape(ResponseBody):
    """A customer with their open orders; `rfm` is recency, frequency and money, each from 1 to 5."""

    id: int
    name: str
    kind: CustomerKind
    region: str | None
    language: str | None
    tags: list[str]
    note: str
    phones: list[str]
    emails: list[str]
    addresses: list[str]
    manager: str | None
    credit_limit: Money | None
    terms_days: int
    merged_into_id: int | None
    version: int
    created_at: datetime
    last_contact_at: datetime | None
    rfm: str | None
    rfm_class: str | None
    figures: list[FiguresShape]
    open_orders: list[OpenOrderShape]

    @classmethod
    def of(cls, profile: CustomerProfile) -> "OneCustomerShape":
        """Say what a client works with; the past is read on screens."""
        brief = profile.brief
        rfm = brief.rfm
        return cls(
            id=brief.id, name=brief.name, kind=CustomerKind(brief.kind), region=brief.region, language=brief.language,
            tags=list(brief.tags), note=brief.note, phones=list(brief.reached_by("phone")),
            emails=list(brief.reached_by("email")), manager=brief.manager, credit_limit=brief.credit_limit,
            addresses=[address_text(address.details) for address in brief.addresses], terms_days=brief.terms_days,
            merged_into_id=brief.merged_into_id, version=brief.version, created_at=brief.created_at,
            last_contact_at=brief.last_contact_at, rfm=rfm and f"{rfm.recency}{rfm.frequency}{rfm.money}",
            rfm_class=rfm and rfm.name, figures=[FiguresShape.model_validate(one) for one in brief.figures],
            open_orders=[OpenOrderShape.model_validate(order) for order in profile.open_orders],
        )  # fmt: skip


@router.get("", summary="List customers, who came last first", responses=refusals({404: "There is no such segment."}))
def get_customers(
    caller: ActingCaller,
    *,
    q: Annotated[Text, Query(max_length=200, description="Words of a name, a phone, an e-mail or a tag.")] = "",
    tag: Annotated[Text | None, Query(max_length=40, description="A tag they bear.")] = None,
    kind: Annotated[CustomerKind | None, Query(description="Companies or people.")] = None,
    segment: Annotated[int | None, Query(ge=1, le=2**62, description="The id of a saved segment.")] = None,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> PageOf[CustomerRowShape]:
    """List the customers that match all filters; who may not see personal data finds by tags alone."""
    page = caller.read(
        list_customers, q=q, tag=tag, kind=kind, segment=segment, cursor=cursor, limit=limit, now=datetime.now(UTC)
    )
    rows = [CustomerRowShape.model_validate(row) for row in page.rows]
    return PageOf(items=rows, next_cursor=page.next_cursor)


@router.get("/{customer_id}", summary="Read a customer", responses=refusals({404: "There is no such customer."}))
def get_customer(
    customer_id: Annotated[int, Path(ge=1, le=2**62, description="The customer's id.")], caller: ActingCaller
) -> OneCustomerShape:
    """Read who a customer is, what their orders came to, and which are open."""
    return OneCustomerShape.of(caller.read(read_customer, customer_id=customer_id))
